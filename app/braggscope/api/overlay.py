"""What overlay plugins give: lines, marks and labels over a detector image, as plain data.

Coordinates are pixels, (slow, fast); pixel (s, f) covers [s, s+1] × [f, f+1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api.image import DetectorImage
from braggscope.api.run import Pixel, Run

#: How much an item shall catch the eye; the window chooses colours that are seen on any image.
Emphasis = Literal["faint", "plain", "strong"]
Symbol = Literal["cross", "plus", "circle", "square"]


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline.

    Attributes:
        points: (n, 2) float64 (slow, fast); a row of NaN lifts the pen.
        label: written at `label_at`, (slow, fast); "" for none.
        dashed: told apart without colour.
        color: "#rrggbb"; "": one that is seen on any image. It must never tell anything alone.
    """

    points: NDArray[np.float64]
    label: str = ""
    label_at: tuple[float, float] | None = None
    emphasis: Emphasis = "plain"
    dashed: bool = False
    color: str = ""


@dataclass(frozen=True, eq=False)
class Marks:
    """Symbols of a size on screen.

    Attributes:
        points: (n, 2) float64 (slow, fast).
        labels: one a point, shown where there is room; empty for none.
        color: as that of a `Line`.
    """

    points: NDArray[np.float64]
    symbol: Symbol = "circle"
    labels: tuple[str, ...] = ()
    emphasis: Emphasis = "plain"
    color: str = ""


OverlayItem = Line | Marks


@dataclass(frozen=True, eq=False)
class OverlayScene:
    """What an overlay may draw on.

    Attributes:
        image: the image of A, or of B alone.
        run: what was simulated, or the experiment at hand for a file's image; None: unknown.
        visible: ((slow from, to), (fast from, to)) in pixels on screen.
        cursor: the pixel under the crosshair.
    """

    image: DetectorImage
    run: Run | None
    visible: tuple[tuple[float, float], tuple[float, float]]
    cursor: Pixel | None
