"""Starting a worker's process: its folder, log and pipes. Light: no NumPy, no Pydantic."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.host.worker_log import WorkerLog
from braggscope.process_tree import kill_tree

MODULE: Final = "braggscope.worker"
_TEMPORARY: Final = "tmp"


@dataclass(frozen=True, eq=False)
class Launched:
    """A process that runs, and what was made for it.

    Attributes:
        folder: of this process alone; whoever takes care of the process removes it at the end.
        log: what it prints.
        environment: that it was started with.
        process: with its standard input and output as pipes.
    """

    folder: Path
    log: WorkerLog
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def temporary(self) -> Path:
        """Its folder for temporary files."""
        return self.folder / _TEMPORARY

    def abandon(self) -> None:
        """End a process that nobody has taken care of yet, with all it started and left."""
        kill_tree(self.process.pid)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def own_worker() -> list[str]:
    """The start of the command line of a worker in this Python.

    -P keeps modules in the current directory out of the worker.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-P", "-m", MODULE]


def spare_command(scratch: Path) -> list[str]:
    """The command line of a worker in reserve."""
    return [*own_worker(), "--spare", "--scratch", str(scratch)]


def environment_in(temporary: Path) -> dict[str, str]:
    """Our environment, with temporary files in a folder of their own."""
    return {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))}


def launch(
    command: list[str], folder: Path, environment_for: Callable[[Path], Mapping[str, str]]
) -> Launched:
    """Start a process, in a session of its own where there are sessions.

    Args:
        folder: to be made for it.
        environment_for: its environment, by its folder for temporary files.

    Raises:
        OSError: it cannot be started; the folder is gone then.
    """
    temporary = folder / _TEMPORARY
    log_fd = -1
    try:
        temporary.mkdir(parents=True)
        log = WorkerLog(folder / "log")
        log_fd = log.open()
        environment = environment_for(temporary)
        process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_fd,
            env=environment,
            start_new_session=True,
        )
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        if log_fd >= 0:
            os.close(log_fd)
    return Launched(folder, log, environment, process)
