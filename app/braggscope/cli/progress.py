"""Progress of jobs on a terminal; silent where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from braggscope.host.host import Job

T = TypeVar("T")
ProgressCallback = Callable[[float, str], None]


def wait_for(start: Callable[[ProgressCallback], Job[T]], title: str) -> T:
    """Start a job and wait for its result, showing progress; Ctrl-C cancels it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(title, total=1.0)
        job = start(lambda fraction, message: bar.update(task, completed=fraction))
        try:
            return job.result()
        except KeyboardInterrupt:
            job.cancel()
            raise


class Teller:
    """Shows the progress of work that consists of many jobs; call it with the share that is done
    and what is at hand.
    """

    def __init__(self, title: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        hidden = not sys.stderr.isatty()
        self._bar = Progress(*columns, console=console, transient=True, disable=hidden)
        self._task = self._bar.add_task(title, total=1.0)

    def __call__(self, fraction: float, what: str) -> None:
        self._bar.update(self._task, completed=fraction, description=what)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
