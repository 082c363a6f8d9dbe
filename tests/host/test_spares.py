"""Workers in reserve: used when they can be, never in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from braggscope.api import EngineFailed, Run
from braggscope.host.head_start import early_worker, taken
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from braggscope.host.spares import Spares
from plugin_fixtures import LIMIT_S, image_of, until

HostFactory = Callable[..., Host]
Fault = Callable[[str], None]


def ready(host: Host) -> int:
    """Have a worker in reserve; gives its number."""
    assert host.await_spare(LIMIT_S)
    assert host.spare_pid is not None
    return host.spare_pid


def test_the_next_engine_takes_the_worker_in_reserve(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    spare = ready(host)
    assert host.worker_pids() == {}
    assert host.render(example_run).result(LIMIT_S).data[0, 0] == pytest.approx(1.5)
    assert host.worker_pids() == {"example-flat": spare}
    assert host.spare_pid is None


def test_it_knows_the_settings_of_the_engine(make_host: HostFactory) -> None:
    host = make_host(engines={"example-flat": {"unavailable": "no licence"}})
    ready(host)
    assert host.availability("example-flat").result(LIMIT_S).reason == "no licence"


def test_analyses_take_it_too(make_host: HostFactory) -> None:
    host = make_host()
    spare = ready(host)
    one = image_of([[1.0]])
    assert host.analyse(one, one).result(LIMIT_S).agrees is True
    assert host.worker_pids() == {"analysis": spare}


def test_one_is_kept_when_all_is_done_and_it_is_wished(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    host.render(example_run).result(LIMIT_S)
    assert host.spare_pid is None
    host.keep_spare()
    host.render(example_run).result(LIMIT_S)
    until(lambda: host.spare_pid is not None)
    assert host.spare_pid not in host.worker_pids().values()


def test_of_two_that_come_at_once_one_takes_it(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    spare = ready(host)
    one = image_of([[1.0]])
    jobs = host.render(example_run), host.analyse(one, one)
    for job in jobs:
        job.result(LIMIT_S)
    pids = list(host.worker_pids().values())
    assert len(set(pids)) == 2
    assert spare in pids


def test_one_that_is_still_importing_will_do(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    assert not host.await_spare(0.0)
    spare = host.spare_pid
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert host.worker_pids() == {"example-flat": spare}


def test_one_that_was_killed_while_it_waited_is_missed_by_nobody_and_not_replaced(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    host.keep_spare()
    spare = ready(host)
    family = [spare, *(child.pid for child in psutil.Process(spare).children())]
    os.kill(spare, signal.SIGKILL)
    until(lambda: host.spare_pid is None)
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert host.spare_pid is None  # memory may be short
    assert not any(map(is_running, family))


def test_an_engine_that_dies_in_it_is_an_error_like_any_other(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    fault("engine-exit")
    host = make_host()
    ready(host)
    with pytest.raises(EngineFailed, match="the engine process of example-flat died") as caught:
        host.render(example_run).result(LIMIT_S)
    assert "last words of the example engine" in caught.value.details
    fault("")
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)


def test_what_was_said_in_the_environment_since_holds(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    host = make_host()
    spare = ready(host)
    fault("engine-render")
    with pytest.raises(EngineFailed, match="deliberate fault at engine-render"):
        host.render(example_run).result(LIMIT_S)
    assert host.worker_pids() == {"example-flat": spare}


def test_what_is_not_said_any_more_does_not_hold(
    make_host: HostFactory, example_run: Run, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault("engine-render")
    host = make_host()
    spare = ready(host)
    monkeypatch.delenv("BRAGGSCOPE_EXAMPLE_FAULT")
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert host.worker_pids() == {"example-flat": spare}


@pytest.mark.parametrize(
    "settings", [{"threads": "3"}, {"interpreter": sys.executable}], ids=["threads", "interpreter"]
)
def test_an_engine_that_wants_another_start_gets_a_process_of_its_own(
    make_host: HostFactory,
    example_run: Run,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    host = make_host(engines={"example-flat": settings})
    spare = ready(host)
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert spare not in host.worker_pids().values()
    assert host.spare_pid == spare  # another engine may want it


def test_one_that_nobody_can_use_any_more_is_replaced(
    make_host: HostFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make_host()
    before = ready(host)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert ready(host) != before
    assert not is_running(before)


def test_without_room_for_one_all_goes_on_as_without(
    make_host: HostFactory, example_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = make_host()
    monkeypatch.setattr("braggscope.host.spares.launch", refuse)
    assert not host.await_spare(LIMIT_S)
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)


def test_a_host_that_closes_ends_it(make_host: HostFactory, scratch_parent: Path) -> None:
    host = make_host()
    waiting = ready(host)
    host.close()
    assert not is_running(waiting)
    assert not host.await_spare(LIMIT_S)
    assert list(scratch_parent.iterdir()) == []


def test_a_host_that_closes_ends_one_that_does_not_listen(make_host: HostFactory) -> None:
    host = make_host()
    spare = ready(host)
    os.kill(spare, signal.SIGSTOP)
    host.close()
    assert not is_running(spare)


def test_the_first_host_takes_the_worker_that_came_up_before_it(
    example_plugin: Path, example_run: Run, scratch_parent: Path
) -> None:
    registry = PluginRegistry()
    registry.discover()
    with early_worker():
        with Host(registry, head_start=taken()) as host:
            early = host.spare_pid
            assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
            assert host.worker_pids() == {"example-flat": early}
            assert len(list(scratch_parent.iterdir())) == 1
        assert taken() is None
    assert list(scratch_parent.iterdir()) == []


def test_one_that_no_host_takes_ends_with_the_command(scratch_parent: Path) -> None:
    with early_worker():
        (worker,) = psutil.Process().children()
        assert list(scratch_parent.iterdir())
    assert not is_running(worker.pid)
    assert list(scratch_parent.iterdir()) == []


def test_a_command_goes_on_where_nothing_can_be_started_early(
    scratch_parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braggscope.host.head_start.launch", refuse)
    with early_worker():
        assert taken() is None
    assert list(scratch_parent.iterdir()) == []
    monkeypatch.setattr("tempfile.tempdir", str(scratch_parent / "nowhere"))
    with early_worker():
        assert taken() is None


HOST_SCRIPT = """
import time
from braggscope.host.head_start import early_worker, taken
with early_worker():
    {WAIT}
    print(taken().worker.process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("wait", ["pass", "time.sleep(1.5)"], ids=["importing", "waiting"])
def test_nothing_is_left_when_what_started_it_is_killed(scratch_parent: Path, wait: str) -> None:
    command = [sys.executable, "-c", HOST_SCRIPT.replace("{WAIT}", wait)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        worker = int(host.stdout.readline())
        family = [worker, *(child.pid for child in psutil.Process(worker).children())]
        host.kill()
    until(lambda: not any(map(is_running, family)), 10)
    until(lambda: list(scratch_parent.iterdir()) == [], 10)


def test_whoever_comes_while_it_is_taken_does_not_get_it_again(
    make_host: HostFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many threads ask at once; each gets another worker, or none."""
    host = make_host()
    ready(host)
    spares: Spares = host._spares
    from braggscope.host.worker_command import ANALYSIS, WorkerSpec

    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(spares.take(WorkerSpec(ANALYSIS))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (worker,) = [one for one in found if one is not None]
    worker.stop(1.0)  # type: ignore[attr-defined]


def refuse(*arguments: object, **named: object) -> None:
    raise OSError(11, "Resource temporarily unavailable")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
