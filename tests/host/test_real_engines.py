"""The built-in engines in their processes: killed on purpose, and going on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from braggscope.api import EngineFailed, Run
from braggscope.experiment import Experiment
from braggscope.host.host import CACHED_NOTE, Host
from braggscope.host.plugins import PluginRegistry
from tests.experiment.test_nanobragg_dialect import CUBIC

SHORT = f"{CUBIC} -detpixels 32 -oversample 1"
#: Minutes on the native kernel and two processors: nothing here waits for its end.
LONG = f"{CUBIC} -detpixels 2000 -oversample 200"
LIMIT_S = 120.0


@pytest.fixture
def host() -> Iterator[Host]:
    registry = PluginRegistry()
    registry.discover()
    with Host(registry) as opened:
        if not opened.availability("nanobragg-c").result(LIMIT_S).available:
            pytest.skip("Braggscope's own C program is not built")
        yield opened


def run_of(flags: str, engine: str) -> Run:
    return Run(experiment=Experiment.from_nanobragg(flags.split()), engine=engine)


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def programs_under(pid: int) -> list[psutil.Process]:
    try:
        return [p for p in psutil.Process(pid).children() if "-cell" in p.cmdline()]
    except psutil.NoSuchProcess:
        return []


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_c_program_is_told_and_the_next_run_succeeds(host: Host) -> None:
    job = host.render(run_of(LONG, "nanobragg-c"))
    worker = host.worker_pids()["nanobragg-c"]
    wait_until(lambda: bool(programs_under(worker)), "the C program")
    programs_under(worker)[0].kill()
    with pytest.raises(EngineFailed, match="signal 9"):
        job.result(LIMIT_S)
    assert host.render(run_of(SHORT, "nanobragg-c")).result(LIMIT_S).shape == (32, 32)


@pytest.mark.parametrize("engine", ["torch-cpu", "nanobragg-c"])
def test_a_killed_worker_is_told_and_the_next_run_succeeds(host: Host, engine: str) -> None:
    host.availability(engine).result(LIMIT_S)
    worker = host.worker_pids()[engine]
    job = host.render(run_of(LONG, engine))
    if engine == "nanobragg-c":
        wait_until(lambda: bool(programs_under(worker)), "the C program")
    else:
        time.sleep(0.5)
    programs = programs_under(worker)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(EngineFailed, match=engine):
        job.result(LIMIT_S)
    wait_until(lambda: all(is_gone(program) for program in programs), "the C program's end")
    assert host.render(run_of(SHORT, engine)).result(LIMIT_S).shape == (32, 32)


def test_nothing_is_left_after_the_host_was_killed(tmp_path: Path) -> None:
    temporary = tmp_path / "of-the-killed-host"
    temporary.mkdir()
    script = textwrap.dedent(
        f"""
        import sys, time
        from braggscope.api import Run
        from braggscope.experiment import Experiment
        from braggscope.host.host import CACHED_NOTE, Host
        from braggscope.host.plugins import PluginRegistry
        registry = PluginRegistry()
        registry.discover()
        host = Host(registry)
        experiment = Experiment.from_nanobragg({LONG!r}.split())
        for engine in ("nanobragg-c", "torch-cpu"):
            host.availability(engine).result()
        host.render(Run(experiment=experiment, engine="nanobragg-c"))
        print("started", flush=True)
        time.sleep(600)
        """
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "started\n"
        family = psutil.Process(killed.pid)
        wait_until(
            lambda: any(
                "braggscope-nanobragg" in p.name() for p in family.children(recursive=True)
            ),
            "the C program",
        )
        left = family.children(recursive=True)
        assert len(left) >= 3
        killed.kill()
    wait_until(lambda: all(is_gone(process) for process in left), "the end of all processes")
    wait_until(lambda: not list(temporary.iterdir()), "the removal of temporary files")


def test_the_limit_of_a_run_comes_from_the_engine_that_knows_it(host: Host) -> None:
    limit = host.limit(run_of(SHORT, "torch-cpu")).result(LIMIT_S)
    assert limit is not None
    assert limit.operations > 32 * 32 * 50
    assert 0.0 < limit.arithmetic_s < 1.0
    assert host.limit(run_of(SHORT, "nanobragg-c")).result(LIMIT_S) is None


def test_a_program_that_was_built_anew_is_run_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    program = tmp_path / "nanoBragg"
    monkeypatch.setenv("NB_C_BIN", str(program))

    def build(value: float) -> None:
        program.write_text(
            f"#!{sys.executable}\n"
            "import array, sys\n"
            "name = sys.argv[sys.argv.index('-floatfile') + 1]\n"
            f"array.array('f', [{value}] * 32 * 32).tofile(open(name, 'wb'))\n"
        )
        program.chmod(0o755)

    run = run_of(SHORT, "nanobragg-c")
    with Host(host.registry) as fresh:
        seen = []
        for value in (1.0, 1.0, 2.0):
            build(value)
            image = fresh.render(run).result(LIMIT_S)
            seen.append((float(image.data[0, 0]), CACHED_NOTE in image.provenance.notes))
    assert seen == [(1.0, False), (1.0, True), (2.0, False)]
