"""The pixel to trace, typed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from braggscope.api import DetectorImage, Pixel, Provenance
from braggscope_trace.view import PixelTraceWidget
from tests.plugins.braggscope_trace.trace_context import FakeContext

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def test_go_to_moves_the_cursor_and_traces(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.picture = DetectorImage(np.zeros((10, 20)), None, Provenance(None))
    context.images_changed.emit()
    assert (dock.bar.slow_box.largest, dock.bar.fast_box.largest) == (9, 19)
    dock.bar.slow_box.setValue(3)
    dock.bar.fast_box.setValue(12)
    qtbot.keyClick(dock.bar.fast_box, Qt.Key.Key_Return)
    assert context.requests == [("cursor", Pixel(3, 12)), ("trace", Pixel(3, 12))]


@pytest.mark.parametrize(("typed", "said"), [("99999", "99999"), ("-5", "-5")])
def test_a_pixel_that_is_not_on_the_detector_is_refused(
    typed: str, said: str, dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.picture = DetectorImage(np.zeros((10, 20)), None, Provenance(None))
    context.images_changed.emit()
    box = dock.bar.slow_box
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert context.requests == []
    assert f"Slow {said} is not on the detector: 0 to 9." in dock.refusal.text()
    assert not dock.refusal.isHidden()
    box.setValue(3)
    box.stepBy(50)
    assert box.value() == 9
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert dock.refusal.isHidden()
    assert context.requests[0] == ("cursor", Pixel(9, 0))
