"""A window that the pixel trace can be shown to."""

from __future__ import annotations

from typing import Any

import numpy as np

from braggscope.api import (
    DetectorImage,
    InvalidInput,
    Pixel,
    PixelTrace,
    Tolerances,
    compare_traces,
    judge_again,
    variable,
)
from braggscope.api.catalogue import CATALOGUE
from braggscope.ui import Pin, PinsState, TraceState, ViewContext


class FakeContext(ViewContext):
    """A window with a trace to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.state = TraceState()
        self.requests: list[tuple[str, Pixel]] = []
        self.picture: DetectorImage | None = None
        self.pinned = PinsState()
        self.changed = Tolerances()
        self.unsaved = ""

    @property
    def trace(self) -> TraceState:
        return self.state

    def label(self, side: str) -> str:
        return f"engine {side}"

    def image(self, side: str) -> DetectorImage | None:
        return self.picture

    def set_cursor(self, pixel: Pixel) -> None:
        self.requests.append(("cursor", pixel))

    def request_trace(self, pixel: Pixel) -> None:
        self.requests.append(("trace", pixel))

    @property
    def pins(self) -> PinsState:
        return self.pinned

    def set_pins(self, pins: tuple[tuple[str, Pixel], ...]) -> None:
        self.show_pins(PinsState(tuple(Pin(name, pixel) for name, pixel in pins), running=True))

    @property
    def tolerances(self) -> Tolerances:
        return self.changed

    def set_tolerances(self, tolerances: Tolerances) -> None:
        self.changed = tolerances
        comparison = self.state.comparison
        assert comparison is not None
        self.show_state(TraceState(self.state.pixel, judge_again(comparison, tolerances)))
        if self.unsaved:
            raise InvalidInput(self.unsaved)

    def show_pins(self, pins: PinsState) -> None:
        self.pinned = pins
        self.pins_changed.emit()

    def show_state(self, state: TraceState) -> None:
        self.state = state
        self.trace_changed.emit()


def traced(steps: int = 900) -> TraceState:
    pixel = Pixel(5, 7)
    same: dict[str, Any] = {
        f"{name}": 0.1 for name in ("lambda0_m", "pixel_m", "Xbeam_m", "Ybeam_m")
    }
    others = len(CATALOGUE["term"].dims) - 1
    omegas = np.linspace(1.0, 1.1, 9).reshape(1, 9)
    terms = np.arange(float(steps)).reshape(steps, *[1] * others)
    a = {**same, "distance_in_m": 0.1, "omega_now": omegas, "term": terms}
    b = {
        **same,
        "distance_in_m": 0.2,
        "omega_now": omegas,
        "term": np.where(terms > steps - 10, 0.0, terms),
    }
    traces = [
        PixelTrace(pixel, "x", tuple(variable(n, v) for n, v in values.items()), 1.0)
        for values in (a, b)
    ]
    return TraceState(pixel, compare_traces(*traces))
