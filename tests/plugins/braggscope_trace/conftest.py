"""The dock, in a window that is none."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import Any

import pytest

from braggscope_trace.view import PixelTraceWidget, create
from tests.plugins.braggscope_trace.trace_context import FakeContext


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


@pytest.fixture
def dock(qtbot: Any, context: FakeContext) -> PixelTraceWidget:
    widget = create(context).widget()
    assert isinstance(widget, PixelTraceWidget)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    widget.show()
    return widget
