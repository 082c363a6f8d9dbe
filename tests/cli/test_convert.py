"""`braggscope convert`, and files of other programs given to the other commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.experiment.dialects import import_file
from tests.cli.test_commands import run
from tests.experiment.dialects.test_front import GARBAGE, PDB
from tests.experiment.dialects.test_headers import ADSC


def test_an_experiment_list_and_its_intensities_become_toml(shared: Path, tmp_path: Path) -> None:
    data = shared / "data"
    if not (data / "x4wide_scaled.expt").is_file():
        pytest.skip("x4wide_scaled.expt is not among the reference data")
    done = run(
        "convert", str(data / "x4wide_scaled.expt"), "x.toml",
        "--base", str(data / "x4wide_scaled.mtz"), "--image", "45", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "lost: scaling model" in done.stdout
    assert "1031 of 11804 intensities were negative" in done.stderr
    done = run("simulate", "x.toml", "--set", "detector.roi={fast_min=1230, fast_max=1234,"
               " slow_min=1230, slow_max=1234}", "--set", "sampling.oversample=1",
               "--set", "crystal.cells_a=20", "--set", "crystal.cells_b=20",
               "--set", "crystal.cells_c=20", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "image.npy").max() > 0


def test_a_model_is_the_same_experiment_on_both_engines(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    done = run("compare", "x.pdb", "--set", "detector.pixels_fast=16", "--set",
               "detector.pixels_slow=16", "--set", "sampling.oversample=1",
               "--set", "crystal.interpolate=false", "--set", "detector.pixel_mm=4.0",
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert "AGREES" in done.stdout
    assert "structure factors computed to 2 Å" in done.stderr


def test_a_header_is_converted_without_a_crystal(tmp_path: Path) -> None:
    (tmp_path / "x.img").write_text(ADSC)
    done = run("convert", "x.img", "y.cbf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "crystal" not in done.stdout
    assert "Detector_distance 0.15 m" in (tmp_path / "y.cbf").read_text()


def test_a_model_becomes_the_text_that_nanobragg_reads(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    done = run("convert", "x.pdb", "x.hkl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "lost: everything but the structure factors" in done.stdout
    small = ("--set", "detector.pixels_fast=16", "--set", "detector.pixels_slow=16",
             "--set", "detector.pixel_mm=4.0")  # fmt: skip
    done = run("simulate", "x.pdb", *small, "-o", "a.npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = import_file(tmp_path / "x.pdb").crystal.cell
    assert said is not None
    cell = " ".join(str(value) for value in said.model_dump().values())
    done = run("simulate", "--flags", f"-cell {cell} -hkl x.hkl", *small, "-o", "b.npy",
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (np.load(tmp_path / "a.npy") == np.load(tmp_path / "b.npy")).all()


def test_a_detector_that_nobody_described_is_said_to_be_made_up(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    done = run("convert", "x.pdb", "x.expt", cwd=tmp_path)
    assert "x.pdb says nothing of the detector and of the wavelength" in done.stderr
    assert "x.expt gets nanoBragg's defaults" in done.stderr
    done = run("convert", "x.pdb", "x.hkl", cwd=tmp_path)
    assert "defaults" not in done.stderr


def test_what_lacks_is_said_of_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "x.img").write_text(ADSC)
    done = run("convert", "x.img", "y.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "x.img is not a whole experiment" in done.stderr


def test_an_impossible_target_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.img").write_text(ADSC)
    done = run("convert", "x.img", "y.foo", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("braggscope:")
    assert "y.foo is in no format that can be written" in done.stderr


def test_files_that_are_no_good_end_with_status_2(tmp_path: Path) -> None:
    for name, suffix in (("binary", ".expt"), ("mtz cut short", ".mtz"), ("empty", ".cbf")):
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(GARBAGE[name])
        done = run("compare", str(path))
        assert done.returncode == 2
        assert done.stderr.startswith(f"braggscope: {path}")
        assert "Traceback" not in done.stderr
    assert run("convert", "nowhere.expt", "x.toml", cwd=tmp_path).returncode == 2
    (tmp_path / "x.img").write_text(ADSC)
    incomplete = run("compare", "x.img", cwd=tmp_path)
    assert incomplete.returncode == 2
    assert "--base" in incomplete.stderr
