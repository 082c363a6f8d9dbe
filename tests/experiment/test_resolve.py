"""From what was said to the numbers that rendering needs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.physics.setup import Setup
from tests.experiment.test_nanobragg_dialect import CUBIC, golden_cases


def setup_of(flags: str):
    return resolve(Experiment.from_nanobragg(f"{CUBIC} {flags}".split()))


def test_the_original_program_chose_the_same_numbers(shared: Path) -> None:
    for case, flags in golden_cases(shared).items():
        setup = resolve(Experiment.from_nanobragg(flags, shared / "golden" / "inputs"))
        _compare_with_print((shared / "golden" / f"{case}.stdout.txt").read_text(), setup)


def _compare_with_print(printed: str, setup: Setup) -> None:
    match = re.search(r"(\d+)x\d+ pixel oversample steps", printed)
    assert match is not None
    assert setup.oversample == int(match.group(1))
    match = re.search(r"Fbeam=(\S+) Sbeam=(\S+)", printed)
    assert match is not None
    assert setup.quantities["Fbeam_m"].value == pytest.approx(float(match.group(1)), rel=1e-5)
    assert setup.quantities["Sbeam_m"].value == pytest.approx(float(match.group(2)), rel=1e-5)
    match = re.search(r"(\d+) mosaic domains over", printed)
    assert match is not None
    assert len(setup.crystal.mosaic_deviates) == int(match.group(1))
    match = re.search(r"(\d+) phi steps from", printed)
    assert match is not None
    assert len(setup.crystal.phi_rad) == int(match.group(1))


def test_every_number_has_an_origin() -> None:
    quantities = setup_of("-Xbeam 20").quantities
    assert quantities["Xbeam_m"].origin.kind == "given"
    assert "-Xbeam" in quantities["Xbeam_m"].origin.detail
    assert quantities["Ybeam_m"].origin.kind == "derived"
    assert quantities["kahn_factor"].origin.kind == "default"
    assert quantities["pix0_m"].origin.kind == "derived"
    assert quantities["oversample"].origin.kind == "derived"


def test_values_without_effect_are_noted() -> None:
    assert "beam_x_mm has no effect" in setup_of("-xds -Xbeam 20").notes[0]
    assert setup_of("-Xbeam 20").notes == ()


def test_direct_and_reciprocal_cell_are_dual() -> None:
    setup = setup_of("-cell 60 70 80 90 95 90 -misset 10 20 30")
    reciprocal = np.reshape(setup.quantities["recip_regenerated"].value, (3, 3))
    assert setup.crystal.direct_m @ reciprocal.T == pytest.approx(np.eye(3) * 1e-10, abs=1e-24)


@pytest.mark.parametrize(
    ("flags", "steps", "step_deg"),
    [
        ("", 1, 0.0),
        ("-phi 5 -phistep 0.5", 2, 0.5),
        ("-phi 5 -osc 1", 2, 0.5),
        ("-phi 5 -osc 1 -phistep 0.3", 4, 0.3),
        ("-phi 5 -phisteps 4", 4, 0.25),
        ("-phi 5 -phisteps 4 -phistep 0.1", 2, 0.1),
        ("-phi 5 -osc 2 -phisteps 4", 4, 0.5),
    ],
)
def test_phi_steps_follow_nanobraggs_table(flags: str, steps: int, step_deg: float) -> None:
    phi = setup_of(flags).crystal.phi_rad
    assert len(phi) == steps
    if steps > 1:
        assert np.degrees(np.diff(phi)) == pytest.approx(np.full(steps - 1, step_deg))


def test_interpolation_is_chosen_where_nanobragg_would_do_it(tmp_path: Path) -> None:
    (tmp_path / "f.hkl").write_text("0 0 1 10\n1 0 0 20\n")
    flags = f"-cell 50 -hkl {tmp_path / 'f.hkl'} -N 2".split()
    assert resolve(Experiment.from_nanobragg(flags)).crystal.interpolates
    without = resolve(Experiment.from_nanobragg([*flags, "-nointerpolate"]))
    assert without.crystal.reflections
    assert not without.crystal.interpolates
    assert not setup_of("-N 1").crystal.interpolates


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-lambda 1e-6 -N 1000000", "sub-pixels per axis"),
        ("-close_distance 0", "through the sample"),
        ("-flux 1e9 -beamsize 0", "fluence is not finite"),
        ("-phi 1 -osc 90 -phistep 1e-12", "φ steps are too many"),
        ("-detsize 1e6 -pixel 1e-6", "pixels, too many"),
    ],
)
def test_absurd_numbers_are_refused_before_memory_is_taken(flags: str, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        resolve(Experiment.from_nanobragg(f"-cell 100 -default_F 1 {flags}".split()))


def test_a_region_outside_the_detector_is_empty_and_noted() -> None:
    setup = setup_of("-roi 500 600 0 10")
    assert setup.detector.roi.is_empty
    assert "128" in setup.notes[0]


def test_overrides_change_one_number_and_leave_the_rest() -> None:
    experiment = Experiment.from_nanobragg(CUBIC.split())
    changed = experiment.with_override("beam.wavelength_A", 1.01)
    assert changed.beam.wavelength_A == 1.01
    assert changed.with_override("beam.wavelength_A", 1.0) == experiment
    assert resolve(changed).digest() != resolve(experiment).digest()
    with pytest.raises(InvalidInput, match="wavelenth"):
        experiment.with_override("beam.wavelenth_A", 1.0)
