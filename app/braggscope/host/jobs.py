"""Jobs: work that goes on in a thread of the host and can be watched, awaited and cancelled."""

from __future__ import annotations

import itertools
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Generic, TypeVar

from braggscope.errors import BraggscopeError, Cancelled

T = TypeVar("T")
ProgressCallback = Callable[[float, str], None]

_log = logging.getLogger(__name__)
_numbers = itertools.count(1)


class JobState(StrEnum):
    """Where a job is; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDS = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class CancelToken:
    """A wish to stop that several parties can see; once set it stays set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether someone asked to stop."""
        return self._set

    def set(self) -> None:
        """Ask to stop; listeners are called in this thread, once."""
        with self._lock:
            if self._set:
                return
            self._set = True
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def check(self) -> None:
        """Stop here if asked to.

        Raises:
            Cancelled: someone asked to stop.
        """
        if self._set:
            raise Cancelled()

    @contextmanager
    def calling(self, listener: Callable[[], None]) -> Iterator[None]:
        """While inside: listener is called when the token is set, at once if it is already."""
        with self._lock:
            already = self._set
            self._listeners.append(listener)
        try:
            if already:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)


class Job(Generic[T]):
    """Work under way.

    Callbacks come in a thread of the host (or in the caller's, if the job has already ended);
    what they raise is logged and goes no further.

    Attributes:
        id: unique in this process.
        title: what is being done, for people.
        token: set by `cancel`.
    """

    def __init__(self, title: str) -> None:
        self.id = next(_numbers)
        self.title = title
        self.token = CancelToken()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._state = JobState.QUEUED
        self._value: T | None = None
        self._error: BraggscopeError | None = None
        self._progress = (0.0, "")
        self._done_callbacks: list[Callable[[Job[T]], None]] = []
        self._progress_callbacks: list[ProgressCallback] = []

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.title!r} {self.state}>"

    @property
    def state(self) -> JobState:
        """Where the job is."""
        return self._state

    @property
    def is_done(self) -> bool:
        """Whether it has ended, one way or another."""
        return self._ended.is_set()

    @property
    def progress(self) -> tuple[float, str]:
        """The last report: fraction from 0 to 1, and a short message."""
        return self._progress

    def cancel(self) -> None:
        """Ask the job to stop; returns at once. Without effect on one that has ended."""
        self.token.set()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result.

        Args:
            timeout: seconds; None waits as long as it takes.

        Raises:
            TimeoutError: it has not ended by then; the job goes on.
            BraggscopeError: the job failed, or was cancelled (`Cancelled`).
        """
        error = self.error(timeout)
        if error is not None:
            raise error
        return self._value  # type: ignore[return-value]  # set whenever there is no error

    def error(self, timeout: float | None = None) -> BraggscopeError | None:
        """Wait for the end and give its error, if there is one.

        Raises:
            TimeoutError: it has not ended by then.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"{self.title} has not ended within {timeout:g} s")
        return self._error

    def add_done_callback(self, callback: Callable[[Job[T]], None]) -> None:
        """Call callback(job) when the job has ended; at once if it has already."""
        with self._lock:
            if self._state not in _ENDS:
                self._done_callbacks.append(callback)
                return
        _call(callback, self)

    def add_progress_callback(self, callback: ProgressCallback) -> None:
        """Call callback(fraction, message) at every report."""
        with self._lock:
            self._progress_callbacks.append(callback)

    def set_running(self) -> None:
        """For the host: the work itself begins now."""
        with self._lock:
            if self._state is JobState.QUEUED:
                self._state = JobState.RUNNING

    def report(self, fraction: float, message: str = "") -> None:
        """For the host: note progress and tell those who listen."""
        self._progress = (fraction, message)
        with self._lock:
            callbacks = list(self._progress_callbacks)
        for callback in callbacks:
            _call(callback, fraction, message)

    def run(self, work: Callable[[Job[T]], T]) -> None:
        """For the host: do the work in this thread and note how it ended."""
        try:
            self.token.check()
            value = work(self)
        except Cancelled as error:
            self._finish(JobState.CANCELLED, error=error)
        except BraggscopeError as error:
            self._finish(JobState.FAILED, error=error)
        except Exception as error:  # noqa: BLE001 - see below
            # A fault of the host itself must end the job too, or whoever waits would wait forever.
            _log.exception("%s failed", self.title)
            self._finish(JobState.FAILED, error=_own_fault(self.title, error))
        else:
            self._finish(JobState.DONE, value)

    def _finish(
        self, state: JobState, value: T | None = None, error: BraggscopeError | None = None
    ) -> None:
        with self._lock:
            self._state, self._value, self._error = state, value, error
            callbacks, self._done_callbacks = self._done_callbacks, []
            self._progress_callbacks = []
        self._ended.set()
        for callback in callbacks:
            _call(callback, self)


def _call(callback: Callable[..., object], *arguments: Any) -> None:
    try:
        callback(*arguments)
    except Exception:  # noqa: BLE001 - whoever listens must not end the work
        _log.exception("a callback of a job failed")


def _own_fault(title: str, error: Exception) -> BraggscopeError:
    return BraggscopeError(
        f"{title} failed: {type(error).__name__}: {error}",
        why="This is a fault of Braggscope itself",
        remedy="Please report it with the details",
        details="".join(traceback.format_exception(error)),
    )


class JobRunner:
    """Starts jobs, each in a thread of its own, and ends them all at `close`.

    Threads are cheap here: they wait for a worker, or for their turn.

    Args:
        at_rest: called when no job is under way any more, in the thread of the last one.
    """

    def __init__(self, at_rest: Callable[[], None] = lambda: None) -> None:
        self._at_rest = at_rest
        self._lock = threading.Lock()
        self._under_way: dict[Job[Any], threading.Thread] = {}
        self._closed = False

    def start(
        self,
        title: str,
        work: Callable[[Job[T]], T],
        on_progress: ProgressCallback | None = None,
    ) -> Job[T]:
        """Start work(job) in a thread; after `close`, the job is cancelled at once."""
        job: Job[T] = Job(title)
        if on_progress is not None:
            job.add_progress_callback(on_progress)
        # A daemon: an interpreter that ends must not wait for a long run before it closes us.
        thread = threading.Thread(target=self._run, args=(job, work), name=title, daemon=True)
        with self._lock:
            if self._closed:
                job.cancel()
            self._under_way[job] = thread
        thread.start()
        return job

    def close(self, limit_s: float) -> None:
        """Cancel all jobs, refuse new ones, and wait for the ends, each up to limit_s."""
        self.cancel_all()
        with self._lock:
            threads = list(self._under_way.values())
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(limit_s)

    def cancel_all(self) -> None:
        """Cancel all jobs, and all that are still to come."""
        with self._lock:
            self._closed = True
            jobs = list(self._under_way)
        for job in jobs:
            job.cancel()

    def _run(self, job: Job[T], work: Callable[[Job[T]], T]) -> None:
        try:
            job.run(work)
        finally:
            with self._lock:
                del self._under_way[job]
                rests = not self._under_way and not self._closed
            if rests:
                self._at_rest()
