"""What is held against a bundle, with a host that gives prepared answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from braggscope.api import DetectorImage, MetricContribution, MetricResult
from braggscope.evidence.bundle import Evidence
from braggscope.evidence.opening import opened
from braggscope.evidence.verifying import verify
from braggscope.evidence.writing import write_bundle
from braggscope.host.jobs import Job
from braggscope.host.verdict import Analysis
from tests.evidence.samples import evidence

PHOTONS = 1.2e15


def bright() -> Evidence:
    """Images of many photons, and metrics with and without a unit."""
    made = evidence()
    images = tuple(replace(i, data=i.data.astype(np.float64) * PHOTONS) for i in made.images)
    known = {
        name: MetricContribution(name, name, "x:y", unit=unit)
        for name, unit in (("sum_ratio", ""), ("rmse", "photons"))
    }
    metrics = {"sum_ratio": MetricResult(0.976), "rmse": MetricResult(3.0)}
    return replace(
        made, images=(images[0], images[1]), known=known, metrics=metrics, traces=(),
        region_metrics={made.marks.regions[0].name: metrics},
    )  # fmt: skip


class Answers:
    """Gives the images and metrics of an evidence again, as changed."""

    def __init__(self, made: Evidence) -> None:
        self.made = made

    def _done(self, value: Any) -> Any:
        job: Job[Any] = Job("x")
        job.run(lambda _: value)
        return job

    def render(self, run: Any, on_progress: Any = None, *, use_cache: bool = True) -> Any:
        assert not use_cache
        return self._done(self.made.images[self.made.runs.index(run)])

    def trace(self, run: Any, pixels: Any) -> Any:
        raise NotImplementedError

    def analyse(self, a: Any, b: Any, metrics: Any, bounds: Any, *, regions: Any) -> Any:
        assert {r.name for r in regions} == set(self.made.region_metrics)
        return self._done(
            Analysis(
                self.made.metrics, {}, None, self.made.agrees, (), regions=self.made.region_metrics
            )
        )


def failing(made: Evidence, now: Evidence, folder: Path) -> list[str]:
    """What does not hold."""
    write_bundle(made, folder / "bundle")
    with opened(folder / "bundle") as bundle:
        return [check.what for check in verify(bundle, Answers(now)) if not check.holds]


def test_a_ratio_is_not_judged_by_the_photons_of_the_images(tmp_path: Path) -> None:
    now = bright()
    told = {**now.metrics, "sum_ratio": MetricResult(0.3)}
    assert failing(replace(now, metrics=told), now, tmp_path) == ["sum_ratio"]


def test_rounding_of_photons_is_none_of_the_evidence(tmp_path: Path) -> None:
    now = bright()
    told = {**now.metrics, "rmse": MetricResult(5.0)}
    assert failing(replace(now, metrics=told), now, tmp_path) == []


def test_metrics_of_regions_are_compared_too(tmp_path: Path) -> None:
    now = bright()
    name = next(iter(now.region_metrics))
    told = {name: {**now.metrics, "sum_ratio": MetricResult(0.123)}}
    assert failing(replace(now, region_metrics=told), now, tmp_path) == [f"sum_ratio in {name}"]


@pytest.mark.parametrize("has_mask", [True, False])
def test_other_masked_pixels_are_another_image(has_mask: bool, tmp_path: Path) -> None:
    now = bright()
    mask = np.zeros(now.images[1].shape, bool) if has_mask else None
    image: DetectorImage = replace(now.images[1], mask=mask)
    changed = replace(now, images=(now.images[0], image))
    assert failing(now, changed, tmp_path) == ["The image of B is the recorded one"]
