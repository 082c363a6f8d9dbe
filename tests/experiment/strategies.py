"""Hypothesis strategies: small experiments over all that nanoBragg can say, and semantics."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics, allowed_values

Fields = dict[str, Any]


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 6))


def _maybe(draw: st.DrawFn, fields: Fields, **choices: st.SearchStrategy[Any]) -> None:
    """Say each of these fields or leave it to the program."""
    for name, strategy in choices.items():
        if draw(st.booleans()):
            fields[name] = draw(strategy)


_VECTORS = st.tuples(_numbers(-1, 1), _numbers(-1, 1), _numbers(0.1, 1))
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
_SEEDS = st.integers(-(2**31) + 1, 2**31 - 1)
_SHAPES = st.sampled_from(["square", "round", "gauss", "tophat"])
_NAMED = ["mosflm", "xds", "adxv", "denzo", "dials"]
_XBEAM = ("beam_x_mm", "beam_y_mm")
_ORG = ("org_x_px", "org_y_px")
_CENTRES = {"xds": _ORG, "dials": _ORG, "custom": (*_XBEAM, "close_x_mm", "close_y_mm", *_ORG)}
_SOURCE = st.fixed_dictionaries(
    {"x": _numbers(-12, -8), "y": _numbers(-0.1, 0.1), "z": _numbers(-0.1, 0.1)},
    optional={
        "weight": _numbers(0.1, 3),
        "wavelength_m": _numbers(0.5, 3).map(lambda a: a * 1e-10),
    },
)


@st.composite
def _crystals(draw: st.DrawFn) -> Fields:
    crystal: Fields = {
        "cell": draw(_CELLS),
        "default_F": draw(_numbers(1, 500)),
        "cells_a": draw(st.integers(1, 9)),
        "cells_b": draw(st.integers(1, 9)),
        "cells_c": draw(st.integers(1, 9)),
    }
    if draw(st.booleans()):
        rows = [[0.01, 0.001, 0.0], [-0.001, 0.012, 0.002], [0.0, 0.001, 0.009]]
        crystal["matrix"] = {"rows": rows, "path": "/tmp/orientation.mat"}
    if draw(st.booleans()):
        crystal["misset_deg"] = tuple(draw(_numbers(-180, 180)) for _ in range(3))
    else:
        _maybe(draw, crystal, misset_seed=_SEEDS)
    size = st.floats(1e-6, 2e-5)
    _maybe(draw, crystal, shape=_SHAPES, fudge=_numbers(0.1, 3), interpolate=st.booleans())
    _maybe(draw, crystal, size_a_mm=size, size_b_mm=size, size_c_mm=size, mosaic_seed=_SEEDS)
    if draw(st.booleans()):
        crystal["mosaic_spread_deg"] = draw(_numbers(0.01, 5))
        _maybe(draw, crystal, mosaic_domains=st.integers(1, 4))
    return crystal


@st.composite
def _beams(draw: st.DrawFn) -> Fields:
    beam: Fields = {
        "wavelength_A": draw(_numbers(0.5, 3)),
        "kahn_factor": draw(_numbers(-1, 1)),
        "polarized": draw(st.booleans()),
    }
    kind = draw(st.sampled_from(["plain", "grid", "sources"]))
    if kind == "sources":
        beam["sources"] = {"rows": draw(st.lists(_SOURCE, min_size=1, max_size=3))}
    if kind == "grid":
        _maybe(draw, beam, dispersion_percent=_numbers(0.1, 3), round_divergence=st.booleans())
        for axis in "hv":
            if draw(st.booleans()):
                beam[f"divergence_{axis}_mrad"] = draw(_numbers(0.5, 5))
                grid = {"step_mrad": _numbers(1, 3), "steps": st.integers(1, 3)}
                _maybe(draw, beam, **{f"divergence_{axis}_{name}": s for name, s in grid.items()})
        if "dispersion_percent" in beam:
            _maybe(draw, beam, dispersion_steps=st.integers(1, 3))
    _maybe(draw, beam, size_mm=_numbers(0.01, 0.2))
    if draw(st.booleans()):
        beam["flux_per_s"] = draw(st.floats(1e9, 1e14))
        _maybe(draw, beam, exposure_s=_numbers(0.1, 2))
    else:
        _maybe(draw, beam, fluence_per_m2=st.floats(1e20, 1e30))
    return beam


@st.composite
def _detectors(draw: st.DrawFn) -> Fields:
    convention = draw(st.sampled_from([*_NAMED, "custom"]))
    detector: Fields = {"convention": convention, "pixel_mm": draw(_numbers(0.2, 1.0))}
    for axis in ("fast", "slow"):
        if draw(st.booleans()):
            detector[f"pixels_{axis}"] = draw(st.integers(4, 24))
        else:
            detector[f"size_{axis}_mm"] = draw(_numbers(1, 6))
    _maybe(
        draw,
        detector,
        distance_mm=_numbers(40, 300),
        close_distance_mm=_numbers(40, 300),
        rotation_x_deg=_numbers(-30, 30),
        rotation_y_deg=_numbers(-30, 30),
        rotation_z_deg=_numbers(-180, 180),
        twotheta_deg=_numbers(-30, 30),
        curved=st.booleans(),
        point_pixel=st.booleans(),
    )
    _maybe(draw, detector, **dict.fromkeys(_CENTRES.get(convention, _XBEAM), _numbers(-5, 15)))
    if convention == "custom":
        _maybe(draw, detector, pivot=st.sampled_from(["beam", "sample"]), twotheta_axis=_VECTORS)
        if draw(st.booleans()):
            detector |= {"fast_axis": (0.0, 0.1, 1.0), "slow_axis": (0.0, -1.0, 0.1)}
            _maybe(draw, detector, normal_axis=st.just((1.0, 0.0, 0.0)) | st.just((2.0, 0.0, 0.0)))
    if draw(st.booleans()):
        detector["thickness_um"] = draw(_numbers(1, 500))
        _maybe(draw, detector, thickness_layers=st.integers(1, 3))
    _maybe(draw, detector, attenuation_um=_numbers(0, 500))
    if draw(st.booleans()):
        bounds = {"fast_min": 0, "fast_max": 3, "slow_min": 0}
        detector["roi"] = {**bounds, "slow_max": draw(st.integers(0, 50))}
    return detector


@st.composite
def _samplings(draw: st.DrawFn) -> Fields:
    sampling: Fields = {"oversample": draw(st.integers(1, 3))}
    _maybe(draw, sampling, phi_start_deg=_numbers(-90, 90) | st.just(0.0), dmin_A=_numbers(0, 6))
    if draw(st.booleans()):
        sampling["osc_deg"] = draw(_numbers(0.01, 5))
        _maybe(draw, sampling, phi_steps=st.integers(1, 4), phi_step_deg=_numbers(1, 2))
    return sampling


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Experiments over every feature; only structure-factor files and masks are left out.

    Their matrix and source files are named and do not exist: what stands in them is known.
    """
    beam, sampling, detector = draw(_beams()), draw(_samplings()), draw(_detectors())
    if detector["convention"] == "custom":
        _maybe(draw, beam, polarization_axis=_VECTORS)
        _maybe(draw, sampling, spindle_axis=_VECTORS)
        if draw(st.booleans()):
            beam["direction"] = (1.0, draw(_numbers(-0.1, 0.1)), draw(_numbers(-0.1, 0.1)))
    data = {"beam": beam, "crystal": draw(_crystals()), "detector": detector, "sampling": sampling}
    if draw(st.booleans()):
        data["background"] = {"water_um": draw(_numbers(0.1, 50))}
    return Experiment.build(data)


def semantics() -> st.SearchStrategy[Semantics]:
    """Any combination of options."""
    return st.fixed_dictionaries(
        {},
        optional={name: st.sampled_from(allowed_values(name)) for name in Semantics.model_fields},
    ).map(lambda chosen: Semantics.model_validate(chosen))


def sayable_semantics() -> st.SearchStrategy[Semantics]:
    """Options that flags of nanoBragg itself can say."""
    return st.fixed_dictionaries(
        {},
        optional={name: st.just("compounding") for name in ("omega", "polarization", "capture")},
    ).map(lambda chosen: Semantics.model_validate(chosen))
