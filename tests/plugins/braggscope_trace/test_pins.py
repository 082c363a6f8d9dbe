"""Pinned pixels side by side, and the asymmetry of their factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from braggscope.api import DetectorImage, Provenance
from braggscope.ui import Pin, PinsState
from braggscope_trace.view import PixelTraceWidget
from tests.plugins.braggscope_trace.trace_context import FakeContext, traced

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def test_four_pixels_are_found_pinned_and_shown_side_by_side(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    data = np.ones((20, 30))
    data[4, 6], data[15:, :8] = 50.0, 0.0
    context.picture = DetectorImage(data, None, Provenance(None))
    context.images_changed.emit()
    dock.bar.pages["pins"].click()
    assert "No pixel is pinned yet" in dock.pins.pins.message.text()
    dock.pins.four_button.click()
    qtbot.waitUntil(lambda: bool(context.pins.pins))
    assert [(pin.name, pin.pixel) for pin in context.pins.pins][:3] == [
        ("peak", (4, 6)),
        ("edge", (10, 29)),
        ("corner", (19, 29)),
    ]
    assert "Tracing 4 pixels" in dock.pins.pins.message.text()
    done = tuple(Pin(pin.name, pin.pixel, traced(4).comparison) for pin in context.pins.pins)
    context.show_pins(PinsState(done))
    assert dock.pins.pins.has_table
    headers = dock.pins.pins.table.table.headers
    assert headers[:3] == ("Variable", "peak A\n4, 6", "peak B\n4, 6")
    assert dock.pins.pins.summary.text() == (
        "distance_in_m differs first in peak, edge, corner and background."
    )
    dock.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 1 + 7
    assert copied[0].startswith("Stage\tVariable\tpeak A 4, 6")
    dock.pins.clear_button.click()
    assert context.pins.pins == ()


def test_the_traced_pixel_is_pinned_and_outdated_pins_can_be_traced_again(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    dock.pins.pin_action.trigger()
    assert [(pin.name, pin.pixel) for pin in context.pins.pins] == [("", (5, 7))]
    assert dock.page_name == "pins"
    context.show_pins(PinsState(context.pins.pins))
    assert "A or B changed" in dock.pins.pins.message.text()
    dock.pins.again_button.click()
    assert context.pins.running


def test_the_asymmetry_page_holds_an_edge_beside_the_centre(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.picture = DetectorImage(np.ones((20, 30)), None, Provenance(None))
    context.images_changed.emit()
    context.show_state(traced())
    dock.bar.pages["asymmetry"].click()
    page = dock.pins.asymmetry
    first = page.table.table.sections[0]
    assert first.title == "Factors of the pixel"
    assert [line.text(1) for line in first.lines] == ["traced (5, 7)"] * 2
    assert [line.text(2) for line in first.lines] == ["A", "B"]
    assert float(first.lines[0].text(3)) == pytest.approx(0.1 / 1.05, abs=1e-4)
    dock.pins.centre_button.click()
    assert [pin.name for pin in context.pins.pins] == ["centre", "edge", "corner"]
    dock.copy_all("csv")
    assert QGuiApplication.clipboard().text().startswith("Stage,Variable,Pixel,,Asymmetry")
