"""Workers and threads that let the window go first."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from braggscope.api import Run
from braggscope.host.host import Host
from braggscope.priority import thread_steps_back
from plugin_fixtures import LIMIT_S, until

HostFactory = Callable[..., Host]


@pytest.mark.skipif(not hasattr(os, "nice"), reason="processes have no niceness here")
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
