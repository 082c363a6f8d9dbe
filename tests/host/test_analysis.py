"""Analyses with the built-in metrics: piece by piece, by region, cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import (
    Bounds,
    Cancelled,
    DetectorImage,
    ImageRegion,
    Masked,
    Pixel,
    Provenance,
    Rectangle,
    Run,
    Shell,
)
from braggscope.host.host import Analysis, Host
from braggscope.host.plugins import PluginRegistry, PluginSource
from braggscope.host.verdict import deciding

LIMIT_S = 60.0
PARITY = PluginSource("parity", "braggscope_parity.plugin", "braggscope", "1.0")


@pytest.fixture
def host(scratch_parent: Path) -> Iterator[Host]:
    registry = PluginRegistry()
    registry.discover([PARITY])
    with Host(registry) as made:
        yield made


def image(
    data: np.ndarray, mask: np.ndarray | None = None, run: Run | None = None
) -> DetectorImage:
    return DetectorImage(data, mask, Provenance(run))


def pair(shape: tuple[int, int] = (60, 50)) -> tuple[DetectorImage, DetectorImage]:
    a = np.random.default_rng(0).gamma(2.0, 5.0, shape)
    b = a.copy()
    b[40, 30] += 7
    b[10, 20] += 3
    return image(a), image(b)


def region(name: str, *corner_and_size: float) -> ImageRegion:
    slow, fast, height, width = corner_and_size
    shape = Rectangle(slow=slow, fast=fast, height=height, width=width)
    return ImageRegion(name=name, shape=shape)


def test_results_come_one_by_one_and_the_verdict_before_the_slow_ones(host: Host) -> None:
    seen: list[Analysis] = []
    job = host.analyse(*pair(), difference="b_minus_a", on_found=seen.append)
    analysis = job.result(LIMIT_S)
    metrics = host.registry.metrics()
    assert list(analysis.metrics) == list(metrics)
    assert analysis.pending == ()
    first = seen[0]
    assert first.metrics == {}
    assert first.difference is not None
    assert first.difference[40, 30] == pytest.approx(7)
    order = [
        name
        for before, after in pairwise(seen)
        for name in after.metrics.keys() - before.metrics.keys()
    ]
    assert sorted(order, key=lambda name: metrics[name].slow) == order
    decided = next(i for i, found in enumerate(seen) if found.agrees is not None)
    assert not any(metrics[name].slow for name in seen[decided].metrics)
    for found in seen:
        missing = set(found.pending) & deciding(metrics, None).keys()
        assert (found.agrees is None) == bool(missing)
    assert [place.pixel for place in analysis.metrics["clusters"].places] == [(40, 30), (10, 20)]


def test_bounds_decide_in_place_of_the_defaults(host: Host) -> None:
    bounds = {"correlation": None, "sum_ratio": None, "rmse": Bounds(upper=1e-9)}
    assert host.analyse(*pair(), bounds=bounds).result(LIMIT_S).agrees is False
    assert host.analyse(*pair()).result(LIMIT_S).agrees is True


def test_regions_have_metrics_and_pixels_of_their_own(host: Host) -> None:
    regions = [
        region("upper", 0, 0, 30, 50),
        region("spot", 40, 30, 1, 1),
        region("off", 90, 90, 5, 5),
    ]
    analysis = host.analyse(*pair(), regions=regions).result(LIMIT_S)
    assert analysis.metrics["max_abs_difference"].pixel == (40, 30)
    upper = analysis.regions["upper"]
    assert upper["max_abs_difference"].pixel == Pixel(10, 20)
    assert upper["max_abs_difference"].value == pytest.approx(3)
    assert [place.pixel for place in upper["clusters"].places] == [(10, 20)]
    assert analysis.regions["spot"]["max_abs_difference"].value == pytest.approx(7)
    assert analysis.regions["spot"]["correlation"].value is None
    assert "no pixel lies in" in analysis.regions["off"]["rmse"].note
    alone = host.analyse(*pair(), regions=regions[:1], whole=False).result(LIMIT_S)
    assert alone.metrics == {}
    assert alone.agrees is None
    assert alone.regions["upper"] == upper


def test_what_is_masked_can_be_looked_at(host: Host) -> None:
    a, b = (found.data for found in pair())
    mask = np.zeros(a.shape, dtype=bool)
    mask[38:42, 28:32] = True
    masked = ImageRegion(name="masked", shape=Masked())
    found = host.analyse(image(a, mask), image(b), regions=[masked]).result(LIMIT_S)
    assert found.metrics["max_abs_difference"].pixel == (10, 20)
    assert found.regions["masked"]["max_abs_difference"].pixel == (40, 30)


def test_shells_need_to_know_where_the_detector_is(host: Host, example_run: Run) -> None:
    shell = ImageRegion(name="all", shape=Shell(d_min_A=0, d_max_A=1e9))
    shape = example_run.setup.detector.shape
    a, b = np.ones(shape), np.full(shape, 2.0)
    known = host.analyse(image(a, run=example_run), image(b), regions=[shell]).result(LIMIT_S)
    assert known.regions["all"]["sum_ratio"].value == pytest.approx(2)
    said = host.analyse(image(a), image(b), regions=[shell], setup=example_run.setup)
    assert said.result(LIMIT_S).regions["all"]["sum_ratio"].value == pytest.approx(2)
    unknown = host.analyse(image(a), image(b), regions=[shell]).result(LIMIT_S)
    assert "not known" in unknown.region_faults["all"]
    assert unknown.metrics["sum_ratio"].value == pytest.approx(2)


def test_an_analysis_stops_between_blocks(host: Host) -> None:
    """Cancelled while it measures, and its process goes on to serve the next one."""
    large = np.random.default_rng(0).gamma(2.0, 5.0, (3000, 3000)).astype(np.float32)
    a, b = image(large), image(large + 1)
    begun = threading.Event()
    job = host.analyse(a, b, on_found=lambda found: begun.set() if found.metrics else None)
    assert begun.wait(LIMIT_S)
    pids = host.worker_pids()
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(LIMIT_S)
    assert host.analyse(*pair()).result(LIMIT_S).agrees is True
    # It stopped by itself: whoever does not is killed after a while.
    assert host.worker_pids() == pids
