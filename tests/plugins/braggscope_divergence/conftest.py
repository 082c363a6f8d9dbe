"""The dock, in a window that is none."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braggscope_divergence.dock import DivergenceDock
from braggscope_divergence.place import create
from tests.plugins.braggscope_divergence.divergence_context import Context


@pytest.fixture
def context() -> Iterator[Context]:
    gc.disable()
    made = Context()
    made.show_images()
    yield made
    made.hold = False
    gc.enable()
    gc.collect()


@pytest.fixture
def dock(qtbot: QtBot, context: Context) -> Iterator[DivergenceDock]:
    place: Any = create(context).widget()
    qtbot.addWidget(place)
    place.resize(700, 260)
    place.show()
    qtbot.waitUntil(lambda: place.dock is not None)
    made: DivergenceDock = place.dock
    yield made
    made.surveyor.close()
