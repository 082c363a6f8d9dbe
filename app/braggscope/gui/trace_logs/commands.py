"""Opens logs as the trace of A or B; they are read in a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtWidgets import QFileDialog

from braggscope.api import BraggscopeError, Cancelled, Pixel
from braggscope.gui.session import SIDES, Side
from braggscope.gui.session_files.progress import FileProgress
from braggscope.gui.trace_logs.dialog import LogDialog
from braggscope.gui.trace_sources import traces_of_log
from braggscope.host.jobs import Job, JobRunner
from braggscope.openable import LOGS
from braggscope.trace_files.logs import LogBlock, read_log

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_SHORT_MS: Final = 5_000
_DOCK: Final = "pixel-trace"
_KINDS: Final = f"Trace logs ({' '.join(f'*{suffix}' for suffix in LOGS)} *.json);;All files (*)"


class LogCommands:
    """What the menu and drops do with logs."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._jobs = JobRunner()
        self._job: Job[Any] | None = None
        self._waiting: list[tuple[Path, Side]] = []
        self._progress = FileProgress(window.status)
        self._show_actions()

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        return {
            "open_log_a": lambda: self.ask("A"),
            "open_log_b": lambda: self.ask("B"),
            "close_logs": self.close_logs,
        }

    @property
    def is_reading(self) -> bool:
        """Whether a log is being read."""
        return self._job is not None

    def ask(self, side: Side) -> None:
        """Ask for a log and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, f"Open log as {side}", str(self._window.folders.of("logs")), _KINDS
        )
        if name:
            self.open(Path(name), side)

    def offer(self, paths: Sequence[Path]) -> None:
        """Open dropped logs: two as A and B; of a single one it is asked in whose place it is."""
        if len(paths) == 1:
            self.open(paths[0], "A" if "A" not in self._sources.logs else "B", sure=False)
            return
        if len(paths) > len(SIDES):
            self._window.show_problem(
                BraggscopeError(
                    f"{len(paths)} logs at a time are too many", remedy="Drop one or two"
                )
            )
            return
        self._waiting = list(zip(paths, SIDES, strict=True))
        self._next()

    def _next(self) -> None:
        if self._waiting:
            self.open(*self._waiting.pop(0))

    def open(self, path: Path, side: Side, sure: bool = True) -> None:
        """Read a log, and show it as the trace of a side.

        Args:
            sure: whether the side is known, or only a proposal.
        """
        if self._job is not None:
            self._job.cancel()
        self._window.folders.keep("logs", path.absolute().parent)
        window = self._window
        post = window.workspace.bridge.post

        def work(job: Job[Any]) -> Any:
            def check(fraction: float) -> None:
                job.token.check()
                job.report(fraction)

            return read_log(path, check)

        self._progress.begin(f"Reading {path.name}", self._cancel)
        self._job = job = self._jobs.start(
            f"read {path.name}",
            work,
            lambda fraction, _: post(lambda: self._report(job, fraction)),
        )
        job.add_done_callback(lambda done: post(lambda: self._read(done, path, side, sure)))

    def _report(self, job: Job[Any], fraction: float) -> None:
        if job is self._job:
            self._progress.report(fraction)

    def _cancel(self) -> None:
        self._waiting = []
        if self._job is not None:
            self._job.cancel()

    def _read(self, job: Job[Any], path: Path, side: Side, sure: bool) -> None:
        if job is not self._job:
            return
        self._job = None
        self._progress.end()
        try:
            blocks = job.result()
        except Cancelled:
            self._window.status.showMessage(f"Stopped reading {path.name}", _SHORT_MS)
        except BraggscopeError as error:
            self._waiting = []
            self._window.show_problem(error)
        else:
            self._choose(path, blocks, side, sure)

    def _choose(self, path: Path, blocks: Sequence[LogBlock], side: Side, sure: bool) -> None:
        if len(blocks) == 1 and blocks[0].says_pixel and sure:
            self._show(path, blocks, side, blocks[0])
            return
        session = self._window.session
        cursor = session.tracer.state.pixel or session.cursor
        dialog = LogDialog(path, blocks, side, cursor, self._window)
        dialog.accepted.connect(lambda: self._show(path, blocks, *dialog.chosen()))
        dialog.rejected.connect(self._waiting.clear)
        dialog.open()

    def _show(self, path: Path, blocks: Sequence[LogBlock], side: str, chosen: LogBlock) -> None:
        window, session = self._window, self._window.session
        self._sources.set_log(side, traces_of_log(path, blocks, chosen))
        self._show_actions()
        pixel = chosen.trace.pixel
        if self._waiting:
            self._next()
            return
        if self._is_on_images(pixel):
            session.set_cursor(pixel)
        dock = window.views.docks.get(_DOCK)
        if dock is not None:
            dock.show()
            dock.raise_()
        session.tracer.request(pixel)

    def close_logs(self) -> None:
        """Trace A and B by their runs again."""
        for side in SIDES:
            self._sources.set_log(side, None)
        self._show_actions()
        session = self._window.session
        pixel = session.tracer.state.pixel
        session.tracer.forget_if_outdated()
        session.pins.forget_if_outdated()
        if pixel is not None and self._is_on_images(pixel):
            session.tracer.request(pixel)

    def _is_on_images(self, pixel: Pixel) -> bool:
        shape = self._window.images.presenter.shape
        return shape is not None and pixel.slow < shape[0] and pixel.fast < shape[1]

    @property
    def _sources(self) -> Any:
        return self._window.session.sources

    def _show_actions(self) -> None:
        self._window.actions_["close_logs"].setEnabled(bool(self._sources.logs))

    def close(self) -> None:
        """Stop reading."""
        self._jobs.close(1.0)
