"""What happens when engines, metrics and hosts die, hang, lie and chatter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from braggscope.api import BraggscopeError, Cancelled, EngineFailed, Pixel, Run
from braggscope.host.host import Host
from braggscope.host.jobs import JobState
from braggscope.host.scratch_folder import sweep
from plugin_fixtures import LIMIT_S, image_of, until

HostFactory = Callable[..., Host]
Fault = Callable[[str], None]


def test_a_killed_engine_is_an_error_and_the_next_run_succeeds(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    fault("engine-slow")
    host = make_host()
    job = host.render(example_run)
    until(lambda: job.progress[0] > 0)
    pid = host.worker_pids()["example-flat"]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineFailed) as caught:
        job.result(LIMIT_S)
    assert caught.value.what == "the engine process of example-flat died (killed by signal 9)"
    assert "a new process is started" in caught.value.remedy
    fault("")
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert host.worker_pids()["example-flat"] != pid


def test_an_idle_engine_that_was_killed_is_replaced(
    make_host: HostFactory, example_run: Run
) -> None:
    host = make_host()
    host.render(example_run).result(LIMIT_S)
    os.kill(host.worker_pids()["example-flat"], signal.SIGKILL)
    until(lambda: host.worker_pids() == {})
    assert host.trace(example_run, [Pixel(0, 0)]).result(LIMIT_S)[0].value == pytest.approx(1.5)


def test_last_words_are_in_the_error(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    fault("engine-exit")
    with pytest.raises(EngineFailed, match="ended with status 3") as caught:
        make_host().render(example_run).result(LIMIT_S)
    assert "last words of the example engine" in caught.value.details


@pytest.mark.parametrize("points", ["engine-child", "engine-child,own-session"])
@pytest.mark.parametrize("end", ["kill", "cancel", "close"])
def test_children_of_an_engine_die_with_it(
    make_host: HostFactory,
    example_run: Run,
    fault: Fault,
    tmp_path: Path,
    points: str,
    end: str,
) -> None:
    if (points, end) == ("engine-child,own-session", "kill"):
        pytest.skip("a child that left the session of an engine that was killed is nobody's")
    fault(points)
    child_file = tmp_path / "child"
    host = make_host(
        engines={"example-flat": {"child_file": str(child_file)}}, runs={"cancel_grace_s": 0.1}
    )
    job = host.render(example_run)
    until(lambda: child_file.exists() and bool(child_file.read_text()))
    child = int(child_file.read_text())
    assert is_running(child)
    if end == "kill":
        os.kill(host.worker_pids()["example-flat"], signal.SIGKILL)
    elif end == "cancel":
        job.cancel()
    else:
        host.close()
    with pytest.raises(BraggscopeError):
        job.result(LIMIT_S)
    until(lambda: not is_running(child), 3)


@pytest.mark.parametrize("points", ["engine-hang", "engine-lock"])
def test_a_deaf_engine_is_killed_after_its_grace(
    make_host: HostFactory, example_run: Run, fault: Fault, points: str
) -> None:
    fault(points)
    host = make_host(runs={"cancel_grace_s": 0.3})
    job = host.render(example_run)
    until(lambda: job.progress[1] == "hanging")
    pid = host.worker_pids()["example-flat"]
    begin = time.monotonic()
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(LIMIT_S)
    assert 0.3 <= time.monotonic() - begin < 2
    assert job.state is JobState.CANCELLED
    assert not is_running(pid)
    fault("")
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)


def test_an_engine_that_listens_survives_its_cancel(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    fault("engine-slow")
    host = make_host()
    job = host.render(example_run)
    until(lambda: job.progress[0] > 0)
    pids = host.worker_pids()
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(1.0)
    assert host.worker_pids() == pids
    assert host.trace(example_run, [Pixel(0, 0)]).result(LIMIT_S)


@pytest.mark.parametrize("point", ["engine-prepare", "engine-render"])
def test_a_fault_in_an_engine_brings_its_traceback(
    make_host: HostFactory, example_run: Run, fault: Fault, point: str
) -> None:
    fault(point)
    host = make_host()
    for _ in range(2):
        with pytest.raises(EngineFailed, match=f"ExampleFault: deliberate fault at {point}"):
            host.render(example_run).result(LIMIT_S)
    (problem,) = host.registry.records[0].problems
    assert "braggscope_example/engine.py" in problem.traceback
    assert host.availability("example-flat").result(LIMIT_S).available


@pytest.mark.parametrize("point", ["engine-import", "engine-factory"])
def test_an_engine_that_cannot_be_made_is_not_available(
    make_host: HostFactory, example_run: Run, fault: Fault, point: str
) -> None:
    fault(point)
    host = make_host()
    found = host.availability("example-flat").result(LIMIT_S)
    assert not found.available
    assert f"deliberate fault at {point}" in found.reason
    with pytest.raises(EngineFailed) as caught:
        host.render(example_run).result(LIMIT_S)
    assert "ExampleFault" in caught.value.details
    assert "ExampleFault" in host.registry.records[0].problems[0].traceback


def test_an_engine_whose_availability_raises_is_not_available(
    make_host: HostFactory, fault: Fault
) -> None:
    fault("engine-availability")
    found = make_host().availability("example-flat").result(LIMIT_S)
    assert not found.available
    assert "deliberate fault" in found.reason


def test_what_an_engine_prints_does_not_disturb(
    make_host: HostFactory, example_run: Run, fault: Fault
) -> None:
    fault("engine-noise")
    assert make_host().render(example_run).result(LIMIT_S).data[0, 0] == pytest.approx(1.5)


def test_a_full_disk_is_an_error_at_once(
    make_host: HostFactory, example_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    host = make_host()
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(BraggscopeError, match=r"no room .* No space left .* TMPDIR"):
        host.render(example_run).result(LIMIT_S)
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("interpreter", "words"),
    [
        ("/nowhere/python", ["cannot be started", "/nowhere/python", "interpreter"]),
        ("/bin/true", ["died (ended with status 0)", "interpreter"]),
        ("{talker}", ["makes no sense"]),
    ],
)
def test_an_interpreter_that_is_none_is_named(
    make_host: HostFactory, example_run: Run, tmp_path: Path, interpreter: str, words: list[str]
) -> None:
    talker = tmp_path / "talker"
    talker.write_text("#!/bin/sh\necho 'Welcome to another program'\nsleep 60\n")
    talker.chmod(0o755)
    settings = {"interpreter": interpreter.format(talker=talker)}
    host = make_host(engines={"example-flat": settings})
    with pytest.raises(EngineFailed) as caught:
        host.render(example_run).result(LIMIT_S)
    assert all(word in str(caught.value) for word in words)


def test_another_interpreter_is_used(
    make_host: HostFactory, example_run: Run, tmp_path: Path
) -> None:
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\ntouch "{tmp_path}/used"\nexec "{sys.executable}" "$@"\n')
    wrapper.chmod(0o755)
    host = make_host(engines={"example-flat": {"interpreter": str(wrapper)}})
    assert host.render(example_run).result(LIMIT_S).shape == (10, 20)
    assert (tmp_path / "used").exists()


def test_a_worker_that_does_not_come_up_is_given_up(
    make_host: HostFactory, example_run: Run, tmp_path: Path
) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nsleep 60\n")
    sleeper.chmod(0o755)
    host = make_host(
        engines={"example-flat": {"interpreter": str(sleeper)}}, runs={"start_limit_s": 0.5}
    )
    with pytest.raises(EngineFailed, match=r"did not come up within 0\.5 s"):
        host.render(example_run).result(LIMIT_S)
    assert host.worker_pids() == {}


def test_a_cancel_during_the_start_is_answered_at_once(
    make_host: HostFactory, example_run: Run, tmp_path: Path
) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nsleep 60\n")
    sleeper.chmod(0o755)
    host = make_host(engines={"example-flat": {"interpreter": str(sleeper)}})
    job = host.render(example_run)
    until(lambda: bool(host.worker_pids()))
    pid = host.worker_pids()["example-flat"]
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(1.0)
    host.close()
    assert not is_running(pid)


def test_a_stopped_process_is_killed_too(make_host: HostFactory, example_run: Run) -> None:
    host = make_host(engines={"example-flat": {"slow": "60"}}, runs={"cancel_grace_s": 0.2})
    job = host.render(example_run)
    until(lambda: job.progress[0] > 0)
    pid = host.worker_pids()["example-flat"]
    os.kill(pid, signal.SIGSTOP)
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(2.0)
    assert not is_running(pid)


def test_a_host_can_be_closed_from_a_callback(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    closed = threading.Event()

    def close(job: object) -> None:
        host.close()
        closed.set()

    host.render(example_run).add_done_callback(close)
    assert closed.wait(LIMIT_S)
    assert host.worker_pids() == {}


def test_modules_in_the_current_folder_stay_out(
    make_host: HostFactory, example_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise RuntimeError('not the numpy you meant')\n")
    monkeypatch.chdir(tmp_path)
    assert make_host().render(example_run).result(LIMIT_S).shape == (10, 20)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("metric", "ExampleFault: deliberate fault at metric"),
        ("metric-import", "cannot be loaded"),
        ("metric-exit", "the analysis process died (ended with status 7)"),
    ],
)
def test_a_metric_that_fails_leaves_the_rest_alone(
    make_host: HostFactory, fault: Fault, point: str, words: str
) -> None:
    fault(point)
    host = make_host()
    one = image_of([[1.0]])
    analysis = host.analyse(one, one, difference="example-squared").result(LIMIT_S)
    name = "example-mean-difference"
    assert name not in analysis.metrics
    assert words in analysis.faults[name].splitlines()[0]
    assert analysis.agrees is None
    assert "undecided" in analysis.reasons[0]
    assert host.registry.records[0].problems
    if point != "metric-import":  # the map lives in the same module
        assert analysis.difference is not None
        assert analysis.difference[0, 0] == 0


def test_a_difference_map_that_fails_leaves_the_metrics_alone(
    make_host: HostFactory, fault: Fault
) -> None:
    fault("difference-map")
    one = image_of([[1.0]])
    analysis = make_host().analyse(one, one, difference="example-squared").result(LIMIT_S)
    assert analysis.difference is None
    assert "deliberate fault" in analysis.faults["example-squared"]
    assert analysis.agrees is True


HOST_SCRIPT = """
import sys, time
from braggscope.api import Run
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry, PluginSource
from braggscope.host.settings import Settings
registry = PluginRegistry()
registry.discover([PluginSource("example", "braggscope_example.plugin")])
host = Host(registry, Settings(engines={"example-flat": {"child_file": sys.argv[1]}}))
job = host.render(Run.model_validate_json(sys.stdin.read()))
while job.progress[1] != "hanging":
    time.sleep(0.01)
