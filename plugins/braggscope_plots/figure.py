"""A plot as plain data: curves, axes, what to say about it, its numbers. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from braggscope_plots.pixels import Floats
from braggscope_plots.tables import Column
from braggscope_plots.wording import number

#: How a curve is drawn: each role has a colour and a line style of its own.
Role = Literal["a", "b", "difference", "rms"]
#: How values are placed on an axis; "inverse_d" places 1/d and writes d.
Scale = Literal["linear", "log", "inverse_d"]


@dataclass(frozen=True)
class AxisText:
    """An axis: its name, unit ("" for none) and scale."""

    name: str
    unit: str = ""
    scale: Scale = "linear"

    @property
    def label(self) -> str:
        """Name and unit."""
        if not self.name:
            return self.unit
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def placed(self, values: Floats) -> Floats:
        """Coordinates of values; NaN for those that a logarithmic axis cannot have."""
        if self.scale != "log":
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.log10(values)
        return np.where(np.isfinite(logarithm), logarithm, np.nan)

    def value(self, place: float) -> float:
        """The value at a coordinate."""
        if self.scale == "log":
            return float(10.0 ** min(max(place, -320.0), 308.0))
        if self.scale == "inverse_d":
            return 1.0 / place if place > 0.0 else float("inf")
        return place


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve.

    Attributes:
        x: (n,), or (n + 1,) edges of bins, over which y is drawn in steps.
        y: (n,).
        drawn: whether it is drawn; others are read out only.
    """

    name: str
    role: Role
    x: Floats
    y: Floats
    drawn: bool = True

    @property
    def short_name(self) -> str:
        """The name without the label of the run."""
        return self.name.split("  ")[0]

    @property
    def is_stepped(self) -> bool:
        """Whether x are edges."""
        return len(self.x) == len(self.y) + 1

    def at(self, x: float) -> float | None:
        """The value of the bin at x, or of the nearest point; None beyond the ends."""
        if not len(self.y) or not self.x[0] <= x <= self.x[-1]:
            return None
        right = int(np.searchsorted(self.x, x, side="right"))
        if self.is_stepped:
            return float(self.y[min(right, len(self.y)) - 1])
        right = min(max(right, 1), len(self.x) - 1)
        left = right - 1 if right > 0 and x - self.x[right - 1] < self.x[right] - x else right
        return float(self.y[left])


@dataclass(frozen=True, eq=False)
class Panel:
    """Curves over one pair of axes."""

    curves: tuple[Curve, ...]
    x: AxisText
    y: AxisText


@dataclass(frozen=True, eq=False)
class Figure:
    """What a plot shows.

    Attributes:
        panels: side by side or one below the other; they share their x axis.
        summary: one line about the numbers.
        columns: the numbers, to copy and save.
    """

    panels: tuple[Panel, ...]
    summary: str
    columns: tuple[Column, ...]

    def readout(self, place: float) -> str:
        """Every curve's value at a coordinate of the shared x axis."""
        x = self.panels[0].x
        value = x.value(place)
        # Bins of a resolution axis are those of 1/d.
        position = place if x.scale == "inverse_d" else value
        parts = [f"{x.name} {number(value)}{' ' + x.unit if x.unit else ''}"]
        for panel in self.panels:
            for curve in panel.curves:
                found = curve.at(position)
                if found is not None:
                    unit = f" {panel.y.unit}" if panel.y.unit and curve.drawn else ""
                    parts.append(f"{curve.short_name} {number(found, 6)}{unit}")
        return "   ·   ".join(parts)
