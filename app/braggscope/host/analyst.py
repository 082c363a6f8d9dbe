"""Asking the analysis worker to hold one image against another."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from braggscope.api import Bounds, DetectorImage, EngineFailed, MetricResult, Pixel
from braggscope.errors import BraggscopeError
from braggscope.host.checks import check_pair, chosen, united_mask
from braggscope.host.guarded import describe
from braggscope.host.jobs import CancelToken, ProgressCallback
from braggscope.host.live_worker import Answer, WorkerDied
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import (
    Analyse,
    AnalysisReport,
    ArrayReference,
    Result,
    WireFault,
)
from braggscope.host.scratch import MappedArray, Scratch
from braggscope.host.verdict import Analysis, verdict
from braggscope.host.worker_process import WorkerProcess


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

    def analyse(
        self,
        a: DetectorImage,
        b: DetectorImage,
        names: Sequence[str],
        difference: str | None,
        bounds: Mapping[str, Bounds | None] | None,
        token: CancelToken,
        on_progress: ProgressCallback,
    ) -> Analysis:
        """Metrics, difference and verdict; what fails is left out and named in faults."""
        mask = united_mask(a, b)
        mapped_mask = None if mask is None else self._scratch.copy_of(mask)
        output = None
        if difference is not None:
            output = self._scratch.mapped_array(a.shape, np.float64)
        request = Analyse(
            id=0,
            a=self._reference(a),
            b=self._reference(b),
            mask=None if mapped_mask is None else mapped_mask.reference,
            metrics=tuple(names),
            difference=difference,
            output=None if output is None else output.reference,
        )
        report = self._isolating(request, token, on_progress)
        return self._analysis(report, names, difference, output, bounds)

    def _isolating(
        self, request: Analyse, token: CancelToken, on_progress: ProgressCallback
    ) -> AnalysisReport:
        """Ask; one that kills the process is left out, and the rest is asked for again."""
        fatal: dict[str, WireFault] = {}
        while True:
            begun: list[str] = []

            def note(fraction: float, name: str, begun: list[str] = begun) -> None:
                begun.append(name)
                on_progress(fraction, name)

            try:
                answer = self.worker.request(partial(_numbered, request), token, note)
            except WorkerDied as error:
                if not begun:
                    raise
                fatal[begun[-1]] = WireFault(message=str(error), traceback=error.details)
                request = _without(request, begun[-1])
            else:
                report = _parsed(answer)
                return report.model_copy(update={"faults": {**report.faults, **fatal}})

    def _analysis(
        self,
        report: AnalysisReport,
        names: Sequence[str],
        difference: str | None,
        output: MappedArray | None,
        bounds: Mapping[str, Bounds | None] | None,
    ) -> Analysis:
        self._note_faults(report.faults)
        results = {
            name: _metric_result(report.metrics[name]) for name in names if name in report.metrics
        }
        faults = {
            name: "\n".join(filter(None, (fault.message, fault.traceback)))
            for name, fault in report.faults.items()
        }
        known = self._registry.metrics()
        asked = {name: known[name] for name in names}
        agrees, reasons = verdict(asked, results, faults, bounds, report.identical)
        array: NDArray[np.float64] | None = None
        if output is not None and difference not in faults:
            array = output.array
            array.flags.writeable = False
        return Analysis(results, faults, array, agrees, reasons, report.identical)

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


def _metric_result(metric: Any) -> MetricResult:
    pixel = None if metric.pixel is None else Pixel(*metric.pixel)
    return MetricResult(metric.value, metric.note, pixel)
