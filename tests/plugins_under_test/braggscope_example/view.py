"""The dock: where the cursor is."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from braggscope.ui import ViewContext
from braggscope_example.faults import fault_point

fault_point("view-import")


def create(context: ViewContext) -> CursorView:
    """The factory named by the plugin."""
    fault_point("view-factory")
    return CursorView(context)


class _CursorLabel(QLabel):
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        fault_point("view-paint")
        super().paintEvent(event)


class CursorView:
    """Shows the cursor's pixel."""

    def __init__(self, context: ViewContext) -> None:
        self._context = context
        self._label = _CursorLabel()
        self._label.setAccessibleName("cursor of the example plugin")
        context.cursor_moved.connect(self._show)
        self._show(context.cursor)

    def widget(self) -> QWidget:
        """The label."""
        fault_point("view-widget")
        return self._label

    def _show(self, pixel: object) -> None:
        fault_point("view-update")
        self._label.setText("no cursor" if pixel is None else f"cursor at {pixel}")
