"""A program whose fault matters in a part alone, and a window that shows a survey of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Cancelled,
    DetectorImage,
    ImageRegion,
    OverlayItem,
    Pixel,
    PixelTrace,
    Provenance,
    Run,
    Tolerances,
    variable,
)
from braggscope.experiment import Experiment
from braggscope.ui import ViewContext
from braggscope.ui.view_state import Directions
from braggscope_divergence.dock import DivergenceDock

SHAPE = (60, 50)
FLAGS = (
    "-cell 40 50 60 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 40 -pixel 0.5"
    " -detpixels_x 50 -detpixels_y 60"
)
RUN = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="right")
RUNS = {"A": RUN, "B": RUN.model_copy(update={"engine": "wrong"})}


def trace_of(run: Run, pixel: Pixel) -> PixelTrace:
    """B's solid angle is off in the upper half, its polarisation in the lower right."""
    off = run.engine == "wrong"
    omega = 2.0 if off and pixel.slow < 30 else 1.0
    polar = 3.0 if off and pixel.slow >= 30 and pixel.fast >= 25 else 1.0
    names = (("omega_now", [omega]), ("polar_now", [[polar]]), ("val", omega * polar))
    return PixelTrace(pixel, run.engine, tuple(variable(*pair) for pair in names), omega)


class Job:
    """Traces that are there at once, or only after the hold is gone."""

    def __init__(self, context: Context, run: Run, pixels: Sequence[Pixel]) -> None:
        self._context, self._run, self._pixels = context, run, pixels
        self._cancelled = threading.Event()

    def result(self) -> list[PixelTrace]:
        while self._context.hold and not self._cancelled.wait(0.005):
            pass
        if self._cancelled.is_set():
            raise Cancelled
        if self._context.failure is not None:
            raise self._context.failure
        return [trace_of(self._run, pixel) for pixel in self._pixels]

    def cancel(self) -> None:
        self._cancelled.set()


class Context(ViewContext):
    """A window with images to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, DetectorImage] = {}
        self.drawn: tuple[ImageRegion, ...] = ()
        self.over: dict[str, Sequence[OverlayItem]] = {}
        self.traced: list[Pixel] = []
        self.shown: list[str] = []
        self.allowed = Tolerances()
        self.turned = Directions()
        self.hold = False
        self.failure: Exception | None = None

    @property
    def cursor(self) -> Pixel | None:
        return self.traced[-1] if self.traced else None

    @property
    def directions(self) -> Directions:
        return self.turned

    def set_cursor(self, pixel: Pixel) -> None:
        self.cursor_moved.emit(pixel)

    def image(self, side: str) -> DetectorImage | None:
        return self.pictures.get(side)

    def label(self, side: str) -> str:
        return f"engine {side}"

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        return self.drawn

    def request_trace(self, pixel: Pixel) -> None:
        self.traced.append(pixel)

    @property
    def tolerances(self) -> Tolerances:
        return self.allowed

    def run(self, side: str) -> Run | None:
        return RUNS[side]

    def start_traces(self, run: Run, pixels: Sequence[Pixel]) -> Any:
        return Job(self, run, list(pixels))

    def draw_over(self, name: str, items: Sequence[OverlayItem]) -> None:
        self.over[name] = items

    def show_view(self, view_id: str) -> None:
        self.shown.append(view_id)

    def show_images(self) -> None:
        noise = np.random.default_rng(0).random((2, *SHAPE))
        self.pictures = {
            side: DetectorImage(data, None, Provenance(RUNS[side]))
            for side, data in zip("AB", noise, strict=True)
        }
        self.images_changed.emit()


def surveyed(qtbot: QtBot, dock: DivergenceDock) -> None:
    dock.controls.start_button.click()
    qtbot.waitUntil(lambda: not dock.surveyor.state.running, timeout=20_000)


def grabbed(qtbot: QtBot, dock: DivergenceDock) -> QImage:
    """The map, once it shows what is known."""
    qtbot.waitUntil(lambda: dock.map.is_up_to_date)
    return dock.map.grab().toImage()


def rows(dock: DivergenceDock) -> list[list[str]]:
    items = [dock.table.topLevelItem(n) for n in range(dock.table.topLevelItemCount())]
    return [[item.text(c) for c in range(5)] for item in items if item is not None]
