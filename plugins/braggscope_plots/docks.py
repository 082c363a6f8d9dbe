"""The factories of the docks: empty places that are filled when they are first seen.

A window makes all its docks when it starts; most of them are looked at later, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from braggscope.ui import ViewContext

if TYPE_CHECKING:
    from braggscope_plots.dock import Dock


class Place(QWidget):
    """Where a dock will be.

    Attributes:
        dock: None before it was first seen.
    """

    def __init__(self, title: str, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.dock: QWidget | None = None
        self._make = make
        self._wanted: Mapping[str, Any] = {}
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    def save_state(self) -> Mapping[str, Any]:
        """What is chosen in the dock, or will be once it is there."""
        saved = getattr(self.dock, "save_state", None)
        return self._wanted if saved is None else saved()

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that in the dock, now or once it is there."""
        self._wanted = state
        if (restore := getattr(self.dock, "restore_state", None)) is not None:
            restore(state)

    def showEvent(self, event: QShowEvent) -> None:
        """Fill it, once what is shown now has been painted."""
        super().showEvent(event)
        if self.dock is None:
            QTimer.singleShot(0, self._fill)

    @Slot()
    def _fill(self) -> None:
        layout = self.layout()
        if self.dock is None and layout is not None and self.isVisible():
            self.dock = self._make()
            layout.addWidget(self.dock)
            self.setFocusProxy(self.dock)
            self.restore_state(self._wanted)


class DockView:
    """A dock as the host sees it."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def widget(self) -> QWidget:
        """The widget to show."""
        return self._place

    def save_state(self) -> Mapping[str, Any]:
        """What is chosen in it."""
        return self._place.save_state()

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that again."""
        self._place.restore_state(state)


def histogram(context: ViewContext) -> DockView:
    """Histogram of A and B."""
    return _curves(context, "Histogram", "HISTOGRAM")


def profile(context: ViewContext) -> DockView:
    """Values along a line, a row or a column."""
    return _curves(context, "Line profile", "PROFILE")


def radial(context: ViewContext) -> DockView:
    """Means over resolution rings."""
    return _curves(context, "Radial mean", "RADIAL")


def relative(context: ViewContext) -> DockView:
    """Distribution of the relative difference."""
    return _curves(context, "Relative difference", "RELATIVE")


def scatter(context: ViewContext) -> DockView:
    """A against B."""

    def make() -> Dock:
        from braggscope_plots.scatter_dock import ScatterDock

        return ScatterDock(context)

    return DockView(Place("A against B", make))


def peaks(context: ViewContext) -> DockView:
    """Bragg peaks with their sums in A and B."""

    def make() -> Dock:
        from braggscope_plots.peaks_dock import PeaksDock

        return PeaksDock(context)

    return DockView(Place("Bragg peaks", make))


def _curves(context: ViewContext, title: str, kind: str) -> DockView:
    def make() -> Dock:
        from braggscope_plots import plots
        from braggscope_plots.plot_dock import FigureDock

        return FigureDock(context, getattr(plots, kind))

    return DockView(Place(title, make))
