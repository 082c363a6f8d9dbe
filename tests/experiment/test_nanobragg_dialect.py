"""nanoBragg command lines to experiments and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from braggscope.errors import InvalidInput, NotSimulatedYet
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.toml import (
    experiment_from_toml,
    experiment_to_toml,
    load_experiment,
    save_experiment,
)
from tests.experiment.strategies import experiments

CUBIC = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 0.4"
    " -detpixels 128"
)
FIRST_CASES = [
    "cubic",
    "triclinic_misset",
    "lysozyme",
    "lysozyme_cell",
    "mosflm_beam",
    "xds_beam",
    "nopolar",
    "polar_half",
    "phi_osc",
    "mosaic",
    "oversample",
    "roi",
]


def parse(text: str) -> Experiment:
    return Experiment.from_nanobragg(text.split())


@given(experiments())
def test_every_dialect_keeps_the_setup(experiment: Experiment) -> None:
    setup = resolve(experiment)
    back_from_flags = Experiment.from_nanobragg(experiment.to_nanobragg())
    back_from_toml = experiment_from_toml(experiment_to_toml(experiment, Path("/")), Path("/"))
    back_from_json = Experiment.model_validate_json(experiment.model_dump_json())
    assert resolve(back_from_flags).digest() == setup.digest()
    assert resolve(back_from_toml).digest() == setup.digest()
    assert back_from_json == experiment


@pytest.mark.parametrize("case", FIRST_CASES)
def test_golden_command_lines_keep_the_setup(case: str, shared: Path, tmp_path: Path) -> None:
    flags = json.loads((shared / "golden" / "index.json").read_text())[case]["args"].split()
    experiment = Experiment.from_nanobragg(flags, shared / "golden" / "inputs")
    again = Experiment.from_nanobragg(experiment.to_nanobragg())
    assert resolve(again).digest() == resolve(experiment).digest()
    save_experiment(experiment, tmp_path / "saved.toml")
    assert (
        resolve(load_experiment(tmp_path / "saved.toml")).digest() == resolve(experiment).digest()
    )


def test_last_flag_wins_and_values_become_fields() -> None:
    experiment = parse(f"{CUBIC} -lambda 1.5 -Nb 7 -polar 0.5 -xds -ORGX 3.5")
    assert experiment.beam.wavelength_A == 1.5
    assert (experiment.crystal.cells_a, experiment.crystal.cells_b) == (5, 7)
    assert experiment.beam.kahn_factor == 0.5
    assert experiment.detector.convention == "xds"
    assert experiment.detector.org_x_px == 3.5


def test_longer_spellings_match_as_in_nanobragg() -> None:
    experiment = parse("-cell 50 -default_F 10 -wavelength 2 -mosaicity 0.5 -mosaic_domains 3 -N 4")
    assert experiment.beam.wavelength_A == 2
    assert experiment.crystal.mosaic_spread_deg == 0.5
    assert experiment.crystal.mosaic_domains == 3
    assert experiment.crystal.cell is not None
    assert experiment.crystal.cell.c_A == 50


def test_energy_and_nopolar_then_polar() -> None:
    experiment = parse(f"{CUBIC} -energy 12398.42 -nopolar -polar 0.25")
    assert experiment.beam.wavelength_A == pytest.approx(1.0)
    assert experiment.beam.polarized
    assert not parse(f"{CUBIC} -polar 0.25 -nopolar").beam.polarized


def test_output_flags_are_kept_apart() -> None:
    command = parse_command_line(
        f"{CUBIC} -floatfile f.bin -nonoise -intfile i.img -adc 10".split()
    )
    assert command.output.files == {"float": "f.bin", "int": "i.img"}
    assert command.experiment == parse(CUBIC)


def test_a_program_name_in_front_is_skipped() -> None:
    assert parse(f"./nanoBragg {CUBIC}") == parse(CUBIC)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (f"{CUBIC} -lambda -1", ["beam.wavelength_A", "-lambda", "-1.0", "at least 1e-06"]),
        (f"{CUBIC} -lambda nan", ["beam.wavelength_A", "finite"]),
        (f"{CUBIC} -lambda x", ["-lambda", "'x'"]),
        (f"{CUBIC} -detpixels 12.5", ["-detpixels", "whole"]),
        (f"{CUBIC} -distance 0", ["detector.distance_mm", "-distance"]),
        (f"{CUBIC} -lambada 1", ["-lambada", "-lambda"]),
        (f"{CUBIC} -misset 1 2", ["-misset", "3 values"]),
        (f"{CUBIC} -phi", ["-phi", "1 value"]),
        (f"{CUBIC} stray", ["stray"]),
        ("-cell 100", ["-hkl", "-default_F"]),
        ("-default_F 100", ["-cell", "-mat"]),
        ("-hkl missing.hkl -cell 10", ["missing.hkl", "No such file"]),
        ("-mat missing.mat -default_F 1", ["missing.mat"]),
        (f"{CUBIC} -roi 9 3 0 5", ["roi", "empty"]),
    ],
)
def test_wrong_values_are_named(flags: str, expected: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(flags)
    for words in expected:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "flags",
    [
        "-twotheta 5", "-detector_rotx 1", "-close_distance 90", "-curved_det", "-point_pixel",
        "-detector_thick 100", "-oversample_omega", "-divergence 1", "-dispersion 1", "-dmin 2",
        "-water 20", "-misset random", "-round_xtal", "-gauss_xtal", "-tophat_spots", "-mask m.img",
        "-img i.img", "-xtalsize 0.1", "-sourcefile s.txt", "-beam_vector 1 0 0", "-flux 1e12",
    ],
)  # fmt: skip
def test_physics_that_is_not_there_is_refused(flags: str) -> None:
    with pytest.raises(NotSimulatedYet, match=flags.split()[0]):
        parse(f"{CUBIC} {flags}")


def test_zero_rotations_are_accepted() -> None:
    assert parse(f"{CUBIC} -twotheta 0 -detector_rotx 0 -dmin 0 -water 0") == parse(CUBIC)


@pytest.mark.parametrize(
    ("content", "why"),
    [("1 2 3", "holds 3"), ("1 0 0 0 x 0 0 0 1", "x"), ("nan 0 0 0 1 0 0 0 1", "not finite")],
)
def test_a_bad_matrix_file_is_named(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.mat").write_text(content)
    with pytest.raises(InvalidInput, match=why) as caught:
        parse(f"-mat {tmp_path / 'bad.mat'} -default_F 1")
    assert "bad.mat" in str(caught.value)
