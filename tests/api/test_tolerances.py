"""Tolerances: the profile of the two precisions, and what a user changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from braggscope.api import (
    PROFILES,
    Pixel,
    PixelTrace,
    Tolerances,
    compare_traces,
    judge_again,
    profile_of,
    variable,
)


def trace(precision: str = "float64", **values: object) -> PixelTrace:
    given = tuple(variable(name, value) for name, value in values.items())
    return PixelTrace(Pixel(0, 0), "test", given, 1.0, precision=precision)


@pytest.mark.parametrize(
    ("a", "b", "name"),
    [
        ("float64", "float64", "float64"),
        ("float64", "mixed", "mixed"),
        ("mixed", "mixed", "mixed"),
        ("mixed", "float32-naive", "float32"),
        ("float32", "float64", "float32"),
    ],
)
def test_the_coarser_run_chooses_the_profile(a: str, b: str, name: str) -> None:
    assert profile_of(a, b).name == name
    assert profile_of(b, a).name == name


def test_a_changed_tolerance_changes_the_verdict_of_its_variable_alone() -> None:
    values = {"lambda0_m": 1e-10, "pixel_m": 1e-4}
    a, b = trace(**values), trace(**{name: value * (1 + 1e-6) for name, value in values.items()})
    wide = Tolerances().with_value("float64", "lambda0_m", 1e-5)
    rows = {row.name: row for row in compare_traces(a, b, tolerances=wide).rows}
    assert (rows["lambda0_m"].verdict, rows["lambda0_m"].tolerance) == ("within", 1e-5)
    assert (rows["pixel_m"].verdict, rows["pixel_m"].tolerance) == ("differs", 1e-12)
    other = trace("mixed", **values)
    assert compare_traces(other, b, tolerances=wide).rows[0].tolerance == 1e-12


def test_one_or_all_go_back_to_the_profile() -> None:
    changed = Tolerances().with_value("mixed", "q", 1e-3).with_value("mixed", "d", 1e-3)
    assert changed.is_changed("mixed", "q")
    assert not changed.is_changed("float64", "q")
    assert changed.without("mixed", "q") == Tolerances({"mixed": {"d": 1e-3}})
    assert changed.without("mixed") == Tolerances()
    assert changed.without("float64") == changed


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
def test_what_is_no_tolerance_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite number from 0"):
        Tolerances().with_value("float64", "q", value)


def test_each_profile_knows_every_kind() -> None:
    for profile in PROFILES.values():
        assert set(profile.allowed) == set(profile.numbers) == {
            "exact", "geometry", "index", "lattice", "intensity",
        }  # fmt: skip


def test_ulps_are_counted_in_the_precision_of_the_variable() -> None:
    a = {"lambda0_m": 1.0, "term": np.full((1, 1, 1, 1), 1.0)}
    b = {name: np.nextafter(np.asarray(value), 2.0) for name, value in a.items()}
    double = {row.name: row.ulps for row in compare_traces(trace(**a), trace(**b)).rows}
    assert double == {"lambda0_m": 1, "term": 1}
    mixed = {row.name: row.ulps for row in compare_traces(trace(**a), trace("mixed", **b)).rows}
    assert mixed == {"lambda0_m": 1, "term": 0}


def test_whole_numbers_and_text_have_no_ulps() -> None:
    rows = compare_traces(trace(Na=5, convention="xds"), trace(Na=6, convention="xds")).rows
    assert all(math.isnan(row.ulps) for row in rows)


def test_judging_again_is_comparing_again() -> None:
    a = trace(lambda0_m=1e-10, pixel_m=1e-4, Na=5, convention="xds", R_m=[1.0, math.nan])
    b = trace(lambda0_m=1.0001e-10, pixel_m=1.0001e-4, Na=5, convention="mosflm", R_m=[1.0, 2.0])
    wide = Tolerances().with_value("float64", "lambda0_m", 1e-2)
    again = judge_again(compare_traces(a, b), wide)
    anew = compare_traces(a, b, tolerances=wide)
    assert [(r.name, r.verdict, r.tolerance, r.first) for r in again.rows] == [
        (r.name, r.verdict, r.tolerance, r.first) for r in anew.rows
    ]
    assert again.explanation == anew.explanation
    assert again.first_divergence == "pixel_m"
