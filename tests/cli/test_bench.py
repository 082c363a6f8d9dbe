"""braggscope bench: engines timed in turns, their errors, and what is kept of it."""

from __future__ import annotations

import json
import os
import sys
from itertools import groupby
from pathlib import Path

import pytest
from typer.testing import CliRunner

from braggscope.benchmark.measuring import GATE, Measurement
from braggscope.benchmark.record import latest_path, read_times
from braggscope.benchmark.scaling import Point, Series
from braggscope.benchmark.workloads import WORKLOADS, Workload, named_workloads
from braggscope.cli import bench as bench_command
from braggscope.cli.main import app
from braggscope.errors import InvalidInput


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
    assert mixed["cold_s"] > mixed["median_s"]
    assert all(row["ready_s"] > row["median_s"] for row in (eager, mixed))
    assert "ready s" in said
    assert eager["limit"] is None
    assert 0.0 < mixed["share"] < 1.5
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

    setup = resolve(WORKLOADS[name].experiment())
    steps = {"W1": 1, "W2": 1, "W4": 50, "W5": 1000, "W6n": 50, "W6t": 50, "W7": 16, "W8": 3}
    assert setup.steps == steps.get(name, 1)
    assert setup.crystal.interpolates == name.startswith("W6t")
    assert WORKLOADS[name].usual == (name in steps)


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


SMALL = Workload("W2", "a small one in its place", "-N 5 -detpixels 64 -distance 20")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full frame that takes no time."""
    monkeypatch.setattr(bench_command, "WORKLOADS", {"W2": SMALL})
    monkeypatch.setattr(bench_command, "named_workloads", lambda names: [SMALL])


def wrong_program(folder: Path, factor: float) -> Path:
    """A nanoBragg whose images are what our own C program makes, times a factor."""
    own = Path(sys.modules["braggscope_external"].__file__ or "").parent / "bin"
    path = folder / "nanoBragg"
    path.write_text(
        f"#!{sys.executable}\n"
        "import array, subprocess, sys, os\n"
        "if '--braggscope-capabilities' in sys.argv: sys.exit(9)\n"
        f"subprocess.run([{str(own / 'braggscope-nanobragg')!r}, *sys.argv[1:]], check=True,"
        " stdout=subprocess.DEVNULL)\n"
        "name = sys.argv[sys.argv.index('-floatfile') + 1]\n"
        "image = array.array('f', open(name, 'rb').read())\n"
        f"array.array('f', [x * {factor} for x in image]).tofile(open(name, 'wb'))\n"
        "threads = os.environ.get('OMP_NUM_THREADS', '')\n"
        f"open({str(folder / 'threads')!r}, 'a').write(threads + ' ')\n"
    )
    path.chmod(0o755)
    return path


def test_the_foreign_program_is_measured_beside_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    import braggscope_external  # noqa: F401  # where our own program is

    monkeypatch.setenv("NB_C_BIN", str(wrong_program(tmp_path, 1.25)))
    path = tmp_path / "b.json"
    status, said = bench("W1", "--repeats", "1", "-o", str(path))
    assert status == 0, said
    rows = {row["engine"]: row for row in json.loads(path.read_text())["measurements"]}
    assert list(rows) == ["nanobragg-c", "NB_C_BIN", "torch-cpu", "torch-cpu,precision=mixed"]
    assert rows["NB_C_BIN"]["error"] == pytest.approx(0.25, rel=1e-3)
    assert rows["torch-cpu"]["error"] < 1e-6
    assert rows["nanobragg-c"]["device"].startswith("braggscope-nanobragg")
    assert {"vs nanobragg-c", "vs NB_C_BIN"} <= set(said.replace("  ", "\n").splitlines())


def test_a_full_frame_that_differs_is_told_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    import braggscope_external  # noqa: F401

    monkeypatch.setenv("NB_C_BIN", str(wrong_program(tmp_path, 1.02)))
    path = tmp_path / "b.json"
    status, said = bench("--full-frame", "--repeats", "1", "-o", str(path))
    assert status == 3, said
    verdicts = {
        row["engine"]: row["verdict"] for row in json.loads(path.read_text())["measurements"]
    }
    assert verdicts["nanobragg-c"] is None
    assert verdicts["torch-cpu"]["agrees"] is True
    assert verdicts["NB_C_BIN"]["agrees"] is False
    assert verdicts["NB_C_BIN"]["sum_ratio"] == pytest.approx(1.02, rel=1e-4)
    assert "NB_C_BIN DIFFERS with nanobragg-c" in said
    assert "torch-cpu agrees with nanobragg-c" in said


def test_a_full_frame_with_an_engine_that_fails_is_no_agreement(small: None) -> None:
    status, said = bench("--full-frame", "--repeats", "1", "-e", "torch-cpu", "-e", "no-engine")
    assert status == 4
    assert "no-engine was not measured" in " ".join(said.split())


def test_the_gate_is_that_of_changes_of_physics() -> None:
    assert GATE["correlation"].lower == 0.999
    assert (GATE["sum_ratio"].lower, GATE["sum_ratio"].upper) == (0.995, 1.005)


def test_scaling_tables_and_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import braggscope_external  # noqa: F401

    monkeypatch.setenv("NB_C_BIN", str(wrong_program(tmp_path, 1.0)))
    points = tuple(Point(n, SMALL, threads=n) for n in (1, 3))
    series = (Series("threads", "few", "threads", points),)
    monkeypatch.setattr(bench_command, "all_series", lambda: series)
    path, picture = tmp_path / "b.json", tmp_path / "b.svg"
    arguments = ("-e", "torch-cpu", "-e", "NB_C_BIN", "-o", str(path), "--plot", str(picture))
    status, said = bench("--scaling", "--repeats", "1", *arguments)
    assert status == 0, said
    (first, second) = json.loads(path.read_text())["scaling"]["threads"]
    assert [point["value"] for point in (first, second)] == [1, 3]
    torch, foreign = second["measurements"]
    assert torch["device"].endswith("3 threads")
    assert foreign["engine"] == "NB_C_BIN"
    threads = (tmp_path / "threads").read_text().split()
    assert [count for count, _ in groupby(threads)] == ["1", "3"]
    assert (tmp_path / "b-scaling.svg").is_file()
    assert not picture.exists()


def test_what_was_measured_is_shown_again_as_tables_and_pictures(
    tmp_path: Path, small: None
) -> None:
    path, picture = tmp_path / "b.json", tmp_path / "b.png"
    assert bench("W1", "--repeats", "1", "-e", "torch-cpu", "-o", str(path))[0] == 0
    kept = latest_path().read_bytes()
    status, said = bench("--from", str(path), "--markdown", "--plot", str(picture))
    assert status == 0, said
    assert "| W2: a small one in its place | torch-cpu |" in said
    for made in (picture, tmp_path / "b-roofline.png"):
        assert made.read_bytes().startswith(b"\x89PNG")
    assert latest_path().read_bytes() == kept
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--full-frame", "W1"),
        ("--repeats", "0"),
        ("--plot", "picture.jpeg"),
        ("--from", "nowhere.json"),
        ("-e", "NB_C_BIN"),
        ("-e", "torch-cpu,mixed"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_work(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NB_C_BIN", raising=False)
    status, said = bench(*arguments)
    assert status == 2
    assert "first run" not in said


def test_a_measurement_without_runs_has_no_share() -> None:
    assert Measurement("W1", "x", problem="none").share is None
