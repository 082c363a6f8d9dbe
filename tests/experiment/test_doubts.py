"""What can hardly be meant: an error in files and in the window, a warning on the command line."""

from __future__ import annotations

from typing import Any

import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.doubts import doubts

CRYSTAL = {"cell": {"a_A": 10, "b_A": 10, "c_A": 10}, "default_F": 1}


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        ({"beam": {"kahn_factor": 2}}, "beam.kahn_factor", "at most 1"),
        ({"beam": {"fluence_per_m2": -1}}, "beam.fluence_per_m2", "above 0"),
        ({"detector": {"convention": "xds", "beam_x_mm": 3}}, "detector.beam_x_mm", "ORGX"),
        ({"detector": {"fast_axis": (0, 0, 1)}}, "detector.fast_axis", "custom"),
        ({"detector": {"pixels_fast": 9, "size_fast_mm": 3}}, "detector.size_fast_mm", "counted"),
        ({"sampling": {"phi_steps": 4, "phi_step_deg": 0.1}}, "sampling.phi_steps", "2 steps"),
        (
            {"detector": {"roi": {"fast_min": 3, "fast_max": 2, "slow_min": 0, "slow_max": 9}}},
            "detector.roi",
            "empty",
        ),
        (
            {
                "detector": {
                    "pixels_fast": 9,
                    "pixels_slow": 9,
                    "roi": {"fast_min": 20, "fast_max": 30, "slow_min": 0, "slow_max": 9},
                }
            },
            "detector.roi",
            "9 (slow) × 9 (fast)",
        ),
        ({"detector": {"thickness_layers": 3}}, "detector.thickness_layers", "thickness"),
        (
            {"beam": {"dispersion_percent": 1, "sources": {"rows": [{"x": -1}]}}},
            "beam.dispersion_percent",
            "source file",
        ),
    ],
)
def test_doubtful_values_are_named(data: dict[str, Any], path: str, expected: str) -> None:
    data = {"crystal": CRYSTAL, **data}
    (doubt,) = doubts(Experiment.build(data, strict=False))
    assert doubt.path == path
    assert expected in doubt.message
    with pytest.raises(InvalidInput) as caught:
        Experiment.build(data, {path: "some file"})
    assert path in str(caught.value)
    assert "some file" in str(caught.value)


def test_a_cell_that_cannot_close_is_doubtful() -> None:
    cell = {"a_A": 9, "b_A": 9, "c_A": 9, "alpha_deg": 120, "beta_deg": 120, "gamma_deg": 120}
    with pytest.raises(InvalidInput, match="no cell has the angles"):
        Experiment.build({"crystal": {"cell": cell, "default_F": 1}})


def test_an_override_is_refused_for_its_own_doubt_only() -> None:
    doubtful = Experiment.build({"crystal": CRYSTAL, "beam": {"kahn_factor": 2}}, strict=False)
    assert doubtful.with_override("beam.wavelength_A", 1.5).beam.wavelength_A == 1.5
    with pytest.raises(InvalidInput, match="fluence"):
        doubtful.with_override("beam.fluence_per_m2", -1.0)
