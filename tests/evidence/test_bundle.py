"""A bundle holds all that its comparison needs, and tells when it no longer holds."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from braggscope.api import InvalidInput
from braggscope.cli.exit_codes import AGREES, BAD_INPUT, DIFFERS
from braggscope.cli.main import app
from braggscope.evidence.opening import opened, read_bundle
from braggscope.trace_files.tolerances import read_tolerances

HKL = "0 0 0 10\n1 0 0 20\n0 1 0 30\n0 0 1 40\n1 1 1 50\n-1 0 0 20\n0 -1 0 30\n"
FLAGS = (
    "-cell 30 40 50 90 90 90 -lambda 1 -distance 60 -N 4 -pixel 1 -detpixels_f 40 -detpixels_s 30"
)


def braggscope(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as a folder, of a comparison that does not agree; its .hkl is gone afterwards."""
    folder = tmp_path_factory.mktemp("made")
    hkl = folder / "small.hkl"
    hkl.write_text(HKL)
    target = folder / "bundle"
    result = braggscope(
        "compare", "--flags", f"{FLAGS} -hkl {hkl} -nointerpolate", "-b", "torch-cpu",
        "--set-b", "beam.wavelength_A*=1.02", "--semantics-b", "omega=mean",
        "--bundle", str(target),
    )  # fmt: skip
    assert result.exit_code == DIFFERS, result.output
    hkl.unlink()
    return target


def test_it_holds_what_a_reader_needs(made: Path) -> None:
    names = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {
        "bundle.json", "experiment.toml", "commands.sh", "report.md", "report.html", "SHA256SUMS",
        "inputs/small.hkl", "images/a.npy", "images/b.npy", "images/difference.npy",
        "pictures/a.png", "pictures/b.png", "pictures/difference.png",
        "traces/slow0_fast0_a.json", "traces/slow0_fast0_b.txt",
    } <= names  # fmt: skip
    report = (made / "report.md").read_text()
    assert "B does not agree with A" in report
    assert "| beam.wavelength\\_A | 1 | 1.02 |" in report
    assert "(semantics\\_omega) differs first" in report
    assert "-hkl inputs/small.hkl" in report
    page = (made / "report.html").read_text()
    assert "<table>" in page
    assert "<script" not in page
    environment = json.loads((made / "bundle.json").read_text())["environment"]
    assert environment["packages"]["numpy"] == np.__version__
    assert str(made.parent) not in (made / "experiment.toml").read_text()


def test_it_opens_again_as_the_runs_that_made_it(made: Path) -> None:
    bundle = read_bundle(made)
    a, b = bundle.runs
    assert a.experiment == b.experiment
    assert dict(b.overrides) == {"beam.wavelength_A": 1.02}
    assert b.semantics.omega == "mean"
    assert a.experiment.crystal.structure_factors is not None
    assert a.experiment.crystal.structure_factors.path == made / "inputs" / "small.hkl"
    assert bundle.images[0].shape == (30, 40)
    assert bundle.agrees is False
    assert bundle.changed == ()


def test_it_still_holds_where_it_was_moved(made: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(made, moved)
    result = braggscope("verify", str(moved))
    assert result.exit_code == AGREES, result.output
    assert "still holds" in result.output


def test_a_changed_image_and_a_changed_metric_are_seen(made: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(made, broken)
    image = np.load(broken / "images" / "a.npy")
    image[3, 4] += 0.5 * image.max()
    np.save(broken / "images" / "a.npy", image)
    manifest = json.loads((broken / "bundle.json").read_text())
    manifest["metrics"]["correlation"]["value"] = 0.99999
    (broken / "bundle.json").write_text(json.dumps(manifest))
    result = braggscope("verify", str(broken), "--json")
    assert result.exit_code == DIFFERS, result.output
    report = json.loads(result.stdout)
    failed = [check["what"] for check in report["checks"] if not check["holds"]]
    assert failed == [
        "The bundle’s files are unchanged", "The image of A is the recorded one", "Correlation",
    ]  # fmt: skip


def test_a_zip_is_the_same_bundle(made: Path, tmp_path: Path) -> None:
    packed = tmp_path / "bundle.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in made.rglob("*"):
            archive.write(path, path.relative_to(made))
    with opened(packed) as bundle:
        assert bundle.changed == ()
        folder = bundle.folder
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"{}"])
def test_what_is_no_bundle_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(content)
    result = braggscope("verify", str(path))
    assert result.exit_code == BAD_INPUT
    assert "no evidence bundle" in result.output + str(result.stderr)


def test_a_zip_that_leads_outside_writes_nothing_there(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.txt", "x")
    with pytest.raises(InvalidInput, match="leads outside"), opened(path):
        pass
    assert not (tmp_path.parent / "escaped.txt").exists()


def test_a_broken_manifest_is_refused(made: Path, tmp_path: Path) -> None:
    for change in ("", "[]", '{"format": 99}', '{"format": 1}'):
        folder = tmp_path / f"m{len(change)}"
        shutil.copytree(made, folder)
        (folder / "bundle.json").write_text(change)
        with pytest.raises(InvalidInput):
            read_bundle(folder)


def test_a_place_that_takes_no_bundle_is_refused_before_anything_runs(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    for target in (mine, tmp_path / "file", tmp_path / "file" / "x.zip", tmp_path / "file" / "x"):
        result = braggscope("compare", "--flags", FLAGS, "--bundle", str(target))
        assert result.exit_code == BAD_INPUT, target
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "file"}


def test_tolerances_are_in_the_bundle_and_count_when_it_is_verified(tmp_path: Path) -> None:
    """With a wide tolerance of the option the trace begins to differ elsewhere."""
    wide = tmp_path / "wide.toml"
    wide.write_text("[tolerances.float64]\nlambda_m = 1.0\nlambda0_m = 1.0\n")
    target = tmp_path / "bundle"
    said = ("--flags", FLAGS + " -default_F 10", "-b", "torch-cpu")
    result = braggscope(
        "compare", *said, "--set-b", "beam.wavelength_A*=1.02", "--bundle", str(target),
        "--tolerances", str(wide),
    )  # fmt: skip
    assert result.exit_code == DIFFERS, result.output
    with opened(target) as bundle:
        assert bundle.tolerances == read_tolerances(wide)
    report = (target / "report.md").read_text()
    assert "| lambda0\\_m (float64) | 1 |" in report
    assert "`lambda0_m` differs first" not in report
    assert braggscope("verify", str(target)).exit_code == AGREES
    (target / "tolerances.toml").write_text("[tolerances.float64]\n")
    checks = json.loads(braggscope("verify", str(target), "--json").stdout)["checks"]
    assert checks[0]["detail"] == "tolerances.toml"
