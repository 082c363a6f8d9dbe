"""Fixtures of the docks."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
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
    shown: list[Dock] = []

    def make(name: str) -> Any:
        dock = ALL[name](context).widget()
        assert isinstance(dock, Dock)
        qtbot.addWidget(dock)
        dock.resize(720, 220)
        dock.show()
        shown.append(dock)
        settle(qtbot, dock)
        return dock

    yield make
    for dock in shown:
        dock.hide()
        qtbot.waitUntil(lambda d=dock: not d.is_busy)
