"""What the analysis worker answers: metrics and difference maps, each guarded by itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np

from braggscope import __version__
from braggscope.api import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    ImagePair,
    InvalidInput,
    MetricResult,
    Pixel,
)
from braggscope.host.analysis_messages import (
    Analyse,
    AnalysisReport,
    Finding,
    WireFault,
    WireMetric,
    WirePlace,
    merged,
)
from braggscope.host.contributions import Contribution
from braggscope.host.guarded import attempt, describe, shortened, traceback_of
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import (
    PROTOCOL_VERSION,
    Hello,
    Message,
    Progress,
    Request,
    Result,
    WireAvailability,
)
from braggscope.host.worker_command import ANALYSIS
from braggscope.worker.arrays import map_array, map_writable
from braggscope.worker.channel import Channel
from braggscope.worker.region_pairs import moved, part_of

T = TypeVar("T")
_ROWS_AT_A_TIME: Final = 64
#: More than anyone looks at one by one.
_MOST_PLACES: Final = 1000


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
        work = _Work(self._channel, request)
        work.stop_if_cancelled()
        if request.difference is not None:
            _, error = work.step(request.difference, lambda: self._difference(work))
            work.found(difference=error is None, faults=_by_name(request.difference, error))
        parts = work.parts()
        if request.whole:
            work.found(identical=are_identical(work.pair))
        names = sorted(request.metrics, key=self._is_slow)
        for slow in (False, True):
            for region, part in parts.items():
                for name in names:
                    if self._is_slow(name) is slow:
                        self._measure(work, name, region, part)
        return Result(id=request.id, data=work.report.model_dump(mode="json"))

    def _is_slow(self, name: str) -> bool:
        contribution = self._registry.metrics().get(name)
        return contribution is not None and contribution.slow is True

    def _measure(self, work: _Work, name: str, region: str | None, part: Part) -> None:
        if name in work.report.faults:
            return
        value, error = work.step(name, lambda: self._metric(name, part))
        faults = _by_name(name, error)
        results = {} if value is None else {name: value}
        if region is None:
            work.found(metrics=results, faults=faults)
        else:
            work.found(regions={region: results}, faults=faults)

    def _metric(self, name: str, part: Part) -> WireMetric:
        function = self._function(name, self._registry.metrics().get(name))
        if part is None:
            return WireMetric(value=None, note="no pixel lies in this region")
        pair, origin = part
        result = function(pair)
        if not isinstance(result, MetricResult):
            raise TypeError(f"it gave {result!r:.100}, no MetricResult")
        return _wire(moved(result, origin))

    def _difference(self, work: _Work) -> None:
        request, pair = work.request, work.pair
        name = request.difference or ""
        function = self._function(name, self._registry.difference_maps().get(name))
        if request.output is None:
            raise ValueError("there is no room for it")
        output = map_writable(request.output)
        made = np.asarray(function(replace(pair, output=output)))
        if made.shape != pair.a.shape:
            raise ValueError(f"its array has the shape {made.shape}, not {pair.a.shape}")
        if made is not output:
            output[...] = made

    def _function(self, name: str, contribution: Contribution | None) -> Callable[[ImagePair], Any]:
        if contribution is None:
            raise InvalidInput(f"{name} is not known to the analysis process")
        key = f"{type(contribution).__name__} {name}"
        if key not in self._functions:
            self._functions[key] = self._registry.load(contribution)
        return self._functions[key]


#: A pair of images and the place of its first pixel; None: it has no pixel.
Part = tuple[ImagePair, Pixel] | None


class _Work:
    """One request: its images, and what has been found so far."""

    def __init__(self, channel: Channel, request: Analyse) -> None:
        self._channel = channel
        self.request = request
        self.report = AnalysisReport()
        mask = None if request.mask is None else map_array(request.mask)
        a, b = map_array(request.a), map_array(request.b)
        self.pair = ImagePair(a, b, mask, self.stop_if_cancelled)
        regions = len(request.regions) + request.whole
        self._steps = max(1, len(request.metrics) * regions + (request.difference is not None))
        self._done = 0

    def parts(self) -> dict[str | None, Part]:
        """The whole image (None) and the regions, by name; those that fail are reported."""
        parts: dict[str | None, Part] = {}
        if self.request.whole:
            parts[None] = (self.pair, Pixel(0, 0))
        for region in self.request.regions:
            self.stop_if_cancelled()
            part, error = attempt(part_of, self.pair, region, self.request.geometry)
            if error is not None:
                self.found(region_faults={region.name: _fault(error)})
            else:
                parts[region.name] = part
        return parts

    def step(self, name: str, work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
        """Say that a metric or map begins, and do its work; as `attempt`.

        Raises:
            Cancelled: nobody wants it any more.
        """
        self.stop_if_cancelled()
        self._channel.send(
            Progress(id=self.request.id, fraction=self._done / self._steps, message=name)
        )
        self._done += 1
        value, error = attempt(work)
        if error is not None:
            self.stop_if_cancelled()
        return value, error

    def found(self, difference: bool = False, **parts: Any) -> None:
        """Add to the report, and tell the host at once."""
        fresh = AnalysisReport(**parts)
        self.report = merged(self.report, fresh)
        self._channel.send(Finding(id=self.request.id, report=fresh, difference=difference))

    def stop_if_cancelled(self) -> None:
        """Stop here if the host does not want the answer any more; from any thread."""
        if self._channel.is_cancelled(self.request.id):
            raise Cancelled()


def are_identical(pair: ImagePair) -> bool:
    """Whether all pixels that count are equal, NaN among them; no pixel at all shows nothing."""
    if pair.a.shape != pair.b.shape:
        return False
    some = False
    for start in range(0, pair.a.shape[0], _ROWS_AT_A_TIME):
        pair.checkpoint()
        rows = slice(start, start + _ROWS_AT_A_TIME)
        a, b = pair.a[rows], pair.b[rows]
        same = a == b
        if not same.all():
            same |= np.isnan(a) & np.isnan(b)
        finite = None if some else np.isfinite(a)
        if pair.mask is not None:
            same |= pair.mask[rows]
            finite = None if finite is None else finite & ~pair.mask[rows]
        if not same.all():
            return False
        some = some or (finite is not None and bool(finite.any()))
    return some


def _wire(result: MetricResult) -> WireMetric:
    return WireMetric(
        value=None if result.value is None else float(result.value),
        note=shortened(str(result.note), 2000),
        pixel=result.pixel,
        places=tuple(
            WirePlace(
                pixel=place.pixel, value=float(place.value), note=shortened(str(place.note), 200)
            )
            for place in result.places[:_MOST_PLACES]
        ),
    )


def _by_name(name: str, error: BaseException | None) -> dict[str, WireFault]:
    return {} if error is None else {name: _fault(error)}


def _fault(error: BaseException) -> WireFault:
    if isinstance(error, BraggscopeError):
        return WireFault(
            message=shortened(str(error), 2000), traceback=error.details or traceback_of(error)
        )
    return WireFault(message=describe(error), traceback=traceback_of(error))
