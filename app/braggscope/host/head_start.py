"""A worker that starts before the host: while this process imports what a host needs, so does it.

Light: no NumPy, no Pydantic, or there would be nothing to gain.
"""

from __future__ import annotations

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
