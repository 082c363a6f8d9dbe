"""nanoBragg command lines to experiments and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dump_file import dump_bytes
from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.nanobragg import CommandLine, parse_command_line
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope.experiment.semantics import Semantics
from braggscope.experiment.smv import bare_header, write_mask
from braggscope.experiment.source_file import write_sources
from braggscope.experiment.toml import (
    experiment_from_toml,
    experiment_to_toml,
    load_experiment,
    save_experiment,
)
from tests.experiment.strategies import experiments, sayable_semantics, semantics

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
#: Golden command lines that say something without effect.
DOUBTFUL_CASES = {"xds_xbeam", "dials_beam", "close_distance", "custom_vectors", "stol"}


def parse(text: str, **options: bool) -> CommandLine:
    return parse_command_line(text.split(), **options)


def golden_cases(shared: Path) -> dict[str, list[str]]:
    index = json.loads((shared / "golden" / "index.json").read_text())
    return {case: entry["args"].split() for case, entry in index.items()}


def files_for(experiment: Experiment, folder: Path) -> dict[str, str]:
    """The input files of an experiment, written; their names by role."""
    files = {}
    if experiment.crystal.matrix is not None:
        files["matrix"] = str(folder / "orientation.mat")
        write_matrix(experiment.crystal.matrix, folder / "orientation.mat")
    if experiment.beam.sources is not None:
        files["sources"] = str(folder / "sources.txt")
        write_sources(experiment.beam.sources, folder / "sources.txt")
    return files


@settings(deadline=None)
@given(experiment=experiments(), chosen=semantics())
def test_every_dialect_keeps_the_setup(
    experiment: Experiment, chosen: Semantics, tmp_path_factory: pytest.TempPathFactory
) -> None:
    setup = resolve(experiment)
    files = files_for(experiment, tmp_path_factory.mktemp("inputs"))
    flags = flags_of(experiment, semantics=chosen, own_program=True, **files)
    back = parse_command_line(flags, strict=True)
    assert resolve(back.experiment).digest() == setup.digest()
    assert back.semantics == chosen
    back_from_toml = experiment_from_toml(experiment_to_toml(experiment, Path("/")), Path("/"))
    back_from_json = Experiment.model_validate_json(experiment.model_dump_json())
    assert resolve(back_from_toml).digest() == setup.digest()
    assert back_from_json == experiment


@given(sayable_semantics())
def test_nanobragg_itself_can_say_what_compounds(chosen: Semantics) -> None:
    experiment = parse(CUBIC).experiment
    assert parse_command_line(flags_of(experiment, semantics=chosen)).semantics == chosen


def test_what_nanobragg_cannot_say_is_refused() -> None:
    experiment = parse(CUBIC).experiment
    with pytest.raises(InvalidInput, match="phi_carry_over = off"):
        flags_of(experiment, semantics=Semantics(phi_carry_over="off"))


def test_golden_command_lines_keep_the_setup(shared: Path, tmp_path: Path) -> None:
    for case, flags in golden_cases(shared).items():
        command = parse_command_line(flags, shared / "golden" / "inputs")
        experiment = command.experiment
        assert bool(command.warnings) == (case in DOUBTFUL_CASES), case
        again = parse_command_line(flags_of(experiment, semantics=command.semantics))
        assert resolve(again.experiment).digest() == resolve(experiment).digest(), case
        assert again.semantics == command.semantics
        if case not in DOUBTFUL_CASES:
            save_experiment(experiment, tmp_path / "saved.toml")
            saved = load_experiment(tmp_path / "saved.toml")
            assert resolve(saved).digest() == resolve(experiment).digest(), case


def test_last_flag_wins_and_values_become_fields() -> None:
    experiment = parse(f"{CUBIC} -lambda 1.5 -Nb 7 -polar 0.5 -xds -ORGX 3.5").experiment
    assert experiment.beam.wavelength_A == 1.5
    assert (experiment.crystal.cells_a, experiment.crystal.cells_b) == (5, 7)
    assert experiment.beam.kahn_factor == 0.5
    assert experiment.detector.convention == "xds"
    assert experiment.detector.org_x_px == 3.5


def test_longer_spellings_match_as_in_nanobragg() -> None:
    line = "-cell 50 -default_F 10 --wavelength 2 -mosaicity 0.5 -mosaic_domains 3 -N 4"
    experiment = parse(line, strict=True).experiment
    assert experiment.beam.wavelength_A == 2
    assert experiment.crystal.mosaic_spread_deg == 0.5
    assert experiment.crystal.mosaic_domains == 3
    assert experiment.crystal.cell is not None
    assert experiment.crystal.cell.c_A == 50


def test_energy_and_nopolar_then_polar() -> None:
    experiment = parse(f"{CUBIC} -energy 12398.42 -nopolar -polar 0.25").experiment
    assert experiment.beam.wavelength_A == pytest.approx(1.0)
    assert experiment.beam.polarized
    assert not parse(f"{CUBIC} -polar 0.25 -nopolar").experiment.beam.polarized


def test_output_flags_are_kept_apart() -> None:
    command = parse(f"{CUBIC} -floatfile f.bin -nonoise -intfile i.img -adc 10 -nopgm -pgmscale 2")
    assert command.output.files == {"float": "f.bin", "int": "i.img"}
    assert (command.output.adc, command.output.pgm_scale) == (10, 2)
    assert (command.output.wants_noise, command.output.wants_pgm) == (False, True)
    assert command.experiment == parse(CUBIC).experiment


def test_a_program_name_in_front_is_skipped() -> None:
    assert parse(f"./nanoBragg {CUBIC}").experiment == parse(CUBIC).experiment


def test_a_random_misset_without_a_seed_takes_one_from_the_clock_and_says_so() -> None:
    command = parse(f"{CUBIC} -misset random", strict=True)
    seed = command.experiment.crystal.misset_seed
    assert seed is not None
    assert seed > 10**9
    assert f"misset has the seed {seed}" in command.notes[0]
    assert f"noise has the seed {command.output.noise_seed}" in command.output.notes[0]
    assert parse(f"{CUBIC} -misset_seed 7 -misset rand").experiment.crystal.misset_seed == 7


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-N -3 -oversample 0 -mosaic -1 -mosaic_domains -2", ""),
        ("-phi 3 -osc -1 -phistep -1 -phisteps -1", "-phi 3"),
        ("-phi 3 -phisteps 0", "-phi 3 -phisteps 1"),
        ("-hdivrange -1 -hdivstep 0 -hdivsteps -1 -dispsteps 0", ""),
        ("-xtalsize -1 -dmin -1 -detector_thick -5 -detector_thicksteps 0", ""),
        ("-distance -100 -roi -1 -1 -1 -1", ""),
        ("-detector_thick 50 -detector_abs inf", "-detector_abs 0"),
        ("-detector_thick 50 -detector_abs -1", "-detector_thick 50"),
        ("-flux 0", ""),
    ],
)
def test_negative_values_choose_what_nothing_chooses(flags: str, expected: str) -> None:
    base = CUBIC.replace("-N 5", "-N 1")
    assert (
        resolve(parse(f"{base} {flags}").experiment).digest()
        == resolve(parse(f"{base} {expected}").experiment).digest()
    )


def test_a_dump_file_is_named_or_found(tmp_path: Path) -> None:
    table = np.arange(8.0).reshape(2, 2, 2)
    (tmp_path / "Fdump.bin").write_bytes(dump_bytes(table, (0, 0, 0)))
    line = ["-cell", "50", "-default_F", "5"]
    assert parse_command_line(line, tmp_path).experiment.crystal.structure_factors is None
    found = parse_command_line(line, tmp_path, implicit_dump=True)
    named = parse_command_line([*line, "-dump", "Fdump.bin"], tmp_path)
    assert "take its place, as without -hkl" in found.warnings[0]
    assert found.experiment.crystal.structure_factors == named.experiment.crystal.structure_factors
    again = parse_command_line(flags_of(named.experiment))
    assert resolve(again.experiment).digest() == resolve(named.experiment).digest()
    lost = parse_command_line([*line, "-dump", "none.bin"], tmp_path)
    assert "none.bin" in lost.warnings[0]


def test_a_mask_whose_header_moves_the_detector_is_written_anew(tmp_path: Path) -> None:
    write_mask(np.ones((4, 5), bool), tmp_path / "bare.img")
    text = bare_header(5, 4).replace(b"}\f", b"BEAM_CENTER_X=3;}\f").ljust(512)[:512]
    (tmp_path / "loud.img").write_bytes(text + bytes(40))
    line = "-cell 50 -default_F 5 -lambda 1"
    quiet = parse(f"{line} -mask {tmp_path / 'bare.img'}").experiment
    again = parse_command_line(flags_of(quiet), strict=True).experiment
    assert resolve(again).digest() == resolve(quiet).digest()
    loud = parse(f"{line} -mask {tmp_path / 'loud.img'}").experiment
    assert loud.detector.beam_x_mm == 3
    silenced = loud.with_override("detector.beam_x_mm", None)
    with pytest.raises(InvalidInput, match="BEAM_CENTER_X"):
        flags_of(silenced)
    assert "bare.img" in flags_of(silenced, mask="bare.img")