print(host.worker_pids()["example-flat"], flush=True)
{END}
"""


def start_host(run: Run, child_file: Path, end: str) -> tuple[subprocess.Popen[str], int]:
    """A host of its own that renders; gives it and its worker's number."""
    host = subprocess.Popen(
        [sys.executable, "-c", HOST_SCRIPT.replace("{END}", end), str(child_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdin is not None
    assert host.stdout is not None
    host.stdin.write(run.model_dump_json(exclude_unset=True))
    host.stdin.close()
    worker = int(host.stdout.readline())
    host.stdout.close()
    return host, worker


@pytest.mark.parametrize(
    "points",
    ["engine-hang", "engine-lock", "engine-child", "engine-child,own-session"],
)
def test_nothing_is_left_of_a_host_that_was_killed(
    example_plugin: Path,
    example_run: Run,
    fault: Fault,
    tmp_path: Path,
    scratch_parent: Path,
    points: str,
) -> None:
    fault(points)
    child_file = tmp_path / "child"
    host, worker = start_host(example_run, child_file, "time.sleep(60)")
    family = [worker, *(child.pid for child in psutil.Process(worker).children(recursive=True))]
    assert len(family) == 3 if "child" in points else 2
    assert len(list(scratch_parent.glob("braggscope-*"))) == 1
    host.kill()
    host.wait()
    until(lambda: not any(map(is_running, family)), 5)
    until(lambda: not list(scratch_parent.glob("braggscope-*")), 5)


def test_nothing_is_left_of_a_host_that_just_ends(
    example_plugin: Path, example_run: Run, fault: Fault, tmp_path: Path, scratch_parent: Path
) -> None:
    fault("engine-hang")
    host, worker = start_host(example_run, tmp_path / "child", "sys.exit(0)")
    assert host.wait(10) == 0
    assert not is_running(worker)
    assert list(scratch_parent.iterdir()) == []


def test_a_scratch_folder_of_a_dead_host_is_swept(
    example_plugin: Path, example_run: Run, fault: Fault, tmp_path: Path, scratch_parent: Path
) -> None:
    fault("engine-hang")
    host, worker = start_host(example_run, tmp_path / "child", "time.sleep(60)")
    (folder,) = scratch_parent.glob("braggscope-*")
    assert sweep() == []
    assert folder.exists()
    psutil.Process(worker).suspend()
    for watchdog in psutil.Process(worker).children():
        watchdog.kill()
    host.kill()
    host.wait()
    assert sweep() == [folder]
    os.kill(worker, signal.SIGKILL)
    until(lambda: not is_running(worker), 5)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
