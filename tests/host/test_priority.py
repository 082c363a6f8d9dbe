"""Workers and threads that let the window go first."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from braggscope import priority
from braggscope.api import Run
from braggscope.host.host import Host
from braggscope.priority import process_steps_back, thread_steps_back
from plugin_fixtures import LIMIT_S, until

HostFactory = Callable[..., Host]
needs_niceness = pytest.mark.skipif(not hasattr(os, "nice"), reason="processes have none here")


@needs_niceness
@pytest.mark.parametrize("has_spare", [False, True])
def test_the_workers_of_a_window_let_other_programs_go_first(
    make_host: HostFactory, example_run: Run, has_spare: bool
) -> None:
    own = os.nice(0)
    if own > 9:
        pytest.skip("this process has stepped back itself")
    usual = make_host()
    usual.render(example_run).result(LIMIT_S)
    assert {n for pid in usual.worker_pids().values() for n in _niceness(pid)} == {own}
    with Host(usual.registry, steps_back=True) as host:
        spare = None
        if has_spare:
            assert host.await_spare(LIMIT_S)
            spare = host.spare_pid
        image = host.render(example_run).result(LIMIT_S)
        host.analyse(image, image).result(LIMIT_S)
        pids = set(host.worker_pids().values())
        assert len(pids) == 2
        assert spare is None or spare in pids
        for pid in pids:
            assert set(_niceness(pid)) == {own + 10}
            session = Path(f"/proc/{pid}/autogroup")
            if os.access(session, os.W_OK):
                until(lambda session=session: session.read_text().split()[-1] == str(own + 10))


def _niceness(pid: int) -> list[int]:
    """Of a process, on Linux of each of its threads."""
    if sys.platform != "linux":
        return [os.getpriority(os.PRIO_PROCESS, pid)]
    threads = os.listdir(f"/proc/{pid}/task")
    return [os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in threads]


def test_a_thread_of_the_window_can_step_back_alone() -> None:
    if sys.platform != "linux" or os.nice(0) > 9:
        pytest.skip("threads have no niceness here, or this process has stepped back itself")
    found: list[int] = []

    def look() -> None:
        thread_steps_back()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [os.nice(0) + 10]


@dataclass
class Session:
    """What the system keeps of a session's niceness.

    Attributes:
        refusal: what it answers, the first times.
        times: so many.
        asked: what was to be written.
    """

    refusal: OSError
    times: int
    asked: list[str] = field(default_factory=list)

    def write_text(self, text: str) -> None:
        self.asked.append(text)
        if len(self.asked) <= self.times:
            raise self.refusal


def stepped_back(session: Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """This process as a worker that asks for it, though nothing changes: it could not go back.

    Returns:
        the niceness that it wants.
    """
    monkeypatch.setattr(priority, "_OF_THE_SESSION", session)
    monkeypatch.setattr(priority, "_PAUSE_S", 0.001)
    monkeypatch.setattr(os, "setpriority", lambda *_: None)
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid())
    process_steps_back()
    for thread in threading.enumerate():
        if thread.name == "priority":
            thread.join(LIMIT_S)
            assert not thread.is_alive()
    return str(min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19))


@needs_niceness
def test_a_session_that_may_not_change_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several workers start at once, and Linux lets sessions change one after the other."""
    session = Session(BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), times=3)
    niceness = stepped_back(session, monkeypatch)
    assert session.asked == [niceness] * 4


@needs_niceness
@pytest.mark.parametrize(
    ("refusal", "asked"),
    [
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), priority._TRIES + 1),
        (PermissionError(errno.EACCES, "Permission denied"), 1),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), 1),
    ],
    ids=["not now", "never", "no such thing"],
)
def test_a_session_that_never_changes_is_no_error(
    refusal: OSError, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker goes on; what is hopeless is not asked for again, nor anything for ever."""
    session = Session(refusal, times=1000)
    stepped_back(session, monkeypatch)
    assert len(session.asked) == asked
