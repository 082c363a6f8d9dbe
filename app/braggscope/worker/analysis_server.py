"""What the analysis worker answers: metrics and difference maps, each guarded by itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from braggscope import __version__
from braggscope.api import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    ImagePair,
    InvalidInput,
    MetricResult,
)
from braggscope.host.contributions import Contribution
from braggscope.host.guarded import attempt, describe, shortened, traceback_of
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import (
    PROTOCOL_VERSION,
    Analyse,
    AnalysisReport,
    Hello,
    Message,
    Progress,
    Request,
    Result,
    WireAvailability,
    WireFault,
    WireMetric,
)
from braggscope.host.worker_command import ANALYSIS
from braggscope.worker.arrays import map_array, map_writable
from braggscope.worker.channel import Channel


class AnalysisServer:
    """Answers requests about pairs of images."""

    def __init__(self, registry: PluginRegistry, channel: Channel) -> None:
        self._registry = registry
        self._channel = channel
        self._functions: dict[str, Callable[[ImagePair], Any]] = {}

    def hello(self) -> Hello:
        """Who we are."""
        return Hello(
            protocol=PROTOCOL_VERSION,
            braggscope=__version__,
            engine=ANALYSIS,
            pid=os.getpid(),
            availability=WireAvailability(available=True, version=__version__),
        )

    def answer(self, request: Request) -> Message:
        """The answer; what a metric or a map raises is in it, by id."""
        if not isinstance(request, Analyse):
            raise EngineFailed(f"{request.type} is not for the analysis process")
        mask = None if request.mask is None else map_array(request.mask)
        pair = ImagePair(map_array(request.a), map_array(request.b), mask)
        metrics: dict[str, WireMetric] = {}
        faults: dict[str, WireFault] = {}
        steps = len(request.metrics) + (request.difference is not None)
        for number, name in enumerate(request.metrics):
            self._begin(request, number / steps, name)
            value, error = attempt(self._metric, name, pair)
            if value is not None:
                metrics[name] = value
            elif error is not None:
                faults[name] = _fault(error)
        if request.difference is not None:
            self._begin(request, (steps - 1) / steps, request.difference)
            _, error = attempt(self._difference, request, pair)
            if error is not None:
                faults[request.difference] = _fault(error)
        report = AnalysisReport(identical=_are_identical(pair), metrics=metrics, faults=faults)
        return Result(id=request.id, data=report.model_dump(mode="json"))

    def _begin(self, request: Analyse, fraction: float, name: str) -> None:
        if self._channel.is_cancelled(request.id):
            raise Cancelled()
        self._channel.send(Progress(id=request.id, fraction=fraction, message=name))

    def _metric(self, name: str, pair: ImagePair) -> WireMetric:
        function = self._function(name, self._registry.metrics().get(name))
        result = function(pair)
        if not isinstance(result, MetricResult):
            raise TypeError(f"it gave {result!r:.100}, no MetricResult")
        pixel = result.pixel
        return WireMetric(
            value=None if result.value is None else float(result.value),
            note=shortened(str(result.note), 2000),
            pixel=None if pixel is None else (int(pixel[0]), int(pixel[1])),
        )

    def _difference(self, request: Analyse, pair: ImagePair) -> None:
        name = request.difference or ""
        function = self._function(name, self._registry.difference_maps().get(name))
        made = np.asarray(function(pair))
        if request.output is None or made.shape != pair.a.shape:
            raise ValueError(f"its array has the shape {made.shape}, not {pair.a.shape}")
        map_writable(request.output)[...] = made

    def _function(self, name: str, contribution: Contribution | None) -> Callable[[ImagePair], Any]:
        if contribution is None:
            raise InvalidInput(f"{name} is not known to the analysis process")
        key = f"{type(contribution).__name__} {name}"
        if key not in self._functions:
            self._functions[key] = self._registry.load(contribution)
        return self._functions[key]


def _are_identical(pair: ImagePair) -> bool:
    """Whether all pixels that count are equal, NaN among them; no pixel at all shows nothing."""
    if pair.a.shape != pair.b.shape:
        return False
    counts = pair.unmasked()
    a, b = pair.a[counts], pair.b[counts]
    return bool(np.isfinite(a).any()) and np.array_equal(a, b, equal_nan=True)


def _fault(error: BaseException) -> WireFault:
    if isinstance(error, BraggscopeError):
        return WireFault(
            message=shortened(str(error), 2000), traceback=error.details or traceback_of(error)
        )
    return WireFault(message=describe(error), traceback=traceback_of(error))
