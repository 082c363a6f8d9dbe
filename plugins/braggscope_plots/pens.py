"""Colours and line styles of a theme: roles differ in both."""

from __future__ import annotations

from html import escape
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
#: Pieces of lines in text.
_SAMPLES: Final[dict[Role, str]] = {
    "a": "<b>━━</b>",
    "b": "╌╌",
    "difference": "──",
    "rms": "┈┈",
}


def pen_of(role: Role, theme: Theme) -> QPen:
    """The pen of a curve; A is wide enough to be seen below the dashes of B."""
    color = {
        "a": theme.side_a,
        "b": theme.side_b,
        "difference": theme.text,
        "rms": theme.warn,
    }[role]
    pen = pg.mkPen(color, width=2 if role == "a" else 1, style=_STYLES[role])
    if role == "b":
        pen.setDashPattern([5.0, 4.0])
    return pen


def legend_text(role: Role, name: str, theme: Theme) -> str:
    """A curve's name beside a piece of its line, as rich text."""
    color = pen_of(role, theme).color().name()
    return f'<span style="color:{color}">{_SAMPLES[role]}</span> {escape(name)}'
