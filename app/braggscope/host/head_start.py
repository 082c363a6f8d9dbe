"""A worker that starts before the host: while this process imports what a host needs, so does it.

Light: no NumPy, no Pydantic, or there would be nothing to gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from braggscope.errors import BraggscopeError
from braggscope.host.launching import Launched, environment_in, launch, spare_command
from braggscope.host.scratch_folder import ScratchFolder


@dataclass(frozen=True, eq=False)
class HeadStart:
    """A worker in reserve, and the folder of the host to come.

    Attributes:
        folder: the host's.
        worker: without a role.
    """

    folder: ScratchFolder
    worker: Launched

    def abandon(self) -> None:
        """There will be no host: end the worker, remove the folder."""
        self.worker.abandon()
        self.folder.close()


def head_start() -> HeadStart | None:
    """Start a worker now; None where that fails: the host will say why, if it fails there too."""
    try:
        folder = ScratchFolder()
    except BraggscopeError:
        return None
    try:
        command = spare_command(folder.path)
        worker = launch(command, folder.new_path("worker-spare"), environment_in)
    except OSError:
        folder.close()
        return None
    return HeadStart(folder, worker)


_waiting: HeadStart | None = None


@contextmanager
def early_worker() -> Iterator[None]:
    """While inside, a worker comes up for the first host that asks; unused, it ends with the block.

    For the whole of a command, around what imports and reads its input.
    """
    global _waiting
    _waiting = head_start()
    try:
        yield
    finally:
        unused = taken()
        if unused is not None:
            unused.abandon()


def taken() -> HeadStart | None:
    """The head start of this process, for the one host that gets it; None for all others."""
    global _waiting
    found, _waiting = _waiting, None
    return found
