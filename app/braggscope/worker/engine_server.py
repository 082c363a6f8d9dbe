"""What a worker with an engine answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from braggscope import __version__
from braggscope.api import (
    Availability,
    BraggscopeError,
    Engine,
    EngineFailed,
    Pixel,
    PixelTrace,
    Preparation,
    Run,
    RunContext,
)
from braggscope.host.guarded import attempt, describe, shortened
from braggscope.host.plugins import PluginRegistry
from braggscope.host.protocol import (
    PROTOCOL_VERSION,
    EngineFault,
    Gauge,
    GaugeReport,
    Hello,
    Message,
    Prepare,
    Prepared,
    Render,
    RenderReport,
    Request,
    Result,
    Trace,
    WireAvailability,
    WireLimit,
    run_from_wire,
)
from braggscope.host.trace_messages import NumbersToSend
from braggscope.worker.arrays import OutputArrays, map_writable
from braggscope.worker.channel import Channel
from braggscope.worker.memory import forget_peak, peak_bytes


def make_engine(registry: PluginRegistry, engine_id: str, settings: Mapping[str, str]) -> Engine:
    """The engine, by the factory of its plugin.

    Raises:
        EngineFailed: no plugin here has it.
        EngineFault: its module cannot be imported.
    """
    contribution = registry.engines().get(engine_id)
    if contribution is None:
        problems = [f"{r.name}: {p.message}" for r in registry.records for p in r.problems]
        raise EngineFailed(
            f"there is no engine {engine_id} in its process",
            where=engine_id,
            why="; ".join(problems) or "No plugin there contributes it",
            remedy="Install the plugin in the engine's environment",
        )
    try:
        factory = registry.load(contribution)
    except BraggscopeError as error:
        raise EngineFault(**error.to_dict()) from error
    return cast(Engine, factory(engine_id, settings))


class EngineServer:
    """Answers requests about runs."""

    def __init__(self, engine: Engine, engine_id: str, channel: Channel) -> None:
        self._engine = engine
        self._id = engine_id
        self._channel = channel
        self._outputs = OutputArrays()
        self._last_run: tuple[dict[str, Any], Run] | None = None

    def hello(self) -> Hello:
        """Who we are, and whether the engine can run here."""
        found, error = attempt(self._availability)
        if found is None or error is not None:
            why = describe(error) if error is not None else "it does not say"
            found = WireAvailability(available=False, reason=f"a fault in the engine: {why}")
        return Hello(
            protocol=PROTOCOL_VERSION,
            braggscope=__version__,
            engine=self._id,
            pid=os.getpid(),
            availability=found,
        )

    def answer(self, request: Request) -> Message:
        """The answer; errors come as exceptions."""
        if isinstance(request, Prepare):
            return self._prepare(request)
        if isinstance(request, Render):
            return self._render(request)
        if isinstance(request, Trace):
            return self._trace(request)
        if isinstance(request, Gauge):
            return self._gauge(request)
        raise EngineFailed(f"{request.type} is not supported yet", where=self._id)

    def _availability(self) -> WireAvailability:
        return wire_availability(self._engine.availability())

    def _prepare(self, request: Prepare) -> Prepared:
        made: Preparation = self._engine.prepare(self._run_of(request.run))
        slow, fast = made.shape
        return Prepared(
            id=request.id,
            shape=(int(slow), int(fast)),
            dtype=str(made.dtype),
            precision=str(made.precision),
            notes=tuple(map(str, made.notes)),
            version=str(made.version),
            has_mask=bool(made.has_mask),
            own_shape=bool(made.own_shape),
        )

    def _render(self, request: Render) -> Result:
        run = self._run_of(request.run)
        image = self._outputs.map(request.output)
        context = self._context(request.id)
        if request.mask is not None:
            context.mask = map_writable(request.mask)
        forget_peak()
        self._engine.render(run, image, context)
        report = RenderReport(
            peak_memory_bytes=peak_bytes(),
            command=tuple(map(str, context.command)),
            notes=tuple(map(str, context.notes)),
        )
        return Result(id=request.id, data=report.model_dump(mode="json"))

    def _run_of(self, data: dict[str, Any]) -> Run:
        """The run of a request; that of the one before keeps the numbers it was resolved to."""
        if self._last_run is None or self._last_run[0] != data:
            self._last_run = data, run_from_wire(data)
        return self._last_run[1]

    def _trace(self, request: Trace) -> Result:
        run = self._run_of(request.run)
        pixels = [Pixel(*pixel) for pixel in request.pixels]
        traces = list(self._engine.trace(run, pixels, self._context(request.id)))
        self._check_traces(traces, pixels)
        numbers = NumbersToSend(traces)
        for message in numbers.messages(request.id):
            self._channel.send(message)
        return Result(id=request.id, data={"traces": numbers.said})

    def _gauge(self, request: Gauge) -> Result:
        """An engine need not know its limits."""
        ask = getattr(self._engine, "limit", None)
        found = None if ask is None else ask(run_from_wire(request.run))
        limit = None if found is None else WireLimit(**asdict(found))
        report = GaugeReport(limit=limit)
        return Result(id=request.id, data=report.model_dump(mode="json"))

    def _check_traces(self, traces: list[PixelTrace], pixels: list[Pixel]) -> None:
        if [tuple(trace.pixel) for trace in traces] != [tuple(pixel) for pixel in pixels]:
            raise EngineFailed(
                "the engine traced other pixels than it was asked for",
                where=self._id,
                why=f"{len(pixels)} were asked for, {len(traces)} came",
            )

    def _context(self, request_id: int) -> RunContext:
        def report(fraction: float, message: str = "") -> None:
            done = min(1.0, max(0.0, float(fraction)))
            self._channel.progress(request_id, done, shortened(str(message), 1000))

        return RunContext(
            report=report,
            is_cancelled=lambda: self._channel.is_cancelled(request_id),
        )


def wire_availability(found: Availability) -> WireAvailability:
    """An availability for the wire."""
    return WireAvailability(
        available=bool(found.available),
        device=str(found.device),
        version=str(found.version),
        reason=str(found.reason),
    )
