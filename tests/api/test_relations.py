"""The sentence that says how A and B differ first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from braggscope.api import Pixel, PixelTrace, compare_traces, variable

OMEGAS = np.array([1.0, 1.1, 1.2, 1.4]) * 1e-6
POSITION = np.array([[0.1, 0.01, 0.02], [0.1, 0.011, 0.02]])


def explained(in_a: dict[str, Any], in_b: dict[str, Any]) -> str:
    sides = [
        PixelTrace(
            Pixel(0, 0),
            "test",
            tuple(variable(name, *given) for name, given in values.items()),
            1.0,
        )
        for values in (in_a, in_b)
    ]
    return compare_traces(*sides).explanation


def test_the_omega_question_is_answered_from_the_values_alone() -> None:
    now = {"omega_now": (OMEGAS, None, ("subpixel",))}
    first = {**now, "omega": (OMEGAS[0],), "val": (1.0,)}
    mean = {**now, "omega": (OMEGAS.mean(),), "val": (1.1,)}
    last = {**now, "omega": (OMEGAS[-1],), "val": (1.2,)}
    said = explained(first, mean)
    assert said == (
        "solid angle (omega) differs first: A takes the first sub-pixel's, B the mean;"
        " 1 later variable inherits this."
    )
    assert "A takes the last sub-pixel's, B the first sub-pixel's" in explained(last, first)


def test_the_solid_angle_in_force_may_be_each_sub_pixel_s_own() -> None:
    now = {"omega_now": (OMEGAS, None, ("subpixel",))}
    a = {**now, "omega_in_force": (np.full(4, OMEGAS[0]), None, ("subpixel",))}
    b = {**now, "omega_in_force": (OMEGAS, None, ("subpixel",))}
    assert "A takes the first sub-pixel's, B each sub-pixel's own" in explained(a, b)


def test_an_option_says_what_either_takes() -> None:
    said = explained({"semantics_omega": ("first",)}, {"semantics_omega": ("mean",)})
    assert "differs first: A takes the first sub-pixel's, B the mean." in said
    said = explained({"convention": ("mosflm",)}, {"convention": ("xds",)})
    assert "it is mosflm in A, xds in B" in said


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1e10, "1e10 Å are 1 m"),
        (1e-3, "1 mm is 0.001 m"),
        (np.pi / 180, "between degrees and radians"),
        (-1.0, "the sign is reversed in B"),
        (1.0001, "B is 0.01 % larger than A"),
        (0.999, "B is 0.1 % smaller than A"),
        (7.0, "B is 7 times A"),
    ],
)
def test_a_constant_ratio_is_named(factor: float, words: str) -> None:
    assert words in explained({"lambda0_m": (1e-10,)}, {"lambda0_m": (1e-10 * factor,)})


def test_exchanged_axes_and_shifts_of_half_a_pixel_are_named() -> None:
    dims = ("subpixel",)
    pixel = {"pixel_m": (1e-4,)}
    a = {**pixel, "FSO": (POSITION, None, dims)}
    exchanged = {**pixel, "FSO": (POSITION[:, [1, 0, 2]], None, dims)}
    assert "first and second component are exchanged in B" in explained(a, exchanged)
    moved = {**pixel, "FSO": (POSITION + np.array([5e-5, 0.0, 0.0]), None, dims)}
    assert "B is moved by +0.5 pixel" in explained(a, moved)


def test_anything_else_is_told_by_its_size_and_its_steps() -> None:
    other = OMEGAS.copy()
    other[2] *= 1.5
    dims = ("subpixel",)
    said = explained({"R_m": (OMEGAS, None, dims)}, {"R_m": (other, None, dims)})
    assert "differs first by 0.33 of its size at 1 of 4 steps" in said


def test_unequal_loops_are_told_by_their_steps() -> None:
    dims = ("subpixel",)
    said = explained({"R_m": (OMEGAS, None, dims)}, {"R_m": (OMEGAS[:1], None, dims)})
    assert "A has 4 × subpixel, B 1 × subpixel" in said


def test_what_does_not_inherit_is_counted_apart() -> None:
    same = {"R_m": (1.0,), "omega_now": (1.0,), "kahn_factor": (0.0,)}
    other = {"R_m": (1.1,), "omega_now": (1.2,), "kahn_factor": (1.0,)}
    said = explained(same, other)
    assert said.startswith("distance R (R_m) differs first")
    assert said.endswith("1 later variable inherits this; 1 other differs on its own.")


def test_what_a_variable_feeds_is_known_over_all_generations() -> None:
    items = tuple(
        variable(name, value)
        for name, value in {
            "pos_m": [1.0, 0, 0],
            "R_m": 1.0,
            "omega_now": 1.0,
            "omega": 1.0,
        }.items()
    )
    trace = PixelTrace(Pixel(0, 0), "test", items, 1.0)
    found = compare_traces(trace, trace)
    assert found.feeds("pos_m") == ("R_m",)
    assert found.heirs("pos_m") == ("R_m", "omega_now", "omega")
    assert found.feeds("unknown") == ()


def test_what_neither_trace_has_is_a_link_all_the_same() -> None:
    items = tuple(variable(name, 1.0) for name in ("omega_now", "omega", "val"))
    trace = PixelTrace(Pixel(0, 0), "test", items, 1.0)
    found = compare_traces(trace, trace)
    assert found.feeds("omega_now") == ("omega", "val")  # By way of the solid angle in force and I.
