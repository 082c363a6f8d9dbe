"""One living worker process: its pipes, its threads, its end."""

from __future__ import annotations

import itertools
import os
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from braggscope.errors import BraggscopeError, Cancelled, EngineFailed
from braggscope.host.jobs import CancelToken, ProgressCallback
from braggscope.host.launching import Launched, launch
from braggscope.host.protocol import (
    PROTOCOL_VERSION,
    Assume,
    Cancel,
    Error,
    Finding,
    Hello,
    Message,
    Prepared,
    Progress,
    Result,
    Shutdown,
    Waiting,
    error_from,
    read_message,
    write_message,
)
from braggscope.host.trace_messages import Numbers
from braggscope.host.worker_command import WorkerSpec
from braggscope.process_tree import kill_tree

_POLL_S: Final = 1.0
_EXIT_WAIT_S: Final = 10.0
_CANCEL: Final = object()
_KILLED_WHY: Final = "Someone killed it; when memory is short, the system does that"
Answer = Prepared | Result
#: Takes a part of an answer that comes before it.
PartCallback = Callable[[object], None]


class WorkerDied(EngineFailed):
    """The process ended before it answered."""


class LiveWorker:
    """A worker from its start to its end; it is never started again.

    Its death fails whatever waits for it, and everything it started dies with it.

    Args:
        launched: its process; what was made for it goes with it.
    """

    def __init__(self, spec: WorkerSpec, launched: Launched) -> None:
        self.spec = spec
        self.launched = launched
        self.hello: Hello | None = None
        self.started_at = time.monotonic()
        self._log = launched.log
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._ids = itertools.count(1)
        self._inboxes: dict[int, queue.SimpleQueue[object]] = {}
        self._said_waiting = threading.Event()
        self._said_hello = threading.Event()
        self._exited = threading.Event()
        self._reaped = False
        self._end: BraggscopeError | None = None
        self._process = launched.process
        self.pid = self._process.pid
        self._threads = [
            threading.Thread(target=self._watch, name=f"{spec.name}-watch", daemon=True),
            threading.Thread(target=self._listen, name=f"{spec.name}-listen", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether requests can be sent."""
        return self._end is None and not self._exited.is_set()

    @property
    def log_tail(self) -> str:
        """The last lines that it or its children printed."""
        return self._log.tail()

    @property
    def log_path(self) -> Path:
        """The file of what it or its children print; it is gone when the worker is."""
        return self._log.path

    def wait_ready(self, limit_s: float) -> bool:
        """Whether a worker in reserve has imported what it can, after waiting for that."""
        return self._said_waiting.wait(limit_s) and self.is_alive

    def assume(
        self, spec: WorkerSpec, scratch: Path, environment: Mapping[str, str | None]
    ) -> None:
        """Give a worker in reserve its role; environment: variables to set, None: to unset."""
        self.spec = spec
        self.started_at = time.monotonic()
        arguments = tuple(spec.arguments(scratch))
        self._send(Assume(arguments=arguments, environment=dict(environment)))

    def wait_hello(self, token: CancelToken, limit_s: float) -> Hello:
        """Wait until the worker has said hello.

        Raises:
            EngineFailed: it died, refused, or did not come up in time; it is dead then.
            Cancelled: the token was set; the worker goes on starting.
        """
        wake = threading.Event()
        deadline = self.started_at + limit_s
        with token.calling(wake.set):
            while not self._said_hello.wait(0.02):
                if wake.is_set():
                    raise Cancelled()
                if time.monotonic() > deadline:
                    tail = self.log_tail
                    self.kill()
                    raise self._late(limit_s, tail)
        if self.hello is None:
            raise self._end or self._death()
        return self.hello

    def exchange(
        self,
        build: Callable[[int], Message],
        token: CancelToken,
        on_progress: ProgressCallback,
        grace_s: float,
        on_part: PartCallback | None = None,
    ) -> Answer:
        """Send a request and wait for its answer.

        Args:
            build: makes the message for the id it is given.
            grace_s: seconds to stop in after a cancel; then the worker is killed.
            on_part: called with parts of the answer that come before it.

        Raises:
            Cancelled: the token was set.
            BraggscopeError: what the worker answered, or `EngineFailed` for its death.
        """
        with self._inbox() as (number, inbox), token.calling(lambda: inbox.put(_CANCEL)):
            self._send(build(number))
            deadline: float | None = None
            while True:
                if deadline is not None and time.monotonic() >= deadline:
                    self.kill()
                    raise Cancelled()
                item = self._next(inbox, deadline)
                if item is _CANCEL:
                    deadline = time.monotonic() + grace_s
                    self._send(Cancel(id=number))
                elif isinstance(item, Progress):
                    on_progress(item.fraction, item.message)
                elif isinstance(item, Finding | Numbers):
                    if on_part is not None and deadline is None:
                        on_part(item)
                elif item is not None:
                    if deadline is not None:
                        raise Cancelled()
                    return _answer(item)

    def kill(self) -> None:
        """Kill the worker and everything it started; waits until they are gone."""
        with self._lock:
            if not self._reaped:
                kill_tree(self.pid)
        self._exited.wait(_EXIT_WAIT_S)

    def stop(self, grace_s: float) -> None:
        """End the worker: ask, close its input, terminate, kill; each step gets its time."""
        with self._lock:
            self._end = self._end or Cancelled("the engine was stopped")
        steps = (self._ask_to_end, self._close_input, self._terminate)
        for step in steps:
            if self._exited.is_set():
                break
            step()
            self._exited.wait(grace_s)
        self.kill()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_EXIT_WAIT_S)

    def _watch(self) -> None:
        """Wait for the process to end; then nothing it started may stay, and it is reaped."""
        if not hasattr(os, "waitid"):
            self._process.wait()
            self._reaped = True
        else:
            # Not reaped yet: its number cannot belong to anyone else while we kill by it.
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                kill_tree(self.pid)
                self._process.wait()
                self._reaped = True
        self._exited.set()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        end: BraggscopeError | None = None
        try:
            while (message := read_message(fd)) is not None:
                end = self._receive(message)
                if end is not None:
                    break
        except BraggscopeError as error:
            end = self._nonsense(error)
        except OSError as error:
            end = EngineFailed(f"{self.spec.title} cannot be read", why=str(error))
        self._finish(end)

    def _receive(self, message: Message) -> BraggscopeError | None:
        """Hand a message to whoever waits for it; gives an error if the worker must end."""
        if isinstance(message, Hello):
            if message.protocol != PROTOCOL_VERSION:
                return self._wrong_protocol(message)
            self.hello = message
            self._said_hello.set()
        elif isinstance(message, Waiting):
            self._said_waiting.set()
        elif isinstance(message, Error) and message.id == 0:
            return error_from(message)
        elif isinstance(message, Progress | Finding | Numbers | Prepared | Result | Error):
            inbox = self._inboxes.get(message.id)
            if inbox is not None:
                inbox.put(message)
        return None

    def _finish(self, end: BraggscopeError | None) -> None:
        """The channel is closed: end the process, tell those who wait, tidy up."""
        if end is not None or not self._exited.wait(_POLL_S):
            self.kill()
        with self._lock:
            self._end = self._end or end or self._death()
            waiting = list(self._inboxes.values())
        for inbox in waiting:
            inbox.put(self._end)
        self._said_waiting.set()
        self._said_hello.set()
        self._close_input()
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self.launched.folder, ignore_errors=True)

    @contextmanager
    def _inbox(self) -> Iterator[tuple[int, queue.SimpleQueue[object]]]:
        number = next(self._ids)
        inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        with self._lock:
            if self._end is not None:
                raise self._end
            self._inboxes[number] = inbox
        try:
            yield number, inbox
        finally:
            with self._lock:
                del self._inboxes[number]

    def _next(self, inbox: queue.SimpleQueue[object], deadline: float | None) -> object:
        """What comes next, or None after a while."""
        rest = _POLL_S if deadline is None else min(_POLL_S, deadline - time.monotonic())
        try:
            return inbox.get(timeout=max(0.0, rest))
        except queue.Empty:
            self._log.trim()
            return None

    def _send(self, message: Message, patience_s: float = -1) -> None:
        """Write a message; gives up when another one is on its way for longer than that."""
        assert self._process.stdin is not None
        if not self._write_lock.acquire(timeout=patience_s):
            return
        try:
            # A broken pipe is no news: the listener tells those who wait of the worker's death.
            with suppress(OSError, ValueError):
                write_message(self._process.stdin.fileno(), message)
        finally:
            self._write_lock.release()

    def _ask_to_end(self) -> None:
        self._send(Shutdown(), patience_s=0.1)

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        if not self._write_lock.acquire(timeout=_POLL_S):
            return
        try:
            with suppress(OSError):
                self._process.stdin.close()
        finally:
            self._write_lock.release()

    def _terminate(self) -> None:
        with self._lock:
            if not self._reaped:
                with suppress(OSError):
                    os.kill(self.pid, signal.SIGTERM)

    def _death(self) -> WorkerDied:
        tail = self.log_tail
        status = self._process.returncode
        last = tail.splitlines()[-1:]
        why = _KILLED_WHY if status == -9 else "".join(last) if status != 0 else ""
        return WorkerDied(
            f"{self.spec.title} died ({_how_it_ended(status)})",
            where=self.spec.name,
            why=why.strip(),
            remedy=self._remedy_of_death(),
            details=tail,
        )

    def _remedy_of_death(self) -> str:
        if self.hello is None and self.spec.interpreter:
            return f"Check engines.{self.spec.name}.interpreter in the settings"
        return "Run again: a new process is started"

    def _late(self, limit_s: float, tail: str) -> EngineFailed:
        return EngineFailed(
            f"{self.spec.title} did not come up within {limit_s:g} s and was stopped",
            where=self.spec.name,
            remedy="Try again, or raise runs.start_limit_s in the settings",
            details=tail,
        )

    def _nonsense(self, error: BraggscopeError) -> EngineFailed:
        return EngineFailed(
            f"{self.spec.title} said something that makes no sense, and was stopped",
            where=self.spec.name,
            why=str(error),
            remedy="Run again: a new process is started",
            details="\n".join(filter(None, (error.details, self.log_tail))),
        )

    def _wrong_protocol(self, hello: Hello) -> EngineFailed:
        return EngineFailed(
            f"{self.spec.title} speaks protocol {hello.protocol},"
            f" this Braggscope speaks {PROTOCOL_VERSION}",
            where=self.spec.name,
            why=f"Braggscope {hello.braggscope} is installed in its environment",
            remedy="Install the same version of Braggscope there",
        )


def start_worker(spec: WorkerSpec, scratch: Path, folder: Path) -> LiveWorker:
    """Start a worker; folder: of this one alone, made here, removed at its end.

    Raises:
        EngineFailed: it cannot be started.
    """
    try:
        return LiveWorker(spec, launch(spec.command(scratch), folder, spec.environment))
    except OSError as error:
        setting = f"engines.{spec.name}.interpreter in the settings"
        raise EngineFailed(
            f"{spec.title} cannot be started",
            where=spec.name,
            why=f"{error.filename or spec.interpreter}: {error.strerror or error}",
            remedy=f"Correct {setting}"
            if spec.interpreter
            else "Check the installation of Braggscope",
        ) from error


def _answer(item: Any) -> Answer:
    if isinstance(item, BraggscopeError):
        raise item
    if isinstance(item, Error):
        raise error_from(item)
    assert isinstance(item, Prepared | Result)
    return item


def _how_it_ended(status: int | None) -> str:
    if status is None:
        return "it closed its end"
    return f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
