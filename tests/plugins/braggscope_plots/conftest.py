"""Fixtures of the docks."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope_plots.dock import Dock
from tests.plugins.braggscope_plots.plots_context import (
    ALL,
    FakeContext,
    picture,
    settle,
)


@pytest.fixture
def context() -> Iterator[FakeContext]:
    """A pair and a cursor.

    Widgets in cycles are destroyed here and not in a plot's thread, as in the window itself.
    """
    gc.disable()
    made = FakeContext()
    made.pictures = {"A": picture(), "B": picture(1.1)}
    made.pixel = Pixel(12, 14)
    yield made
    gc.enable()
    gc.collect()


@pytest.fixture
def show(qtbot: QtBot, context: FakeContext) -> Iterator[Callable[[str], Any]]:
    # Qt deletes a window that nobody in Python holds.
    shown: list[tuple[QWidget, Dock]] = []

    def make(name: str) -> Any:
        place = ALL[name](context).widget()
        qtbot.addWidget(place)
        place.resize(720, 220)
        place.show()
        qtbot.waitUntil(lambda: place.dock is not None)
        dock = place.dock
        assert isinstance(dock, Dock)
        shown.append((place, dock))
        settle(qtbot, dock)
        return dock

    yield make
    for place, dock in shown:
        place.hide()
        qtbot.waitUntil(lambda d=dock: not d.is_busy)
