"""Plot axes that write what people read: powers of ten, resolutions in Å, "≤ 0"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyqtgraph as pg

from braggscope_plots.figure import Scale
from braggscope_plots.ticks import log_texts, resolution_ticks
from braggscope_plots.wording import number

#: Screen pixels that a resolution needs beside the next one.
_APART: Final = 38


class PlotAxis(pg.AxisItem):
    """An axis with one of the scales of `AxisText`.

    Attributes:
        extra: (place, text) of ticks beside the regular ones.
        first: coordinate below which there are no regular ticks; None: there is no such.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._scale: Scale = "linear"
        self.extra: tuple[tuple[float, str], ...] = ()
        self.first: float | None = None
        self.enableAutoSIPrefix(False)

    def set_scale(self, scale: Scale) -> None:
        """Write other ticks."""
        self._scale = scale
        self.setLogMode(scale == "log")

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[Any]:
        """Places of ticks, per level: (spacing, places)."""
        if self._scale == "inverse_d":
            places = resolution_ticks(min(minVal, maxVal), max(minVal, maxVal), int(size // _APART))
            if places:
                return [(None, places)]
        levels = super().tickValues(minVal, maxVal, size)
        if self.first is not None:
            levels = [(step, [v for v in places if v >= self.first]) for step, places in levels]
        extra = [place for place, _ in self.extra if minVal <= place <= maxVal]
        return [(None, extra), *levels] if extra else levels

    def tickStrings(self, values: Sequence[float], scale: float, spacing: Any) -> list[str]:
        """Texts of ticks."""
        extra = dict(self.extra)
        if values and all(value in extra for value in values):
            return [extra[value] for value in values]
        if self._scale == "inverse_d":
            return [number(1.0 / value, 4) if value > 0.0 else "∞" for value in values]
        if self._scale == "log":
            return log_texts(values)
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]
