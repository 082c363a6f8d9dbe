"""Hypothesis strategy for experiments that image headers can hold: no tilt, no free axes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from braggscope.experiment import Experiment


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 6))


_CELLS = st.fixed_dictionaries(
    {
        "a_A": _numbers(20, 200),
        "b_A": _numbers(20, 200),
        "c_A": _numbers(20, 200),
        "alpha_deg": _numbers(70, 110),
        "beta_deg": _numbers(70, 110),
        "gamma_deg": _numbers(70, 110),
    }
)


@st.composite
def _detectors(draw: st.DrawFn) -> dict[str, Any]:
    convention = draw(st.sampled_from(["mosflm", "xds", "adxv", "denzo", "dials"]))
    detector: dict[str, Any] = {
        "convention": convention,
        "pixel_mm": draw(_numbers(0.2, 1.0)),
        "pixels_fast": draw(st.integers(4, 24)),
        "pixels_slow": draw(st.integers(4, 24)),
        "distance_mm": draw(_numbers(40, 300)),
    }
    if draw(st.booleans()):
        names = (
            ("org_x_px", "org_y_px")
            if convention in ("xds", "dials")
            else ("beam_x_mm", "beam_y_mm")
        )
        for name in names:
            detector[name] = draw(_numbers(-5, 15))
    if draw(st.booleans()):
        detector["roi"] = {
            "fast_min": 1,
            "fast_max": 3,
            "slow_min": 0,
            "slow_max": draw(st.integers(0, 50)),
        }
    return detector


@st.composite
def _samplings(draw: st.DrawFn) -> dict[str, Any]:
    sampling: dict[str, Any] = {"oversample": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        sampling["phi_start_deg"] = draw(_numbers(-90, 90))
        sampling["osc_deg"] = draw(_numbers(0.01, 5))
        if draw(st.booleans()):
            sampling["phi_steps"] = draw(st.integers(1, 4))
    return sampling


@st.composite
def plain_experiments(draw: st.DrawFn) -> Experiment:
    """Small experiments without files: the physics of nanoBragg that everyone uses."""
    crystal: dict[str, Any] = {
        "cell": draw(_CELLS),
        "default_F": draw(_numbers(1, 500)),
        "cells_a": draw(st.integers(1, 9)),
        "cells_b": draw(st.integers(1, 9)),
        "cells_c": draw(st.integers(1, 9)),
    }
    if draw(st.booleans()):
        crystal["misset_deg"] = tuple(draw(_numbers(-180, 180)) for _ in range(3))
    if draw(st.booleans()):
        crystal["mosaic_spread_deg"] = draw(_numbers(0.01, 5))
        crystal["mosaic_domains"] = draw(st.integers(1, 4))
        crystal["mosaic_seed"] = draw(st.integers(1, 10**6))
    beam = {
        "wavelength_A": draw(_numbers(0.5, 3)),
        "kahn_factor": draw(_numbers(-1, 1)),
        "polarized": draw(st.booleans()),
    }
    return Experiment.build(
        {
            "beam": beam,
            "crystal": crystal,
            "detector": draw(_detectors()),
            "sampling": draw(_samplings()),
        }
    )
