"""What is drawn on the images by the user and by views: regions, a line, picks. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImageRegion, OverlayItem

MarkingNews = Literal["regions", "line", "selection", "sketches"]
#: From and to, (slow, fast) in pixel coordinates.
LineEnds = tuple[tuple[float, float], tuple[float, float]]


class Markings:
    """Drawn things; whoever changes one is heard by all.

    Args:
        tell: called with what changed.

    Attributes:
        regions: in the order in which they were drawn; names are unique.
        line: for the line profile; None while there is none.
        selection: (slow · fast,) indices of picked pixels in raster order; None: nothing is picked.
        sketches: what views draw, by the name that each chose.
    """

    def __init__(self, tell: Callable[[MarkingNews], None]) -> None:
        self._tell = tell
        self.regions: tuple[ImageRegion, ...] = ()
        self.line: LineEnds | None = None
        self.selection: NDArray[np.int64] | None = None
        self.sketches: dict[str, tuple[OverlayItem, ...]] = {}

    def set_regions(self, regions: tuple[ImageRegion, ...]) -> None:
        """Have other regions.

        Raises:
            ValueError: two have one name.
        """
        if len({region.name for region in regions}) < len(regions):
            raise ValueError("two regions have one name")
        if regions != self.regions:
            self.regions = regions
            self._tell("regions")

    def set_line(self, line: LineEnds | None) -> None:
        """Have another line, or none."""
        if line != self.line:
            self.line = line
            self._tell("line")

    def set_selection(self, selection: NDArray[np.int64] | None) -> None:
        """Pick other pixels, or none."""
        if selection is not None or self.selection is not None:
            self.selection = selection
            self._tell("selection")

    def set_sketch(self, name: str, items: Sequence[OverlayItem]) -> None:
        """Draw other items of a view, or none."""
        before = self.sketches.pop(name, ())
        if items:
            self.sketches[name] = tuple(items)
        if items or before:
            self._tell("sketches")
