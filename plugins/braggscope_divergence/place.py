"""The factory of the dock: an empty place that is filled when it is first seen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from braggscope.ui import ViewContext
from braggscope_plots.docks import DockView, Place


def create(context: ViewContext) -> DockView:
    """The dock as the host sees it."""

    def make() -> QWidget:
        from braggscope_divergence.dock import DivergenceDock

        return DivergenceDock(context)

    return DockView(Place("Divergence map", make))
