"""The noise floor: an engine against itself."""

from __future__ import annotations

import math

import pytest

from braggscope.api import EngineContribution, EngineOption, MetricResult, Run
from braggscope.host.noise_floor import NoiseFloor, VariantFloor, floor_of, variants_of
from tests.host.conftest import HostFactory

LIMIT_S = 60.0


def engine(*options: EngineOption) -> EngineContribution:
    return EngineContribution("e", "E", "x:y", options)


def test_variants_change_rounding_and_nothing_else(example_run: Run) -> None:
    offered = engine(
        EngineOption("precision", "Precision", ("float64", "mixed", "float32")),
        EngineOption("kernel", "Kernel", ("a", "b")),
        EngineOption("threads", "Threads"),
    )
    run = example_run.model_copy(update={"options": (("precision", "mixed"),)})
    found = variants_of(run, offered)
    assert [variant.title for variant in found] == [
        "run again", "precision float64", "precision float32", "threads 1",
    ]  # fmt: skip
    assert found[0].run == run
    assert dict(found[1].run.options) == {"precision": "float64"}
    assert dict(found[3].run.options) == {"precision": "mixed", "threads": "1"}
    assert [v.title for v in variants_of(example_run, engine())] == ["run again"]


def test_the_farthest_from_the_best_value_counts() -> None:
    ideal = {"m": MetricResult(1.0), "n": MetricResult(None, "undefined")}
    variants = (
        VariantFloor("run again", {"m": MetricResult(1.0)}),
        VariantFloor("threads 1", {"m": MetricResult(0.75)}),
        VariantFloor("precision mixed", {}, "it failed"),
    )
    floor = floor_of([NoiseFloor("e", ideal, variants)], "m", ".2f")
    assert floor is not None
    assert floor.deviation == 0.25
    assert floor.lines == (
        "e, run again: 1.00", "e, threads 1: 0.75", "e, precision mixed: no value (it failed)",
    )  # fmt: skip
    assert floor_of([NoiseFloor("e", ideal, variants)], "n") is None
    assert floor_of([], "m") is None
    infinite = VariantFloor("run again", {"m": MetricResult(math.nan)})
    assert floor_of([NoiseFloor("e", ideal, (infinite,))], "m").deviation == math.inf


def test_the_host_makes_the_images_afresh(make_host: HostFactory, example_run: Run) -> None:
    host = make_host()
    image = host.render(example_run).result(LIMIT_S)
    floor = host.noise_floor(example_run, image).result(LIMIT_S)
    assert floor.variants[0].title == "run again"
    assert floor.variants[0].metrics["example-mean-difference"].value == 0
    found = floor_of([floor], "example-mean-difference")
    assert found is not None
    assert found.deviation == pytest.approx(0)
