"""Progress of jobs on a terminal; silent where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

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
