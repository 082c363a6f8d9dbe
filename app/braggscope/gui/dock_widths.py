"""Gives docks their width back when the window grows after having been too narrow for them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow


class DockWidths(QObject):
    """Remembers the widths that docks had at first, or were given by hand."""

    def __init__(self, window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
        super().__init__(window)
        self._window = window
        self._docks = list(docks)
        self._wanted: dict[QDockWidget, int] = {}
        self._at_press: dict[QDockWidget, int] = {}
        self._seen: int | None = None
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._settle)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and the mouse when it drags what is between docks."""
        if watched is self._window:
            if event.type() == QEvent.Type.Resize:
                self._later.start()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self._at_press = self._widths()
            elif event.type() == QEvent.Type.MouseButtonRelease:
                now = self._widths()
                dragged = (dock for dock, width in now.items() if width != self._at_press.get(dock))
                self._wanted.update((dock, now[dock]) for dock in dragged)
        return super().eventFilter(watched, event)

    def _widths(self) -> dict[QDockWidget, int]:
        return {dock: dock.width() for dock in self._docks}

    @Slot()
    def _settle(self) -> None:
        """The window has another width, and the docks have found their place in it."""
        width, before = self._window.width(), self._seen
        self._seen = width
        if before is None:
            self._wanted = self._widths()
        elif width >= before:
            narrow = [dock for dock in self._docks if self._is_too_narrow(dock)]
            sizes = [self._wanted[dock] for dock in narrow]
            self._window.resizeDocks(narrow, sizes, Qt.Orientation.Horizontal)

    def _is_too_narrow(self, dock: QDockWidget) -> bool:
        placed = dock.isVisible() and not dock.isFloating()
        return placed and dock.width() < self._wanted.get(dock, 0)
