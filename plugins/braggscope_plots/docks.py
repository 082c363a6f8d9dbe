"""The factories of the docks. What they draw with is imported when they are first seen."""

from __future__ import annotations

from braggscope.ui import ViewContext
from braggscope_plots import plots
from braggscope_plots.dock import DockView
from braggscope_plots.plot_dock import FigureDock


def histogram(context: ViewContext) -> DockView:
    """Histogram of A and B."""
    return DockView(FigureDock(context, plots.HISTOGRAM))


def profile(context: ViewContext) -> DockView:
    """Values along a line, a row or a column."""
    return DockView(FigureDock(context, plots.PROFILE))


def radial(context: ViewContext) -> DockView:
    """Means over resolution rings."""
    return DockView(FigureDock(context, plots.RADIAL))


def relative(context: ViewContext) -> DockView:
    """Distribution of the relative difference."""
    return DockView(FigureDock(context, plots.RELATIVE))


def scatter(context: ViewContext) -> DockView:
    """A against B."""
    from braggscope_plots.scatter_dock import ScatterDock

    return DockView(ScatterDock(context))


def peaks(context: ViewContext) -> DockView:
    """Bragg peaks with their sums in A and B."""
    from braggscope_plots.peaks_dock import PeaksDock

    return DockView(PeaksDock(context))
