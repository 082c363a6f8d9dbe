"""Asking the analysis worker to hold one image against another."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from braggscope.api import (
    Bounds,
    DetectorImage,
    EngineFailed,
    ImageRegion,
    MetricResult,
    Pixel,
    Place,
    Shell,
)
from braggscope.errors import BraggscopeError
from braggscope.host.analysis_messages import (
    Analyse,
    AnalysisReport,
    Finding,
    WireFault,
    WireMetric,
    merged,
)
from braggscope.host.checks import check_pair, chosen, united_mask
from braggscope.host.guarded import describe
from braggscope.host.jobs import CancelToken, ProgressCallback
from braggscope.host.live_worker import Answer, WorkerDied
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import Result
from braggscope.host.scratch import MappedArray, Scratch
from braggscope.host.verdict import Analysis, deciding, verdict
from braggscope.host.wire import ArrayReference
from braggscope.host.worker_process import WorkerProcess
from braggscope.physics.resolution import ScatteringGeometry, geometry_of
from braggscope.physics.setup import Setup


@dataclass(frozen=True, eq=False)
class Question:
    """What to find out about two images.

    Attributes:
        metrics: ids of those to compute.
        difference: id of the difference map to compute; None: none.
        bounds: metric id -> bounds that decide in place of its own; None: it does not decide.
        regions: parts of the image whose metrics are wanted too.
        whole: whether metrics of the whole image are wanted.
        setup: says where pixels are; None: that of the run that made A or B.
    """

    a: DetectorImage
    b: DetectorImage
    metrics: tuple[str, ...]
    difference: str | None = None
    bounds: Mapping[str, Bounds | None] | None = None
    regions: tuple[ImageRegion, ...] = ()
    whole: bool = True
    setup: Setup | None = None

    def geometry(self) -> ScatteringGeometry | None:
        """Where pixels are, if a region depends on it and anything says so."""
        if not any(isinstance(region.shape, Shell) for region in self.regions):
            return None
        if self.setup is not None:
            return geometry_of(self.setup)
        runs = (image.provenance.run for image in (self.a, self.b))
        return next((geometry_of(run.setup) for run in runs if run is not None), None)


@dataclass(frozen=True)
class Listener:
    """Who hears of an analysis while it goes on.

    Attributes:
        on_found: called with all that is known, whenever there is more.
    """

    on_progress: ProgressCallback
    on_found: Callable[[Analysis], None] | None = None


class _Gathered:
    """What has come in of an answer."""

    def __init__(
        self, analyst: Analyst, asked: Question, output: MappedArray | None, listener: Listener
    ) -> None:
        self._analyst, self._asked, self._output = analyst, asked, output
        self.listener = listener
        self._report = AnalysisReport()
        self._has_difference = False

    def add(self, finding: object) -> None:
        """Take a part of the answer, and tell the listener."""
        if not isinstance(finding, Finding):
            return
        self._report = merged(self._report, finding.report)
        self._has_difference |= finding.difference
        if self.listener.on_found is not None:
            output = self._output if self._has_difference else None
            found = self._analyst.analysis(self._asked, self._report, output, finished=False)
            self.listener.on_found(found)


class Analyst:
    """The analyses behind their worker. Callers take turns: one request at a time."""

    def __init__(self, worker: WorkerProcess, scratch: Scratch, registry: PluginRegistry) -> None:
        self.worker = worker
        self._scratch = scratch
        self._registry = registry
        self._lock = threading.Lock()
        self._copies: weakref.WeakKeyDictionary[DetectorImage, MappedArray] = (
            weakref.WeakKeyDictionary()
        )

    def check(
        self,
        a: DetectorImage,
        b: DetectorImage,
        metrics: Sequence[str] | None,
        difference: str | None,
        bounds: Mapping[str, Bounds | None] | None,
    ) -> list[str]:
        """The metrics to compute.

        Raises:
            InvalidInput: unequal shapes, or an unknown id.
        """
        check_pair(a, b)
        known = self._registry.metrics()
        chosen(known, list(bounds or ()), "metric")
        if difference is not None:
            chosen(self._registry.difference_maps(), [difference], "difference map")
        return chosen(known, metrics, "metric")

    def analyse(self, asked: Question, token: CancelToken, listener: Listener) -> Analysis:
        """Metrics, difference and verdict; what fails is left out and named in faults."""
        a, b = asked.a, asked.b
        mask = united_mask(a, b)
        mapped_mask = None if mask is None else self._scratch.copy_of(mask)
        output = None
        if asked.difference is not None:
            output = self._scratch.mapped_array(a.shape, np.float64)
        request = Analyse(
            id=0,
            a=self._reference(a),
            b=self._reference(b),
            mask=None if mapped_mask is None else mapped_mask.reference,
            metrics=asked.metrics,
            difference=asked.difference,
            output=None if output is None else output.reference,
            whole=asked.whole,
            regions=asked.regions,
            geometry=asked.geometry(),
        )
        gathered = _Gathered(self, asked, output, listener)
        report = self._isolating(request, token, gathered)
        self._note_faults(report.faults)
        return self.analysis(asked, report, output, finished=True)

    def _isolating(
        self, request: Analyse, token: CancelToken, gathered: _Gathered
    ) -> AnalysisReport:
        """Ask; one that kills the process is left out, and the rest is asked for again."""
        fatal: dict[str, WireFault] = {}
        while True:
            begun: list[str] = []

            def note(fraction: float, name: str, begun: list[str] = begun) -> None:
                begun.append(name)
                gathered.listener.on_progress(fraction, name)

            try:
                build = partial(_numbered, request)
                answer = self.worker.request(build, token, note, gathered.add)
            except WorkerDied as error:
                if not begun:
                    raise
                fatal[begun[-1]] = WireFault(message=str(error), traceback=error.details)
                request = _without(request, begun[-1])
            else:
                return merged(_parsed(answer), AnalysisReport(faults=fatal))

    def analysis(
        self, asked: Question, report: AnalysisReport, output: MappedArray | None, finished: bool
    ) -> Analysis:
        """What is known by now.

        Args:
            output: the difference map, once it is there.
        """
        results = {
            name: _metric_result(report.metrics[name])
            for name in asked.metrics
            if name in report.metrics
        }
        faults = {name: _fault_text(fault) for name, fault in report.faults.items()}
        known = self._registry.metrics()
        contributions = {name: known[name] for name in asked.metrics} if asked.whole else {}
        pending = () if finished else tuple(contributions.keys() - results.keys() - faults.keys())
        agrees: bool | None = None
        reasons: tuple[str, ...] = ()
        if not set(pending) & deciding(contributions, asked.bounds).keys():
            agrees, reasons = verdict(
                contributions, results, faults, asked.bounds, report.identical
            )
        array: NDArray[np.float64] | None = None
        if output is not None and asked.difference not in faults:
            array = output.array.view()
            array.flags.writeable = False
        return Analysis(
            results,
            faults,
            array,
            agrees,
            reasons,
            report.identical,
            {
                region: {name: _metric_result(found) for name, found in metrics.items()}
                for region, metrics in report.regions.items()
            },
            {name: _fault_text(fault) for name, fault in report.region_faults.items()},
            pending,
        )

    def _note_faults(self, faults: Mapping[str, WireFault]) -> None:
        known: dict[str, Any] = {**self._registry.difference_maps(), **self._registry.metrics()}
        for name, fault in faults.items():
            if name in known:
                error = BraggscopeError(fault.message, details=fault.traceback)
                self._registry.report(known[name], name, error)

    def _reference(self, image: DetectorImage) -> ArrayReference:
        """The image's own mapped file, or that of a copy, which lives as long as the image."""
        own = self._scratch.reference_of(image.data)
        if own is not None:
            return own
        with self._lock:
            copy = self._copies.get(image)
            if copy is None:
                copy = self._copies[image] = self._scratch.copy_of(image.data)
            return copy.reference


def _numbered(request: Analyse, number: int) -> Analyse:
    return request.model_copy(update={"id": number})


def _without(request: Analyse, name: str) -> Analyse:
    kept = tuple(metric for metric in request.metrics if metric != name)
    if len(kept) < len(request.metrics):
        return request.model_copy(update={"metrics": kept})
    return request.model_copy(update={"difference": None})


def _parsed(answer: Answer) -> AnalysisReport:
    try:
        return AnalysisReport.model_validate(answer.data if isinstance(answer, Result) else None)
    except ValidationError as error:
        raise EngineFailed(
            "the answer of the analysis process makes no sense", why=describe(error)
        ) from error


def _metric_result(metric: WireMetric) -> MetricResult:
    pixel = None if metric.pixel is None else Pixel(*metric.pixel)
    places = tuple(Place(Pixel(*place.pixel), place.value, place.note) for place in metric.places)
    return MetricResult(metric.value, metric.note, pixel, places)


def _fault_text(fault: WireFault) -> str:
    return "\n".join(filter(None, (fault.message, fault.traceback)))
