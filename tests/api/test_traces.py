"""Traces as data, and the first variable that differs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from braggscope.api import CATALOGUE, Pixel, PixelTrace, compare_traces, variable
from braggscope.api.catalogue import STAGES
from braggscope.api.trace import in_order


def trace(precision: str = "float64", **changes: object) -> PixelTrace:
    values: dict[str, object] = {
        "lambda0_m": 1e-10,
        "Na": 5,
        "Nb": 5,
        "Nc": 5,
        "pos_m": np.array([[0.1, 0.0, 0.0], [0.1, 1e-5, 0.0]]),
        "R_m": np.array([0.1, 0.1]),
        "hkl": np.array([1.5, 2.0, -3.0]).reshape(1, 1, 1, 1, 3),
        "hkl0": np.array([1, 2, -3]).reshape(1, 1, 1, 1, 3),
        "F_latt": np.array(2.5).reshape(1, 1, 1, 1),
        "F_cell": np.array(math.nan).reshape(1, 1, 1, 1),
        "convention": "xds",
        "val": 12.5,
    }
    variables = [variable(name, value) for name, value in {**values, **changes}.items()]
    ordered = in_order(variables)
    return PixelTrace(Pixel(3, 4), "test", ordered, 12.5, precision=precision)


def test_catalogue_names_only_earlier_inputs() -> None:
    seen: set[str] = set()
    for entry in CATALOGUE.values():
        assert set(entry.inputs) <= seen, entry.name
        seen.add(entry.name)


def test_traces_survive_messages() -> None:
    before = trace()
    after = PixelTrace.from_dict(json.loads(json.dumps(before.to_dict(), allow_nan=False)))
    assert after.pixel == before.pixel
    for a, b in zip(before.variables, after.variables, strict=True):
        assert (a.name, a.inputs, a.dims, a.unit) == (b.name, b.inputs, b.dims, b.unit)
        assert a.values.shape == b.values.shape
        assert np.array_equal(a.values, b.values, equal_nan=a.values.dtype.kind == "f")


def test_equal_traces_do_not_diverge() -> None:
    comparison = compare_traces(trace(), trace())
    assert comparison.first_divergence is None
    assert {row.verdict for row in comparison.rows} == {"equal"}


def test_the_first_divergence_has_inputs_that_agree() -> None:
    other = trace(
        pos_m=np.array([[0.1, 0.0, 0.0], [0.1, 1.1e-5, 0.0]]), R_m=np.array([0.1, 0.1001]), val=12.6
    )
    comparison = compare_traces(trace(), other)
    assert comparison.first_divergence == "pos_m"
    assert [row.name for row in comparison.rows if row.first] == ["pos_m"]
    assert "2 later variables inherit this" in comparison.explanation


def test_rounding_is_within_tolerance() -> None:
    other = trace(R_m=np.array([0.1, 0.1 * (1 + 3e-16)]), F_latt=np.full((1, 1, 1, 1), 2.5 + 1e-9))
    comparison = compare_traces(trace(), other)
    assert comparison.first_divergence is None
    verdicts = {row.name: row.verdict for row in comparison.rows}
    assert verdicts["R_m"] == "within"
    assert verdicts["F_latt"] == "within"


def test_integers_and_text_are_exact() -> None:
    assert compare_traces(trace(), trace(Na=6)).first_divergence == "Na"
    assert compare_traces(trace(), trace(convention="mosflm")).first_divergence == "convention"


def test_nan_against_a_number_differs() -> None:
    changed = trace(F_cell=np.full((1, 1, 1, 1), 3.0))
    assert compare_traces(trace(), changed).first_divergence == "F_cell"


def test_variables_of_one_side_are_listed() -> None:
    comparison = compare_traces(trace(), trace(stol=np.array([[1.0]])))
    assert {row.name: row.verdict for row in comparison.rows}["stol"] == "only in B"
    assert comparison.first_divergence is None


def test_mixed_precision_allows_float32_rounding() -> None:
    other = trace("mixed", F_latt=np.full((1, 1, 1, 1), 2.5 * (1 + 1e-7)))
    assert compare_traces(trace(), other).first_divergence is None


@pytest.mark.parametrize(
    ("image_value", "agrees"),
    [(None, True), (12.5, True), (12.5 * (1 + 5e-8), True), (12.6, False)],
)
def test_a_trace_says_whether_it_ends_in_the_image(image_value: float | None, agrees: bool) -> None:
    before = trace()
    stated = PixelTrace(before.pixel, "test", before.variables, 12.5, image_value)
    assert stated.agrees_with_image is agrees


def test_no_variable_depends_on_a_later_stage() -> None:
    ranks = [STAGES.index(entry.stage) for entry in CATALOGUE.values()]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(STAGES)))


def test_every_variable_names_the_section_that_defines_it() -> None:
    assert not [entry.name for entry in CATALOGUE.values() if not entry.spec]
