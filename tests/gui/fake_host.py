"""A host without processes: jobs end when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from braggscope.api import (
    Availability,
    Bounds,
    BraggscopeError,
    DetectorImage,
    DifferenceMapContribution,
    EngineContribution,
    EngineOption,
    MetricContribution,
    MetricResult,
    OverlayContribution,
    Pixel,
    PixelTrace,
    Provenance,
    Run,
    ViewContribution,
    variable,
)
from braggscope.experiment import Experiment
from braggscope.host.host import CACHED_NOTE, Analysis
from braggscope.host.jobs import Job
from braggscope.host.noise_floor import NoiseFloor, VariantFloor

PRECISION = EngineOption("precision", "Precision", ("float64", "mixed"))
KERNEL = EngineOption("kernel", "Kernel", ("automatic", "eager"))
ENGINES = {
    "torch-cpu": EngineContribution("torch-cpu", "torch CPU", "x:y", (PRECISION, KERNEL)),
    "nanobragg-c": EngineContribution("nanobragg-c", "nanoBragg (C)", "x:y"),
}
METRICS = {
    "correlation": MetricContribution(
        "correlation", "Correlation", "x:y", Bounds(lower=0.999), ".6f"
    ),
    "max_abs_difference": MetricContribution("max_abs_difference", "Largest |B−A|", "x:y"),
}
MAPS = {
    "b_minus_a": DifferenceMapContribution("b_minus_a", "B − A", "x:y"),
    "abs_difference": DifferenceMapContribution(
        "abs_difference", "|B − A|", "x:y", diverging=False
    ),
}


def small_experiment() -> Experiment:
    """40 × 30 pixels."""
    flags = "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 1"
    pixels = "-detpixels_x 30 -detpixels_y 40"
    return Experiment.from_nanobragg(f"{flags} {pixels}".split())


def image_of(
    run: Run,
    shape: tuple[int, int] = (40, 30),
    factor: float = 1.0,
    notes: tuple[str, ...] = (),
) -> DetectorImage:
    """An image with one peak."""
    data = np.outer(np.arange(1.0, shape[0] + 1), np.arange(1.0, shape[1] + 1)) * factor
    data[7, 9] = 1e6 * factor
    origin = Provenance(run, "1", "a fake", "float64", 0.25, notes=notes)
    return DetectorImage(data, None, origin)


@dataclass
class FakeHost:
    """Collects jobs; `auto` ends them at once.

    Attributes:
        runs: all runs that were asked for, with their jobs.
        masked: what does not count in images of torch-cpu.
    """

    auto: bool = True
    failure: BraggscopeError | None = None
    runs: list[tuple[Run, Job[DetectorImage], Any]] = field(default_factory=list)
    traces: list[tuple[Run, Pixel, Job[list[PixelTrace]]]] = field(default_factory=list)
    analyses: list[dict[str, Any]] = field(default_factory=list)
    shapes: dict[str, tuple[int, int]] = field(default_factory=dict)
    closed: bool = False
    cache_allowed: list[bool] = field(default_factory=list)
    hold_analyses: bool = False
    held: list[tuple[Job[Analysis], Any]] = field(default_factory=list)
    logs: dict[str, Path] = field(default_factory=dict)
    masked: Any = None

    def availability(self, engine_id: str) -> Job[Availability]:
        job: Job[Availability] = Job(f"check {engine_id}")
        job.run(lambda _: Availability(True, "a fake", "1"))
        return job

    def render(
        self, run: Run, on_progress: Any = None, *, use_cache: bool = True
    ) -> Job[DetectorImage]:
        self.cache_allowed.append(use_cache)
        job: Job[DetectorImage] = Job(f"run {run.engine}")
        self.runs.append((run, job, on_progress))
        if self.auto:
            self.finish(len(self.runs) - 1)
        return job

    def finish(self, number: int, factor: float = 1.0) -> None:
        """End a run."""
        run, job, _ = self.runs[number]
        if self.failure is not None and run.engine == "torch-cpu":
            job.run(_raising(self.failure))
        else:
            shape = self.shapes.get(run.engine, (40, 30))
            known = any(run == other for other, *_ in self.runs[:number])
            notes = (CACHED_NOTE,) if known and self.cache_allowed[number] else ()
            job.run(lambda _: self._masked(image_of(run, shape, factor, notes)))

    def _masked(self, image: DetectorImage) -> DetectorImage:
        if self.masked is None or image.provenance.run.engine != "torch-cpu":  # type: ignore[union-attr]
            return image
        mask = np.zeros(image.shape, np.bool_)
        mask[self.masked] = True
        # As the real maps have it.
        return replace(image, data=np.where(mask, np.nan, image.data), mask=mask)

    def trace(
        self, run: Run, pixels: Any, image: DetectorImage | None = None
    ) -> Job[list[PixelTrace]]:
        job: Job[list[PixelTrace]] = Job("trace")
        self.traces.append((run, pixels[0], job))
        wavelength = run.effective_experiment.beam.wavelength_A * 1e-10
        given = (variable("lambda0_m", wavelength),)
        made = [PixelTrace(pixel, run.engine, given, 1.0) for pixel in pixels]
        if self.auto:
            job.run(lambda _: made)
        return job

    def analyse(
        self,
        a: DetectorImage,
        b: DetectorImage,
        metrics: Any = None,
        difference: Any = None,
        **more: Any,
    ) -> Job[Analysis]:
        asked = {"a": a, "b": b, "metrics": metrics, "difference": difference, **more}
        self.analyses.append(asked)
        job: Job[Analysis] = Job("analyse")
        if self.hold_analyses:
            self.held.append((job, more.get("on_found")))
            return job
        delta = b.data.astype(float) - a.data.astype(float)
        results = {
            "correlation": MetricResult(1.0 if not delta.any() else 0.5),
            "max_abs_difference": MetricResult(float(np.abs(delta).max()), pixel=Pixel(7, 9)),
        }
        agrees = not delta.any()
        reason = f"Correlation ≥ 0.999: {'holds' if agrees else 'fails'}"
        regions = {region.name: results for region in more.get("regions", ())}
        if not more.get("whole", True) or metrics == ():
            results = {}
        analysis = Analysis(results, {}, delta, agrees, (reason,), regions=regions)
        job.run(lambda _: analysis)
        return job

    def noise_floor(self, run: Run, image: DetectorImage) -> Job[NoiseFloor]:
        ideal = {"correlation": MetricResult(1.0), "max_abs_difference": MetricResult(0.0)}
        again = VariantFloor("run again", {**ideal, "correlation": MetricResult(1 - 2e-9)})
        failed = VariantFloor("precision mixed", {}, "it did not run")
        job: Job[NoiseFloor] = Job("noise floor")
        job.run(lambda _: NoiseFloor(run.engine, ideal, (again, failed)))
        return job

    def worker_logs(self) -> dict[str, Path]:
        return self.logs

    def close(self) -> None:
        self.closed = True


def _raising(error: BraggscopeError) -> Callable[[Any], Any]:
    def work(_: Any) -> Any:
        raise error

    return work


class FakeRegistry:
    """Contributions without plugins."""

    def __init__(self, views: dict[str, tuple[ViewContribution, Any]] | None = None) -> None:
        self._views = views or {}
        self.drawn: dict[str, tuple[OverlayContribution, Any]] = {}
        self.reports: list[tuple[str, str, BaseException]] = []
        self.records: tuple[Any, ...] = ()

    def engines(self) -> dict[str, EngineContribution]:
        return ENGINES

    def metrics(self) -> dict[str, MetricContribution]:
        return METRICS

    def difference_maps(self) -> dict[str, DifferenceMapContribution]:
        return MAPS

    def views(self) -> dict[str, ViewContribution]:
        return {name: view for name, (view, _) in self._views.items()}

    def overlays(self) -> dict[str, OverlayContribution]:
        return {name: overlay for name, (overlay, _) in self.drawn.items()}

    def load(self, contribution: ViewContribution | OverlayContribution) -> Any:
        return {**self._views, **self.drawn}[contribution.id][1]

    def report(self, contribution: Any, where: str, exception: BaseException) -> None:
        self.reports.append((contribution.id, where, exception))
