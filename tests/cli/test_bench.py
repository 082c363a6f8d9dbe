"""braggscope bench: engines timed in turns, their errors, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from braggscope.benchmark.record import latest_path, read_times
from braggscope.benchmark.workloads import WORKLOADS, named_workloads
from braggscope.cli.main import app
from braggscope.errors import InvalidInput
from braggscope.host.resources import resource_path


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAGGSCOPE_BENCHMARK_DIR", str(tmp_path / "benchmarks"))


def bench(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bench", *arguments])
    return result.exit_code, result.output


def test_engines_are_timed_and_held_against_the_first(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    engines = ("-e", "torch-cpu,kernel=eager", "-e", "torch-cpu,precision=mixed")
    status, said = bench("w1", "--repeats", "1", *engines, "-o", str(path))
    assert status == 0, said
    eager, mixed = json.loads(path.read_text())["measurements"]
    assert eager["steps"] == mixed["steps"] == 1024**2
    assert eager["error"] is None
    assert eager["cold_s"] > eager["median_s"]
    assert mixed["cold_s"] is None
    assert 0.0 < mixed["error"] < 1e-5
    assert all(row["ns_per_step"] > 0.0 and row["peak_bytes"] > 0 for row in (eager, mixed))
    assert "torch-cpu,precision=mixed" in said
    assert read_times(latest_path())[("W1", "torch-cpu,precision=mixed")] == mixed["ns_per_step"]


def test_an_engine_that_fails_is_named_and_the_others_are_measured() -> None:
    broken = "no-such-engine"
    status, said = bench("W1", "--repeats", "1", "-e", broken, "-e", "torch-cpu")
    assert status == 4
    said = " ".join(said.split())
    assert "no-such-engine was not measured" in said
    assert "Known engines: " in said
    assert list(read_times(latest_path())) == [("W1", "torch-cpu")]


def test_what_is_not_measured_again_is_kept(tmp_path: Path) -> None:
    for engine in ("torch-cpu", "torch-cpu,precision=mixed"):
        assert bench("W1", "--repeats", "1", "-e", engine)[0] == 0
    assert {engine for _, engine in read_times(latest_path())} == {
        "torch-cpu",
        "torch-cpu,precision=mixed",
    }


def test_unknown_workloads_are_named() -> None:
    status, _ = bench("W9")
    assert status == 2
    with pytest.raises(InvalidInput, match="W9"):
        named_workloads(["W9"])


def test_a_record_that_is_damaged_is_none(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    for content in ("", "{", "[]", '{"measurements": [{}]}', '{"measurements": 3}'):
        path.write_text(content)
        assert read_times(path) == {}


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_can_be_set_up(name: str) -> None:
    from braggscope.experiment import resolve

    experiment = WORKLOADS[name].experiment(resource_path("examples", "lysozyme.mtz"))
    setup = resolve(experiment)
    steps = {"W1": 1, "W2": 1, "W4": 50, "W5": 1000, "W6n": 1, "W6t": 1, "W7": 16, "W8": 3}
    assert setup.steps == steps[name]
    assert setup.crystal.interpolates == (name == "W6t")


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    status, said = bench("W1", "-e", "torch-cpu", "-o", str(tmp_path / "nowhere" / "b.json"))
    assert status == 2
    assert "first" not in said


def test_what_was_measured_is_not_lost_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRAGGSCOPE_BENCHMARK_DIR", str(tmp_path / "file" / "folder"))
    path = tmp_path / "b.json"
    status, said = bench("W1", "--repeats", "1", "-e", "torch-cpu", "-o", str(path))
    assert status == 0
    assert path.is_file()
    assert "not kept for the next time" in " ".join(said.split())
