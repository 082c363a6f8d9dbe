"""Running a program: without a shell, in a private folder, with a time limit, cancellable."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.api import EngineFailed, RunContext
from braggscope.process_tree import kill_tree
from braggscope_external.output import Output

#: As nanoBragg's progress meter.
_PROGRESS: Final = re.compile(r"^\s*(\d{1,3})% done")
_POLL_S: Final = 0.02
_SHORTEST_POLL_S: Final = 0.0005
_LAST_LINES: Final = 15
_LIBRARY: Final = re.compile(r"error while loading shared libraries: ([^:\s]+)")
_MODULE: Final = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")


class NotStarted(EngineFailed):
    """The system refuses to run the program."""


class TimedOut(EngineFailed):
    """The program was stopped because it took too long."""


@dataclass(frozen=True)
class Launch:
    """A command and the circumstances in which it runs.

    Attributes:
        command: program and arguments.
        folder: its working folder.
        time_limit_s: seconds after which it is stopped.
        environment: variables; None: ours.
        progress: matches what tells a percentage, in its first group.
        parts_stderr: whether standard error is kept apart from standard output.
        raise_limit: how to allow more time, for the message.
    """

    command: Sequence[str]
    folder: Path
    time_limit_s: float
    environment: Mapping[str, str] | None = None
    progress: re.Pattern[str] | None = _PROGRESS
    parts_stderr: bool = False
    raise_limit: str = "Raise time_limit_s in the settings, or make the run smaller"


@dataclass(frozen=True)
class Printed:
    """What a program printed.

    Attributes:
        stdout: lines of its standard output, those of standard error among them unless kept apart.
        stderr: lines of its standard error; empty where they are among the others.
        is_whole: whether nothing was left out for being too much.
        tells_progress: whether it told how far it was.
    """

    stdout: list[str]
    stderr: list[str]
    is_whole: bool = True
    tells_progress: bool = False


def run_program(
    command: Sequence[str], folder: Path, time_limit_s: float, context: RunContext
) -> Printed:
    """Run a command in a folder; see `launch`."""
    return launch(Launch(command, folder, time_limit_s), context)


def launch(asked: Launch, context: RunContext) -> Printed:
    """Run a command to its end.

    It gets a process group of its own in our session: whatever it starts ends with it, and with us.

    Raises:
        NotStarted, TimedOut.
        EngineFailed: it fails; the last lines of its output are in the error.
        Cancelled: the user asked to stop; the program is killed.
    """
    try:
        process = subprocess.Popen(
            asked.command,
            cwd=asked.folder,
            env=asked.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if asked.parts_stderr else subprocess.STDOUT,
            process_group=0,
        )
    except (OSError, ValueError) as error:
        raise NotStarted(
            f"{asked.command[0]} cannot be run",
            why=getattr(error, "strerror", None) or str(error),
            remedy="Choose a program built for this machine",
        ) from error
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    outputs = [Output(stream, asked.progress) for stream in streams]
    try:
        _wait(process, outputs, time.monotonic() + asked.time_limit_s, asked, context)
    finally:
        if process.returncode is None:
            kill_tree(process.pid)
        process.wait()
        for output in outputs:
            output.wait()
    if process.returncode != 0:
        raise _failed(asked.command, process.returncode, _all_lines(outputs))
    if any(output.tells_progress for output in outputs):
        # A quick program tells more than is looked at while it runs.
        context.progress(max(output.fraction for output in outputs))
    return Printed(
        outputs[0].lines,
        outputs[1].lines if asked.parts_stderr else [],
        all(output.is_whole for output in outputs),
        any(output.tells_progress for output in outputs),
    )


def _wait(
    process: subprocess.Popen[bytes],
    outputs: Sequence[Output],
    deadline: float,
    asked: Launch,
    context: RunContext,
) -> None:
    reported = -1.0
    pause_s = _SHORTEST_POLL_S
    while not _has_ended(process):
        fraction = max(output.fraction for output in outputs)
        if fraction != reported:
            reported = fraction
            context.progress(reported)
        elif context.is_cancelled():
            context.progress(reported)
        if time.monotonic() > deadline:
            raise TimedOut(
                f"the program took longer than {asked.time_limit_s:g} s and was stopped",
                remedy=asked.raise_limit,
                details="\n".join(_all_lines(outputs)[-_LAST_LINES:]),
            )
        # A program that has closed its output mostly ends at once.
        if outputs[0].pause(_POLL_S):
            time.sleep(pause_s)
            pause_s = min(2.0 * pause_s, _POLL_S)


def _all_lines(outputs: Sequence[Output]) -> list[str]:
    return [line for output in outputs for line in output.lines]


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
        remedy=_remedy(last),
        details="\n".join([*last, "", "command: " + shlex.join(command)]),
    )


def _remedy(lines: Sequence[str]) -> str:
    """What helps against the most usual reasons for a program that does not even begin."""
    text = "\n".join(lines)
    if library := _LIBRARY.search(text):
        return f"Install the library {library[1]}, or name its folder in LD_LIBRARY_PATH"
    if module := _MODULE.search(text):
        return (
            f"Install the Python module {module[1]} for that Python, or name its folder in"
            " PYTHONPATH"
        )
    return "See the details for its last lines and the command"
