"""The command line, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from braggscope.cli.compare import status_of, verdict_text
from braggscope.cli.inputs import parse_regions
from braggscope.cli.main import app
from braggscope.errors import InvalidInput
from braggscope.host.host import Analysis
from braggscope.host.resources import resource_path
from tests.experiment.test_nanobragg_dialect import CUBIC

SMALL = f"{CUBIC} -detpixels 48 -oversample 2"


def run(
    *arguments: str, cwd: Path | None = None, platform: str = "offscreen"
) -> subprocess.CompletedProcess[str]:
    code = "import sys; from braggscope.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=280,
        env={**os.environ, "COLUMNS": "200", "QT_QPA_PLATFORM": platform},
        check=False,
    )


def test_compare_measures_regions_and_the_noise_floor(tmp_path: Path) -> None:
    regions = ("--region", "mid=rect:20,20,10,12", "--region", "inner=shell:3,inf")
    done = run("compare", "--flags", SMALL, *regions, "--noise-floor", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "noise floor of torch-cpu: run again, precision mixed" in done.stdout
    report = json.loads((tmp_path / "metrics.json").read_text())
    floor = report["metrics"]["rmse"]["noise_floor"]
    assert floor["deviation"] > 0
    assert len(floor["of"]) == 3
    middle, inner = report["regions"]
    assert (middle["name"], middle["shape"]["width"]) == ("mid", 12)
    slow, fast = middle["metrics"]["max_abs_difference"]["pixel"] or (20, 20)
    assert 20 <= slow < 30
    assert 20 <= fast < 32
    assert inner["metrics"]["correlation"]["value"] > 0.999


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x=rect:1,2,3", "too few numbers"), ("x=foo:1", "NAME=rect"), ("=masked", "name"),
        ("x=shell:-1,2", "greater than or equal to 0"), ("x=rect:a,b,c,d", "float"),
    ],
)  # fmt: skip
def test_a_region_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_regions([text])
    assert words in str(caught.value)


def test_two_regions_do_not_share_a_name() -> None:
    with pytest.raises(InvalidInput, match="two regions"):
        parse_regions(["a=masked", "a=rect:1,2,3,4"])


def test_compare_agrees_and_leaves_its_evidence(tmp_path: Path) -> None:
    out = tmp_path / "report"
    done = run("compare", "--flags", SMALL, "-o", str(out))
    assert done.returncode == 0, done.stderr + done.stdout
    assert "AGREES" in done.stdout
    report = json.loads((out / "metrics.json").read_text())
    assert report["agrees"] is True
    assert report["metrics"]["correlation"]["value"] > 0.999999999
    assert report["runs"]["B"]["engine"] == "nanobragg-c"
    assert "-cell" in report["runs"]["B"]["command"]
    for picture in ("a.png", "b.png", "difference.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
    again = run("compare", str(out / "experiment.toml"), "--b", "torch-cpu,precision=mixed")
    assert again.returncode == 0, again.stderr


def test_the_example_agrees(tmp_path: Path) -> None:
    done = run("compare", "-o", str(tmp_path), "--bound", "correlation=0.999999:")
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize("arguments", [("--flags", CUBIC), ()])
def test_half_a_percent_of_wavelength_is_a_difference(arguments: tuple[str, ...]) -> None:
    done = run("compare", *arguments, "--b", "torch-cpu", "--set-b", "beam.wavelength_A*=1.005")
    assert done.returncode == 3, done.stdout
    assert "DOES NOT AGREE" in done.stdout
    assert "beam.wavelength_A" in done.stdout


def test_a_hundredth_of_a_percent_shows_in_the_tolerance_metric(tmp_path: Path) -> None:
    change = ("--set-b", "beam.wavelength_A*=1.0001")
    done = run("compare", "--flags", CUBIC, *change, "-o", str(tmp_path))
    report = json.loads((tmp_path / "metrics.json").read_text())
    assert report["metrics"]["within_tolerance"]["value"] < 0.9
    assert report["metrics"]["max_abs_difference"]["value"] > 0
    assert report["differences"][0]["name"] == "beam.wavelength_A"
    assert done.returncode == (0 if report["agrees"] else 3)
    traced = run("trace", "67", "67", "--flags", CUBIC, *change, "--json")
    assert traced.returncode == 3
    assert json.loads(traced.stdout)["first_divergence"] == "lambda0_m"


def test_semantics_of_each_side_are_said_everywhere(tmp_path: Path) -> None:
    semantics = ("--semantics", "polarization=last", "--semantics-a", "omega=last")
    change = ("--set-b", "semantics.omega=mean")
    done = run(
        "compare", "--flags", SMALL, "--b", "torch-cpu", *semantics, *change, "-o", str(tmp_path)
    )
    assert done.returncode in (0, 3), done.stderr
    assert "semantics.omega: A last, B mean" in done.stdout
    assert "semantics: omega=last, polarization=last" in done.stdout
    report = json.loads((tmp_path / "metrics.json").read_text())
    own = {letter: report["runs"][letter]["semantics_unlike_nanobragg"] for letter in "AB"}
    assert own == {
        "A": {"omega": "last", "polarization": "last"},
        "B": {"omega": "mean", "polarization": "last"},
    }
    assert report["runs"]["B"]["semantics"]["capture"] == "first"
    assert report["differences"] == [{"name": "semantics.omega", "a": "last", "b": "mean"}]


def test_semantics_of_an_image_and_of_a_trace(tmp_path: Path) -> None:
    semantics = ("--flags", SMALL, "--semantics", "omega=mean")
    done = run("simulate", *semantics, "-o", "image.npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "semantics: omega=mean" in done.stdout
    traced = run("trace", "24", "20", *semantics, "--b", "", "--json")
    assert traced.returncode == 0, traced.stderr
    assert json.loads(traced.stdout)["semantics_unlike_nanobragg"] == [{"omega": "mean"}]


def test_bounds_decide() -> None:
    done = run("compare", "--flags", SMALL, "--bound", "rmse=1:")
    assert done.returncode == 3
    assert run("compare", "--flags", SMALL, "--bound", "nope=1:").returncode == 2
    done = run("compare", "--flags", SMALL, "--bound", "within_tolerance=99:")
    assert done.returncode == 2
    assert "99%" in done.stderr
    assert run("compare", "--flags", SMALL, "--bound", "rmse").returncode == 2


def test_identical_constant_images_agree() -> None:
    one_pixel = f"{SMALL} -roi 20 20 24 24"
    done = run("compare", "--flags", one_pixel, "--b", "torch-cpu,precision=float64")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical" in done.stdout


def test_a_verdict_that_failed_says_why_and_is_a_failure() -> None:
    reason = "Correlation could not be computed (ValueError: odd): undecided"
    found = Analysis(faults={"correlation": "ValueError: odd"}, agrees=None, reasons=(reason,))
    assert verdict_text(found) == f"NO VERDICT: {reason}"
    assert status_of(found) == 4
    assert status_of(Analysis()) == 3
    assert verdict_text(Analysis()) == "NO VERDICT: no metric decides"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "missing.toml"), "missing.toml"),
        (("compare", "--flags", "-cell 10"), "-default_F"),
        (("compare", "--flags", SMALL, "--b", "nope"), "nope"),
        (("compare", "--flags", SMALL, "--a", "torch-cpu,precision=half"), "half"),
        (("compare", "--flags", SMALL, "--set", "beam.nope=1"), "beam.nope"),
        (("compare", "--flags", f"{SMALL} -mat 'a"), "quot"),
        (("compare", "--flags", SMALL, "--bound", "rmse=:inf"), "rmse=:inf"),
        (("compare", "--flags", SMALL, "--bound", "rmse=nan:"), "rmse=nan:"),
        (("compare", "--flags", f"{SMALL} -detector_abs"), "-detector_abs"),
        (("simulate", "--flags", SMALL, "-o", "image.xyz"), ".npy"),
        (("compare", "--flags", SMALL, "--semantics", "best"), "nanobragg, physical"),
        (("compare", "--flags", SMALL, "--semantics-b", "omega=median"), "first, last, mean"),
        (("compare", "--flags", SMALL, "--set-b", "semantics.nope=1"), "omega, polarization"),
        (("trace", "4000", "1", "--flags", SMALL), "4000"),
        (("compare", "--flags", SMALL, "--bound", "rmse=2:1"), "Write rmse=1:2"),
        (("simulate", "--flags", ""), "--flags is empty"),
        (("simulate", "--set", "crystal.na=5"), "cells_a, cells_b, cells_c"),
        (("nonsense",), "nonsense"),
    ],
)
def test_bad_input_is_named(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_trace_prints_both_engines() -> None:
    done = run("trace", "24", "20", "--flags", SMALL)
    assert done.returncode == 0, done.stderr
    for name in ("pos_m", "R_m", "omega", "hkl", "F_latt", "I_total", "val"):
        assert name in done.stdout
    assert "No variable differs" in done.stdout
    assert len(done.stdout.splitlines()) < 24
    assert "more variables: --all shows them" in done.stdout
    alone = run("trace", "24", "20", "--flags", SMALL, "--b", "")
    assert alone.returncode == 0
    assert "photons" in alone.stdout


def test_a_trace_shows_the_first_divergence_though_it_is_not_in_the_story() -> None:
    options = (
        "--flags",
        SMALL,
        "--set-b",
        "detector.pixel_mm*=1.01",
        "--semantics-b",
        "omega=mean",
    )
    done = run("trace", "24", "20", *options, "--b", "torch-cpu")
    assert done.returncode == 3, done.stderr
    assert "▶  semantics_omega" in done.stdout
    assert "of which differ: --all shows them" in done.stdout
    every = run("trace", "24", "20", *options, "--b", "torch-cpu", "--all").stdout
    rows = [line.split()[0] for line in every.splitlines() if line.startswith("   ")]
    assert len(rows) > 100
    assert "more variables" not in every
    assert rows[-1].startswith("semantics_")
    assert "pixel_m" in rows


def test_a_command_line_keeps_its_options_and_says_its_doubts(tmp_path: Path) -> None:
    flags = f"{SMALL} -oversample_omega -MW 5 -misset random"
    done = run("compare", "--flags", flags, "-o", "report", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING: -MW 5" in done.stderr
    assert "note: the random misset has the seed" in done.stderr
    report = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert "-oversample_omega" in report["runs"]["B"]["command"]
    assert 'omega = "compounding"' in (tmp_path / "report" / "experiment.toml").read_text()
    again = run("compare", "report/experiment.toml", "-o", "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    command = json.loads((tmp_path / "again" / "metrics.json").read_text())["runs"]["B"]["command"]
    assert "-oversample_omega" in command


def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    for name in (".", "missing/image.bin"):
        done = run("nanobragg", *SMALL.split(), "-floatfile", name, cwd=tmp_path)
        assert done.returncode == 9, done.stderr
        assert "cannot write" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    report = tmp_path / "report"
    (report / "a.png").mkdir(parents=True)
    for arguments in (
        ("compare", "-o", "report"),
        ("simulate", "-o", "missing/image.npy"),
        ("simulate", "-o", "image.xyz", "-e", "nope"),
    ):
        done = run(*arguments, "--flags", SMALL, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "cannot write" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert [path.name for path in report.iterdir()] == ["a.png"]


def test_the_drop_in_writes_through_links_and_into_pipes(tmp_path: Path) -> None:
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(tmp_path / "target")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    both = ("-floatfile", "fifo", "-float64file", "link")
    done = run("nanobragg", *SMALL.split(), *both, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    reader.join(10)
    assert fifo.is_fifo()
    assert link.is_symlink()
    image = np.fromfile(tmp_path / "target", np.float64)
    assert np.array_equal(np.frombuffer(read[0], np.float32), image.astype(np.float32))


def test_simulate_writes_what_it_says(tmp_path: Path) -> None:
    done = run("simulate", "--flags", SMALL, "-o", "image.npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "image.npy").shape == (48, 48)


def test_engines_and_plugins_are_listed() -> None:
    done = run("engines")
    assert done.returncode == 0, done.stderr
    for name in ("torch-cpu", "torch-cuda", "nanobragg-c"):
        assert name in done.stdout
    done = run("plugins", "--check")
    assert done.returncode == 0, done.stdout
    for name in ("torch", "external", "parity", "trace"):
        assert name in done.stdout


def test_listing_plugins_imports_no_torch() -> None:
    code = (
        "import sys; from braggscope.host.plugins import PluginRegistry;"
        " PluginRegistry().discover(); sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_self_test_passes() -> None:
    done = run("self-test", "--json")
    report = json.loads(done.stdout)
    failed = [check for check in report["checks"] if not check["passed"]]
    assert not failed
    assert done.returncode == 0


def test_self_test_reports_a_dead_display_and_broken_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text("[runs]\nparallel = 'many'\n")
    monkeypatch.setenv("BRAGGSCOPE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    done = run("self-test", "--json", platform="xcb")
    report = json.loads(done.stdout)
    failed = {check["name"]: check["detail"] for check in report["checks"] if not check["passed"]}
    assert done.returncode == 1
    assert set(failed) == {"Qt", "settings"}
    assert "cannot be opened" in failed["Qt"]
    assert "parallel" in failed["settings"]
    assert any("parity" in check["name"] for check in report["checks"])


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("braggscope ")
    assert "compare" in run("--help").stdout
    assert resource_path("examples", "lysozyme.toml").is_file()


def test_a_log_of_another_program_takes_the_place_of_an_engine(tmp_path: Path) -> None:
    flags = "-cell 90 90 90 90 90 90 -default_F 10 -lambda 1 -distance 90 -N 4 -detpixels 32"
    runner = CliRunner()
    printed = runner.invoke(
        app, ["trace", "5", "7", "--flags", flags, "-b", "", "--format", "trace_c"]
    )
    assert printed.exit_code == 0, printed.output
    log = tmp_path / "other.log"
    log.write_text(printed.stdout.replace("close_distance_meters 0.09", "close_distance_meters 90"))
    found = runner.invoke(app, ["trace", "5", "7", "--flags", flags, "-b", str(log)])
    assert found.exit_code == 3, found.output
    assert "(close_distance_m) differs first" in found.output.replace("\n", " ")
    other = runner.invoke(app, ["trace", "5", "8", "--flags", flags, "-b", str(log)])
    assert other.exit_code == 2
    assert "traces another pixel" in other.output
