"""What a program is given: flags and files."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Run, Semantics
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, RegionOfInterest, resolve
from braggscope.experiment.dump_file import dump_bytes
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.reflections import load_reflections
from braggscope.experiment.smv import load_mask
from braggscope_external.engine import create
from braggscope_external.inputs import flags_for
from braggscope_external.program import Program
from tests.experiment.test_nanobragg_parsing import smv

OWN = Program(Path("own"), "test", writes_float64=True, traces=True, knows_semantics=True)
FOREIGN = Program(Path("foreign"), "test")


def run_of(flags: str, folder: Path, **said: object) -> Run:
    experiment = Experiment.from_nanobragg(shlex.split(flags), folder)
    return Run(experiment=experiment, engine="nanobragg-c", **said)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with one input file of each kind, none of them as simple as can be."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "s.txt").write_text("-10 0.1\n-10 0 0.1 2 1.1e-10\n")
    (folder / "a.mat").write_text("0.01 0 0 0 0.02 0 0 0 0.03")
    (folder / "Fdump.bin").write_bytes(dump_bytes(np.arange(27.0).reshape(3, 3, 3), (-1, -1, -1)))
    smv(folder / "m.img", "PIXEL_SIZE=0.3;", "BEAM_CENTER_X=1;", "OSC_RANGE=3;")
    return folder


@pytest.mark.parametrize("program", [OWN, FOREIGN])
def test_a_program_reads_the_same_experiment_from_flags_and_files(
    program: Program, inputs: Path, tmp_path: Path
) -> None:
    flags = "-mat a.mat -dump Fdump.bin -sourcefile s.txt -mask m.img -cell 50 60 70 -xds"
    run = run_of(flags, inputs)
    folder = tmp_path / "run"
    folder.mkdir()
    written = parse_command_line(flags_for(program, run, folder), folder).experiment
    assert written.detector.mask is not None
    assert run.experiment.detector.mask is not None
    assert np.array_equal(
        load_mask(written.detector.mask, (4, 5)), load_mask(run.experiment.detector.mask, (4, 5))
    )
    listed, dumped = (
        load_reflections(one.crystal.structure_factors).table(0.0)[0]
        for one in (written, run.experiment)
    )
    assert np.array_equal(listed, dumped)
    same_files = {"crystal.structure_factors": None, "detector.mask": None, "crystal.default_F": 1}
    assert (
        resolve(written.with_overrides(same_files)).digest()
        == resolve(run.experiment.with_overrides(same_files)).digest()
    )


def test_options_are_said_to_our_own_program_and_refused_for_others(tmp_path: Path) -> None:
    off = Semantics(phi_carry_over="off", omega="compounding")
    run = run_of("-cell 50 -default_F 1", tmp_path, semantics=off)
    flags = flags_for(OWN, run, tmp_path)
    assert flags[flags.index("-semantics") + 1] == "phi_carry_over=off"
    assert {"-oversample_omega", "-nodump", "-noint"} <= set(flags)
    with pytest.raises(InvalidInput, match="phi_carry_over = off"):
        flags_for(FOREIGN, run, tmp_path)
    compounding = run_of(
        "-cell 50 -default_F 1", tmp_path, semantics=Semantics(omega="compounding")
    )
    foreign = flags_for(FOREIGN, compounding, tmp_path)
    assert "-oversample_omega" in foreign
    assert "-nodump" not in foreign


def test_an_option_that_cannot_be_said_is_refused_before_the_run(tmp_path: Path) -> None:
    script = tmp_path / "nanoBragg"
    script.write_text("#!/bin/sh\nexit 9\n")
    script.chmod(0o755)
    run = run_of("-cell 50 -default_F 1", tmp_path, semantics=Semantics(water_scale="once"))
    with pytest.raises(InvalidInput, match="water_scale"):
        create("nanobragg-c", {"program": str(script)}).prepare(run)


def test_a_region_becomes_the_region_of_interest(tmp_path: Path) -> None:
    region = RegionOfInterest(fast_min=1, fast_max=2, slow_min=3, slow_max=4)
    run = run_of("-cell 50 -default_F 1", tmp_path, region=region)
    flags = flags_for(FOREIGN, run, tmp_path)
    start = flags.index("-roi")
    assert flags[start : start + 5] == ["-roi", "1", "2", "3", "4"]
