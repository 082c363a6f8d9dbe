"""The host's smaller parts: scratch files, settings, cache, gate, jobs, logs, verdicts."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Bounds, BraggscopeError, Cancelled, InvalidInput, MetricContribution
from braggscope.api import MetricResult as R
from braggscope.host.cache import ImageCache
from braggscope.host.gate import Gate, Turn
from braggscope.host.jobs import CancelToken, Job, JobRunner, JobState
from braggscope.host.locks import remove_if_abandoned
from braggscope.host.plugins import PluginSource
from braggscope.host.scratch import Scratch
from braggscope.host.scratch_folder import sweep
from braggscope.host.settings import Settings, load_settings, save_settings, settings_path
from braggscope.host.verdict import verdict
from braggscope.host.worker_command import ANALYSIS, WorkerSpec, plugins_from_text
from braggscope.host.worker_log import WorkerLog
from plugin_fixtures import image_of, until


def test_a_mapped_array_goes_with_its_last_view(scratch_parent: Path) -> None:
    scratch = Scratch()
    mapped = scratch.mapped_array((3, 4), np.int32)
    path = Path(mapped.reference.path)
    assert path.stat().st_size == 48
    assert not mapped.array.any()
    view = mapped.array[1:]
    del mapped
    gc.collect()
    assert path.exists()
    view[0, 0] = 7
    del view
    gc.collect()
    assert not path.exists()
    scratch.close()
    scratch.close()


def test_a_file_serves_another_array_of_its_size_if_nobody_writes_there(
    scratch_parent: Path,
) -> None:
    scratch = Scratch()
    mapped = scratch.copy_of(np.arange(12))
    path = mapped.reference.path
    mapped.allow_reuse()
    del mapped
    assert Path(path).exists()
    assert scratch.mapped_array((3,), np.int64).reference.path != path
    again = scratch.mapped_array((3, 4), np.float64)
    assert (again.reference.path, again.reference.shape) == (path, (3, 4))
    assert not again.array.any()
    # What was allowed once was allowed for that array alone.
    del again
    assert not Path(path).exists()
    scratch.close()


def test_memory_for_large_images_is_made_ahead(
    scratch_parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braggscope.host.scratch._SLOWLY_MADE", 800)
    scratch = Scratch()
    kept = []
    for made in range(1, 5):
        kept.append(scratch.mapped_array((10, 10), np.float64))
        scratch.expect_another(kept[-1])
        expected = made + (made >= 3)
        until(lambda expected=expected: len(list(scratch.folder.glob("array-*"))) == expected)
    assert len({mapped.reference.path for mapped in kept}) == 4
    scratch.close()
    scratch.expect_another(kept[0])


def test_a_closed_mapped_array_can_still_be_read(scratch_parent: Path) -> None:
    scratch = Scratch()
    mapped = scratch.copy_of(np.arange(5))
    mapped.close()
    assert not Path(mapped.reference.path).exists()
    scratch.close()
    assert mapped.array.tolist() == [0, 1, 2, 3, 4]


def test_only_whole_arrays_have_a_reference(scratch_parent: Path) -> None:
    scratch = Scratch()
    array = scratch.mapped_array((4, 4), np.float64).array
    assert scratch.reference_of(array) is not None
    assert scratch.reference_of(array[:]) is not None
    other_host = Scratch()
    assert other_host.reference_of(array) is None
    other_host.close()
    for other in (array[1:], array.T[::-1], array.T, array.view(np.int64), np.zeros((4, 4))):
        assert scratch.reference_of(other) is None
    scratch.close()


def test_a_scratch_folder_is_private(scratch_parent: Path) -> None:
    scratch = Scratch()
    assert scratch.folder.stat().st_mode & 0o777 == 0o700
    scratch.close()


def test_objects_are_no_pixels(scratch_parent: Path) -> None:
    scratch = Scratch()
    with pytest.raises(InvalidInput, match="holds no numbers"):
        scratch.mapped_array((2, 2), object)
    scratch.close()


@pytest.mark.parametrize("number", [22, 95])
def test_space_is_reserved_without_the_systems_help(
    scratch_parent: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    scratch = Scratch()
    mapped = scratch.mapped_array((1000, 1000), np.float64)
    assert Path(mapped.reference.path).stat().st_blocks * 512 >= 8_000_000
    del mapped
    scratch.close()


def test_a_disk_that_cannot_be_written_is_an_error(
    scratch_parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = Scratch()
    scratch.close()
    with pytest.raises(BraggscopeError, match="No such file"):
        scratch.mapped_array((2, 2), np.float64)
    with pytest.raises(BraggscopeError, match="folder for temporary files"):
        Scratch(scratch_parent / "nowhere")


def test_the_sweep_leaves_strangers_and_the_living(scratch_parent: Path) -> None:
    living = Scratch()
    dead = scratch_parent / "braggscope-1-abcdef"
    young = scratch_parent / "braggscope-2-abcdef"
    old = scratch_parent / "braggscope-3-abcdef"
    stranger = scratch_parent / "braggscope-notes"
    for folder in (dead, young, old, stranger):
        folder.mkdir()
    (dead / "lock").touch()
    os.utime(old, (time.time() - 10**6,) * 2)
    link = scratch_parent / "braggscope-4-abcdef"
    link.symlink_to(stranger)
    assert sorted(sweep()) == [dead, old]
    assert living.folder.exists()
    assert young.exists()
    assert stranger.exists()
    living.close()
    link.unlink()
    young.rmdir()
    stranger.rmdir()


def test_a_folder_goes_although_someone_still_writes_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "braggscope-1-abcdef"
    (folder / "tmp").mkdir(parents=True)
    (folder / "lock").touch()
    end = time.monotonic() + 0.5

    def write() -> None:
        while time.monotonic() < end:
            try:
                (folder / "tmp").mkdir(exist_ok=True)
                (folder / "tmp" / "file").touch()
            except OSError:
                continue

    writer = threading.Thread(target=write)
    writer.start()
    assert remove_if_abandoned(folder, patience_s=10)
    writer.join()
    assert not folder.exists()


def test_a_folder_that_cannot_be_emptied_keeps_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "braggscope-1-abcdef"
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "file").touch()
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", raising(OSError("no")))
        assert not remove_if_abandoned(folder)
    assert (folder / "lock").exists()


def test_the_command_of_a_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sources = (PluginSource("torch", "braggscope_torch.plugin", "braggscope", "1"),)
    spec = WorkerSpec("torch-cpu", sources, {"x": "ä"})
    command = spec.command(tmp_path)
    assert command[:5] == [sys.executable, "-P", "-m", "braggscope.worker", "torch-cpu"]
    assert plugins_from_text(command[-1]) == list(sources)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert spec.command(tmp_path)[:3] == [sys.executable, "--worker", "torch-cpu"]
    assert WorkerSpec(ANALYSIS).command(tmp_path)[:3] == [sys.executable, "--worker", "--analysis"]
    monkeypatch.setenv("LD_LIBRARY_PATH", "/frozen")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/original")
    assert spec.environment(tmp_path)["LD_LIBRARY_PATH"] == "/frozen"
    other = WorkerSpec("torch-cuda", sources, {"interpreter": "~/venv/bin/python"})
    assert other.command(tmp_path)[0] == str(Path("~/venv/bin/python").expanduser())
    assert other.environment(tmp_path)["LD_LIBRARY_PATH"] == "/original"
    assert other.environment(tmp_path)["TMPDIR"] == str(tmp_path)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAGGSCOPE_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return settings_path()


def test_without_a_file_there_are_defaults(config: Path) -> None:
    settings, problem = load_settings()
    assert (settings, problem) == (Settings(), None)
    assert settings.limits.cache_bytes == 2**30
    assert settings.engine("any") == {}


def test_settings_are_read(config: Path) -> None:
    config.write_text(
        '[engines.nanobragg-c]\nprogram = "/x"\ntime_limit_s = 60\n[plugins]\ndisabled = ["a"]\n'
    )
    settings, problem = load_settings()
    assert problem is None
    assert settings.engine("nanobragg-c") == {"program": "/x", "time_limit_s": "60"}
    assert settings.plugins.disabled == ("a",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\nb = ]", ["not valid TOML", "line 2"]),
        ("[plugins]\n[runs]\nparallel = 0\n", ["Line 3: runs.parallel", "found 0"]),
        ("\n[runs]\nparalel = 2\n", ["Line 3: runs.paralel"]),
        ("runs.parallel = 'many'", ["Line 1: runs.parallel", "'many'"]),
        ("[engines.torch-cpu]\nx = [1]", ["Line 2: engines.torch-cpu.x"]),
    ],
)
def test_a_wrong_file_is_explained_and_defaults_hold(
    config: Path, text: str, words: list[str]
) -> None:
    config.write_text(text)
    settings, problem = load_settings()
    assert settings == Settings()
    assert isinstance(problem, InvalidInput)
    assert str(config) in str(problem)
    assert all(word in str(problem) for word in words)


def test_a_file_that_is_no_text_is_explained(config: Path) -> None:
    config.write_bytes(b"\xff\xfe\x00")
    assert isinstance(load_settings()[1], InvalidInput)


def test_saved_settings_come_back(config: Path) -> None:
    settings = Settings.model_validate({"engines": {"a.b": {"program": "/ä"}}})
    save_settings(settings)
    assert load_settings() == (settings, None)
    assert [path.name for path in config.parent.iterdir()] == ["settings.toml"]
    with pytest.raises(InvalidInput, match="cannot be saved"):
        save_settings(settings, config / "no folder" / "settings.toml")


def test_the_cache_forgets_the_least_used() -> None:
    cache = ImageCache(250)
    images = {name: image_of(np.zeros((10, 10), np.uint8)) for name in "abc"}
    cache.put("a", images["a"])
    cache.put("b", images["b"])
    assert cache.get("a") is images["a"]
    cache.put("c", images["c"])
    assert [cache.get(name) is not None for name in "abc"] == [True, False, True]
    cache.put("huge", image_of(np.zeros((20, 20), np.uint8)))
    assert cache.get("huge") is None
    assert len(cache) == 2


def enter(gate: Gate, turn: Turn, order: list[str], release: threading.Event) -> threading.Thread:
    def work() -> None:
        with gate.turn(turn, CancelToken()):
            order.append(turn.worker)
            release.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_the_gate_keeps_the_order_of_runs() -> None:
    gate, order, release = Gate(1), [], threading.Event()
    threads = []
    for name in ("a", "b", "c"):
        threads.append(enter(gate, Turn(name, is_run=True), order, release))
        time.sleep(0.05)
    assert order == ["a"]
    threads.append(enter(gate, Turn("c"), order, release))
    until(lambda: order == ["a", "c"])
    release.set()
    for thread in threads:
        thread.join()
    assert order == ["a", "c", "b", "c"]


def test_runs_keep_their_order_while_an_engine_comes_up() -> None:
    gate, order, release = Gate(1), [], threading.Event()
    with gate.turn(Turn("a"), CancelToken()):  # someone looks whether it is there
        threads = []
        for name in ("a", "b"):
            threads.append(enter(gate, Turn(name, is_run=True), order, release))
            time.sleep(0.05)
        assert order == []
    release.set()
    for thread in threads:
        thread.join()
    assert order == ["a", "b"]


def test_an_announced_run_keeps_its_place_until_it_is_withdrawn() -> None:
    gate, order, release = Gate(1), [], threading.Event()
    first, given_up = Turn("a", is_run=True), Turn("c", is_run=True)
    gate.announce(first)
    gate.announce(given_up)
    threads = [enter(gate, Turn("b", is_run=True), order, release)]
    time.sleep(0.05)
    threads.append(enter(gate, first, order, release))
    until(lambda: order == ["a"])
    release.set()
    threads[1].join()
    assert order == ["a"]
    gate.withdraw(given_up)
    threads[0].join()
    assert order == ["a", "b"]


def test_with_two_at_a_time_a_run_passes_one_that_waits_for_a_run() -> None:
    gate, order, release = Gate(2), [], threading.Event()
    threads = []
    for name in ("a", "a", "b"):
        threads.append(enter(gate, Turn(name, is_run=True), order, release))
        time.sleep(0.05)
    assert order == ["a", "b"]
    release.set()
    for thread in threads:
        thread.join()


def test_a_cancelled_turn_leaves_the_queue() -> None:
    gate, token = Gate(1), CancelToken()
    with gate.turn(Turn("a", is_run=True), CancelToken()):
        timer = threading.Timer(0.05, token.set)
        timer.start()
        with pytest.raises(Cancelled), gate.turn(Turn("a"), token):
            pass
        timer.join()
    with gate.turn(Turn("a"), CancelToken()):
        pass


def test_a_job_tells_how_it_ended() -> None:
    runner = JobRunner()
    good = runner.start("good", lambda job: 7)
    bad = runner.start("bad", raising(InvalidInput("no")))
    ugly = runner.start("ugly", raising(RuntimeError("a bug")))
    assert (good.result(5), good.state) == (7, JobState.DONE)
    assert bad.error(5) is not None
    with pytest.raises(InvalidInput):
        bad.result(5)
    with pytest.raises(BraggscopeError, match="RuntimeError: a bug") as caught:
        ugly.result(5)
    assert "Traceback" in caught.value.details
    seen: list[Job[int]] = []
    good.add_done_callback(seen.append)
    assert seen == [good]
    good.cancel()
    assert good.result(0) == 7
    runner.close(5)


def test_a_job_that_takes_long_times_out_and_goes_on() -> None:
    runner, go = JobRunner(), threading.Event()
    job = runner.start("wait", lambda job: go.wait(10))
    with pytest.raises(TimeoutError, match="wait has not ended"):
        job.result(0.01)
    go.set()
    assert job.result(5)
    runner.close(5)
    late = runner.start("late", lambda job: 1)
    with pytest.raises(Cancelled):
        late.result(5)
    runner.close(5)


def test_a_listener_that_comes_late_is_called_at_once() -> None:
    token, called = CancelToken(), []
    token.set()
    token.set()
    with token.calling(lambda: called.append(1)):
        pass
    assert called == [1]
    with pytest.raises(Cancelled):
        token.check()


def test_a_log_is_kept_short(tmp_path: Path) -> None:
    log = WorkerLog(tmp_path / "log")
    fd = log.open()
    os.write(fd, b"line\n" * 400_000)
    log.trim()
    os.write(fd, b"the last one\n")
    os.close(fd)
    assert log.path.stat().st_size < 100_000
    assert log.tail().endswith("line\nthe last one")
    assert WorkerLog(tmp_path / "none").tail() == ""


METRICS = {
    "free": MetricContribution("free", "Free", "m:m"),
    "low": MetricContribution("low", "Low", "m:m", Bounds(lower=0.999), ".5f"),
    "band": MetricContribution("band", "Band", "m:m", Bounds(0.5, 1.5)),
}


@pytest.mark.parametrize(
    ("low", "band", "agrees", "words"),
    [
        (R(0.99991), R(1.0), True, ["Low 0.99991 ≥ 0.999: holds", "Band 1 within 0.5 … 1.5"]),
        (R(0.5), R(1.0), False, ["Low 0.50000 ≥ 0.999: fails"]),
        (R(float("nan")), R(1.0), False, ["Low nan ≥ 0.999: fails"]),
        (None, R(1.0), None, ["Low could not be computed (odd): undecided"]),
        (None, R(9.0), False, ["undecided", "fails"]),
        (R(None, "all masked"), R(1.0), False, ["Low has no value (all masked): fails"]),
    ],
)
def test_verdicts(low: R | None, band: R, agrees: bool | None, words: list[str]) -> None:
    results = {"free": R(3.0), "band": band} | ({"low": low} if low else {})
    faults = {} if low else {"low": "odd\nTraceback …"}
    found, reasons = verdict(METRICS, results, faults)
    assert found is agrees
    assert all(any(word in reason for reason in reasons) for word in words)


def test_an_undefined_metric_does_not_part_identical_images() -> None:
    results = {"low": R(None, "A and B are constant"), "band": R(float("nan"))}
    agrees, reasons = verdict(METRICS, results, {}, identical=True)
    assert agrees is True
    assert reasons[0] == (
        "Low has no value (A and B are constant), but the images are identical: holds"
    )
    assert verdict(METRICS, {"low": R(0.5), "band": R(1.0)}, {}, identical=True)[0] is False


def test_without_bounds_there_is_no_verdict() -> None:
    assert verdict(METRICS, {"free": R(1.0)}, {}) == (None, ())
    off = {"low": None, "band": Bounds()}
    assert verdict(METRICS, {"low": R(0.0), "band": R(9.0)}, {}, off) == (None, ())


def raising(error: Exception) -> Callable[..., None]:
    def work(*arguments: object, **named: object) -> None:
        raise error

    return work


def test_the_threads_of_an_engine_are_told_to_it_and_to_what_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BRAGGSCOPE_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert "OMP_NUM_THREADS" not in WorkerSpec("torch-cpu").environment(tmp_path)
    told = WorkerSpec("torch-cpu", (), {"threads": "3"}).environment(tmp_path)
    assert (told["BRAGGSCOPE_THREADS"], told["OMP_NUM_THREADS"]) == ("3", "3")
