"""Asking the worker of one engine for images and traces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from braggscope.api import (
    Availability,
    DetectorImage,
    EngineContribution,
    EngineFailed,
    Limit,
    Pixel,
    PixelTrace,
    Provenance,
    Run,
)
from braggscope.host.checks import check_prepared, mask_outside_roi
from braggscope.host.guarded import describe, traceback_of
from braggscope.host.jobs import CancelToken, ProgressCallback
from braggscope.host.live_worker import Answer, PartCallback
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import (
    EngineFault,
    Gauge,
    GaugeReport,
    Hello,
    Message,
    Prepare,
    Prepared,
    Render,
    RenderReport,
    Result,
    Trace,
    run_to_wire,
)
from braggscope.host.scratch import MappedArray, Scratch
from braggscope.host.trace_messages import NumbersReceived
from braggscope.host.worker_process import WorkerProcess

M = TypeVar("M", bound=BaseModel)


class EngineClient:
    """One engine behind its worker. Callers take turns: one request at a time."""

    def __init__(
        self,
        engine: EngineContribution,
        worker: WorkerProcess,
        scratch: Scratch,
        registry: PluginRegistry,
    ) -> None:
        self.engine = engine
        self.worker = worker
        self._scratch = scratch
        self._registry = registry
        self._changes = False

    @property
    def known_availability(self) -> Availability | None:
        """What the living worker said of itself; None while there is none."""
        hello = self.worker.hello
        return None if hello is None else _availability(hello)

    @property
    def lasting_version(self) -> str | None:
        """The version, if nothing but the living worker needs to be asked for it."""
        known = self.known_availability
        return None if known is None or self._changes else known.version

    def availability(self, token: CancelToken) -> Availability:
        """Whether the engine can run here.

        A worker that cannot is ended: the next question finds out anew.
        """
        with self._faults_noted("start"):
            found = _availability(self.worker.start(token))
        if not found.available:
            self.worker.stop()
        return found

    def available(self, token: CancelToken) -> Availability:
        """As `availability`.

        Raises:
            EngineFailed: it cannot run here.
        """
        found = self.availability(token)
        if not found.available:
            raise EngineFailed(
                f"{self.engine.title} is not available here",
                where=self.engine.id,
                why=found.reason,
            )
        return found

    def prepare(self, run: Run, token: CancelToken) -> Prepared:
        """What the image will be, and the version of what will make it."""
        found = self.available(token)
        answer = self._ask("prepare", lambda n: Prepare(id=n, run=run_to_wire(run)), token)
        if not isinstance(answer, Prepared):
            raise self._odd_answer("it answered something else")
        self._changes = bool(answer.version)
        return answer.model_copy(update={"version": answer.version or found.version})

    def render(
        self,
        run: Run,
        prepared: Prepared,
        began: float,
        token: CancelToken,
        on_progress: ProgressCallback,
    ) -> DetectorImage:
        """The image of a run that was prepared; began: when work on it did, for the wall time."""
        found = self.available(token)
        dtype = check_prepared(prepared, run.setup, self.engine.id)
        output = self._scratch.mapped_array(prepared.shape, dtype)
        mask = self._scratch.mapped_array(prepared.shape, np.bool_) if prepared.has_mask else None
        data = run_to_wire(run)
        answer = self._ask(
            "render",
            lambda number: Render(
                id=number,
                run=data,
                output=output.reference,
                mask=None if mask is None else mask.reference,
            ),
            token,
            on_progress,
        )
        report = self._parsed(RenderReport, answer)
        output.allow_reuse()
        self._scratch.expect_another(output)
        notes = tuple(dict.fromkeys((*prepared.notes, *report.notes)))
        provenance = Provenance(
            run=run,
            engine_version=prepared.version,
            device=found.device,
            precision=prepared.precision,
            wall_time_s=time.monotonic() - began,
            peak_memory_bytes=report.peak_memory_bytes,
            command=report.command,
            notes=notes,
        )
        return _image(output, mask, run, provenance)

    def trace(
        self,
        run: Run,
        pixels: Sequence[Pixel],
        image: DetectorImage | None,
        token: CancelToken,
        on_progress: ProgressCallback,
    ) -> list[PixelTrace]:
        """The traces of pixels; image tells the values that they should end in."""
        self.prepare(run, token)
        data = run_to_wire(run)
        wanted = tuple((int(slow), int(fast)) for slow, fast in pixels)
        numbers = NumbersReceived()
        answer = self._ask(
            "trace",
            lambda number: Trace(id=number, run=data, pixels=wanted),
            token,
            on_progress,
            numbers.add,
        )
        traces = self._traces(answer, numbers)
        return [_with_image_value(trace, image) for trace in traces]

    def limit(self, run: Run, token: CancelToken) -> Limit | None:
        """What the machine allows for a run, if the engine knows."""
        self.prepare(run, token)
        data = run_to_wire(run)
        answer = self._ask("limit", lambda number: Gauge(id=number, run=data), token)
        found = self._parsed(GaugeReport, answer).limit
        return None if found is None else Limit(**found.model_dump())

    def _ask(
        self,
        what: str,
        build: Callable[[int], Message],
        token: CancelToken,
        on_progress: ProgressCallback | None = None,
        on_part: PartCallback | None = None,
    ) -> Answer:
        with self._faults_noted(what):
            if on_progress is None:
                return self.worker.request(build, token)
            return self.worker.request(build, token, on_progress, on_part)

    @contextmanager
    def _faults_noted(self, what: str) -> Iterator[None]:
        """What is the plugin's fault, and not the user's, goes to its record."""
        try:
            yield
        except EngineFault as error:
            self._registry.report(self.engine, f"{self.engine.id}: {what}", error)
            raise

    def _parsed(self, kind: type[M], answer: Answer) -> M:
        try:
            return kind.model_validate(answer.data if isinstance(answer, Result) else None)
        except ValidationError as error:
            raise self._odd_answer(describe(error)) from error

    def _traces(self, answer: Answer, numbers: NumbersReceived) -> list[PixelTrace]:
        try:
            data: Any = answer.data["traces"] if isinstance(answer, Result) else None
            return numbers.traces(data)
        except (KeyError, TypeError, ValueError) as error:
            raise self._odd_answer(describe(error), traceback_of(error)) from error

    def _odd_answer(self, why: str, details: str = "") -> EngineFailed:
        return EngineFailed(
            f"the answer of {self.engine.title} makes no sense",
            where=self.engine.id,
            why=why,
            remedy="Please report it to the plugin's authors",
            details=details,
        )


def _availability(hello: Hello) -> Availability:
    return Availability(**hello.availability.model_dump())


def _image(
    output: MappedArray, mask: MappedArray | None, run: Run, provenance: Provenance
) -> DetectorImage:
    # Images are shared, by the cache and with other processes: nobody may write into them.
    output.array.flags.writeable = False
    outside = mask_outside_roi(run.setup)
    if mask is None:
        return DetectorImage(output.array, outside, provenance)
    # A copy: the mapped file holds a descriptor for as long as someone looks into it.
    both = mask.array.copy() if outside is None else mask.array | outside
    both.flags.writeable = False
    return DetectorImage(output.array, both if both.any() else None, provenance)


def _with_image_value(trace: PixelTrace, image: DetectorImage | None) -> PixelTrace:
    if image is None:
        return trace
    slow, fast = trace.pixel
    if not (0 <= slow < image.shape[0] and 0 <= fast < image.shape[1]):
        return trace
    return replace(trace, image_value=float(image.data[slow, fast]))
