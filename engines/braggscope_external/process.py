"""Running the program: without a shell, in a private folder, with a time limit, cancellable."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from braggscope.api import EngineFailed, RunContext
from braggscope.process_tree import kill_tree

_PROGRESS = re.compile(r"^\s*(\d{1,3})% done")
_POLL_S = 0.02
_SHORTEST_POLL_S = 0.0005
_LAST_LINES = 15
_LAST_LINES_S = 2.0


class NotStarted(EngineFailed):
    """The system refuses to run the program."""


class TimedOut(EngineFailed):
    """The program was stopped because it took too long."""


def run_program(
    command: Sequence[str],
    folder: Path,
    time_limit_s: float,
    context: RunContext,
    stderr: int = subprocess.STDOUT,
) -> list[str]:
    """Run a command in a folder and give the lines it printed.

    It gets a process group of its own in our session: whatever it starts ends with it, and with us.

    Args:
        stderr: where its standard error goes; default: among the lines.

    Raises:
        NotStarted, TimedOut.
        EngineFailed: it fails; the last lines of its output are in the error.
        Cancelled: the user asked to stop; the program is killed.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=0,
        )
    except OSError as error:
        raise NotStarted(
            f"{command[0]} cannot be run",
            why=error.strerror or str(error),
            remedy="Choose a program built for this machine",
        ) from error
    output = _Output(process.stdout)
    try:
        _wait(process, output, time.monotonic() + time_limit_s, time_limit_s, context)
    finally:
        if process.returncode is None:
            kill_tree(process.pid)
        process.wait()
        output.wait()
    if process.returncode != 0:
        raise _failed(command, process.returncode, output.lines)
    return output.lines


class _Output:
    """Reads the program's output in a thread, so that it never waits for us."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._stream = stream
        self.lines: list[str] = []
        self.fraction = 0.0
        self._thread = threading.Thread(target=self._read, name="program-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        # Closed here and nowhere else: closing waits for a read that is under way.
        with self._stream:
            for raw in self._stream:
                line = raw.decode("utf-8", errors="replace").rstrip()
                match = _PROGRESS.match(line)
                if match:
                    self.fraction = min(1.0, int(match.group(1)) / 100.0)
                else:
                    self.lines.append(line)

    def pause(self, at_most_s: float) -> bool:
        """Wait a while; ends early, and says so, when there is no more output."""
        if self._thread.is_alive():
            self._thread.join(at_most_s)
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Wait for the last lines; a process that escaped may hold the pipe open for longer."""
        self._thread.join(timeout=_LAST_LINES_S)


def _wait(
    process: subprocess.Popen[bytes],
    output: _Output,
    deadline: float,
    time_limit_s: float,
    context: RunContext,
) -> None:
    reported = -1.0
    pause_s = _SHORTEST_POLL_S
    while not _has_ended(process):
        if output.fraction != reported:
            reported = output.fraction
            context.progress(reported)
        elif context.is_cancelled():
            context.progress(reported)
        if time.monotonic() > deadline:
            raise TimedOut(
                f"the program took longer than {time_limit_s:g} s and was stopped",
                remedy="Raise time_limit_s in the settings, or make the run smaller",
                details="\n".join(output.lines[-_LAST_LINES:]),
            )
        # A program that has closed its output mostly ends at once.
        if output.pause(_POLL_S):
            time.sleep(pause_s)
            pause_s = min(2.0 * pause_s, _POLL_S)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Not reaping it: its number must not be anyone else's while what it started is killed."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _failed(command: Sequence[str], status: int, lines: Sequence[str]) -> EngineFailed:
    last = list(deque((line for line in lines if line), maxlen=_LAST_LINES))
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    return EngineFailed(
        f"{Path(command[0]).name} {how}",
        why=last[-1] if last else "It printed nothing",
        remedy="See the details for its last lines and the command",
        details="\n".join([*last, "", "command: " + " ".join(command)]),
    )
