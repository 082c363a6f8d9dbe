"""One session at a time is written or read, in a thread, with progress in the status line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from braggscope.api import BraggscopeError, Cancelled
from braggscope.gui.session_files.progress import FileProgress, wait_for
from braggscope.host.jobs import Job, JobRunner
from braggscope.session_files.container import Watch

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_SHORT_MS: Final = 8_000
#: Seconds that a save may go on after the window has closed.
_PATIENCE_S: Final = 600.0


def _nothing() -> None:
    """Nothing follows a failure."""


class FileWork:
    """Starts work; errors go to the window's message bar."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._jobs = JobRunner()
        self._job: Job[Any] | None = None
        self._is_saving = False
        self.progress = FileProgress(window.status)

    @property
    def is_busy(self) -> bool:
        """Whether something is being written or read."""
        return self._job is not None

    def begin(
        self,
        title: str,
        work: Callable[[Watch], Any],
        done: Callable[[Any], None],
        failed: Callable[[], None] = _nothing,
        is_saving: bool = False,
    ) -> None:
        """Start work in a thread, unless other work is under way.

        Args:
            title: such as "Saving a.session.h5".
            done: called in the window's thread with what came of it.
            failed: called there when nothing came of it, for whatever reason.
            is_saving: whether a window that closes waits for it.
        """
        window = self._window
        if self._job is not None:
            window.status.showMessage("Another session is being saved or opened", _SHORT_MS)
            failed()
            return
        post = window.workspace.bridge.post

        def run(job: Job[Any]) -> Any:
            return work(Watch(job.report, job.token.check))

        self._is_saving = is_saving
        self._job = job = self._jobs.start(
            title, run, lambda fraction, _: post(lambda: self.progress.report(fraction))
        )
        self.progress.begin(title, job.cancel)
        window.status.clearMessage()
        job.add_done_callback(lambda ended: post(lambda: self._ended(ended, done, failed)))

    def stop_reading(self) -> None:
        """Stop what is being read, if anything is; what is being saved goes on."""
        if self._job is not None and not self._is_saving:
            self._job.cancel()

    def wait(self) -> bool:
        """Wait for what is under way, with a dialog that stops it; whether it went well."""
        job = self._job
        return job is not None and wait_for(job, lambda: self._job is not job, self._window)

    def _ended(
        self, job: Job[Any], done: Callable[[Any], None], failed: Callable[[], None]
    ) -> None:
        self._job = None
        self.progress.end()
        try:
            if not self._is_saving:
                # Read to the end, perhaps, but too late.
                job.token.check()
            result = job.result()
        except Cancelled:
            self._window.status.showMessage(f"Stopped: {job.title}", _SHORT_MS)
            failed()
        except BraggscopeError as error:
            self._window.show_problem(error)
            failed()
        else:
            done(result)

    def close(self) -> bool:
        """Wait for what is being saved, stop the rest; whether nothing that was saved failed."""
        went_well = True
        if self._job is not None and self._is_saving:
            try:
                went_well = self._job.error(_PATIENCE_S) is None
            except TimeoutError:
                went_well = False
        self._jobs.close(1.0)
        return went_well
