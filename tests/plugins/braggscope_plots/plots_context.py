"""A window that plots can be shown to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from braggscope.api import DetectorImage, ImageRegion, Pixel, Provenance, Run
from braggscope.experiment import Experiment
from braggscope.ui import ViewContext
from braggscope_plots import docks
from braggscope_plots.dock import Dock

SHAPE = (60, 50)
FLAGS = (
    "-cell 40 50 60 90 90 90 -misset 10 20 30 -default_F 100 -N 5 -lambda 1 -distance 40"
    " -pixel 0.5 -detpixels_x 50 -detpixels_y 60"
)
CURVES = {
    "histogram": docks.histogram,
    "profile": docks.profile,
    "radial": docks.radial,
    "relative": docks.relative,
}
ALL: dict[str, Callable[[ViewContext], Any]] = {
    **CURVES,
    "scatter": docks.scatter,
    "peaks": docks.peaks,
}


class FakeContext(ViewContext):
    """A window with images to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, DetectorImage] = {}
        self.pixel: Pixel | None = None
        self.drawn: tuple[ImageRegion, ...] = ()
        self.ends: Any = None
        self.picked: NDArray[np.int64] | None = None

    @property
    def cursor(self) -> Pixel | None:
        return self.pixel

    def set_cursor(self, pixel: Pixel) -> None:
        self.pixel = pixel
        self.cursor_moved.emit(pixel)

    def image(self, side: str) -> DetectorImage | None:
        return self.pictures.get(side)

    def label(self, side: str) -> str:
        return f"engine {side}"

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        return self.drawn

    @property
    def line(self) -> Any:
        return self.ends

    @property
    def selection(self) -> NDArray[np.int64] | None:
        return self.picked

    def set_selection(self, selection: NDArray[np.int64] | None) -> None:
        self.picked = selection
        self.selection_changed.emit()

    def show_images(self, **images: DetectorImage) -> None:
        self.pictures = images
        self.images_changed.emit()


def picture(factor: float = 1.0) -> DetectorImage:
    """Spots over a slope, and a few zeros."""
    data = np.full(SHAPE, 3.0) + np.linspace(0.0, 1.0, SHAPE[1])
    for number, (slow, fast) in enumerate([(12, 14), (12, 36), (45, 10), (44, 40)], start=1):
        data[slow - 1 : slow + 2, fast - 1 : fast + 2] += 50.0 * number
        data[slow, fast] += 1000.0 * number
    data[30, 20:24] = 0.0
    run = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="x")
    return DetectorImage(data * factor, None, Provenance(run))


def settle(qtbot: QtBot, dock: Dock) -> None:
    qtbot.waitUntil(lambda: dock._built and not dock.is_busy)
