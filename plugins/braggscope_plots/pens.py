"""Colours and line styles of a theme: roles differ in both."""

from __future__ import annotations

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from braggscope.ui.theme import Theme
from braggscope_plots.figure import Role

_STYLES: Final[dict[Role, Qt.PenStyle]] = {
    "a": Qt.PenStyle.SolidLine,
    "b": Qt.PenStyle.DashLine,
    "difference": Qt.PenStyle.SolidLine,
    "rms": Qt.PenStyle.DotLine,
}


def pen_of(role: Role, theme: Theme) -> QPen:
    """The pen of a curve. Lines one pixel wide: Qt takes fifty times as long for wider ones."""
    color = {
        "a": theme.side_a,
        "b": theme.side_b,
        "difference": theme.text,
        "rms": theme.warn,
    }[role]
    return pg.mkPen(color, width=1, style=_STYLES[role])
