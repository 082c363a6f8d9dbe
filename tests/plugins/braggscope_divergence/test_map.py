"""The map in the dock and over the images: where what differs first, turned as they are."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from braggscope.api import Line, Marks, Pixel
from braggscope.ui.view_state import Directions
from braggscope_divergence.dock import DivergenceDock
from tests.plugins.braggscope_divergence.divergence_context import Context, grabbed, surveyed

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_the_map_shows_each_fault_where_it_is(qtbot: QtBot, dock: DivergenceDock) -> None:
    surveyed(qtbot, dock)
    chart = dock.map
    for pixel, outcome in (
        (Pixel(5, 5), "omega_now"),
        (Pixel(50, 45), "polar_now"),
        (Pixel(50, 5), "agrees"),
    ):
        sample = chart.sample_at(chart.place_of(pixel))
        assert sample is not None
        assert sample.outcome == outcome
    # Three areas of three colours.
    picture = grabbed(qtbot, dock)
    places = [chart.place_of(Pixel(s, f)) for s, f in ((7, 13), (52, 41), (52, 9))]
    nearby = [
        {picture.pixelColor(p.toPoint() + QPoint(i, j)).name() for i in range(-6, 7, 3)
         for j in range(-6, 7, 3)}
        for p in places
    ]  # fmt: skip
    assert not nearby[0] & nearby[1] & nearby[2]


def test_a_map_of_another_size_is_there_at_once_and_soon_sharp(
    qtbot: QtBot, dock: DivergenceDock
) -> None:
    surveyed(qtbot, dock)
    before = grabbed(qtbot, dock)
    dock.map.resize(dock.map.width() + 60, dock.map.height() + 40)
    chart, pixel = dock.map, Pixel(5, 5)
    at_once = chart.grab().toImage()
    assert at_once.size() != before.size()
    assert len({at_once.pixelColor(x, at_once.height() // 2).name() for x in range(200)}) > 5
    place = chart.place_of(Pixel(50, 9)).toPoint()
    assert grabbed(qtbot, dock).pixelColor(place) != chart.palette().window().color()
    found = chart.sample_at(chart.place_of(pixel))
    assert found is not None
    assert found.outcome == "omega_now"


def test_a_click_in_the_map_traces_the_pixel_or_the_sample_beside_it(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    sample = dock.surveyor.state.found.samples[0]
    beside = dock.map.place_of(sample.pixel).toPoint() + QPoint(1, 1)
    qtbot.mouseClick(dock.map, Qt.MouseButton.LeftButton, pos=beside)
    assert dock.map.sample_at(dock.map.place_of(context.traced[-1])) is not None
    assert context.traced[-1] in dock.surveyor.state.found.pixels
    qtbot.mouseDClick(dock.map, Qt.MouseButton.LeftButton, pos=beside)
    assert context.shown == ["pixel-trace"]
    count = len(context.traced)
    qtbot.mouseClick(dock.map, Qt.MouseButton.LeftButton, pos=QPoint(1, dock.map.height() // 2))
    assert len(context.traced) == count


def test_the_keyboard_walks_from_sample_to_sample(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    context.traced.append(Pixel(0, 0))
    context.set_cursor(Pixel(0, 0))
    qtbot.keyClick(dock.map, Qt.Key.Key_Down)
    assert context.traced[-1].slow > 0
    assert context.traced[-1] in dock.surveyor.state.found.pixels
    qtbot.keyClick(dock.map, Qt.Key.Key_Return)
    assert context.shown == ["pixel-trace"]


def test_the_map_is_drawn_over_the_images_with_names(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    dock.controls.over_box.setChecked(True)
    items = context.over["divergence-map"]
    borders = [item for item in items if isinstance(item, Line)]
    assert len(borders) == 1
    corners = borders[0].points[~np.isnan(borders[0].points[:, 0])]
    # Refined, the border between the halves is found to a pixel or two.
    upper = corners[corners[:, 1] < 20]
    assert np.all(np.abs(upper[:, 0] - 30) < 3)
    names = {label for item in items if isinstance(item, Marks) for label in item.labels}
    assert names == {"omega_now", "polar_now"}
    dock.controls.over_box.setChecked(False)
    assert not context.over["divergence-map"]


@pytest.mark.parametrize("directions", [(False, True), (True, False), (True, True)])
def test_the_map_is_turned_as_the_images_are(
    qtbot: QtBot, dock: DivergenceDock, context: Context, directions: tuple[bool, bool]
) -> None:
    surveyed(qtbot, dock)
    view = dock.map
    frame, before = view.frame, grabbed(qtbot, dock)
    turned = Directions(*directions)
    context.turned = turned
    context.directions_changed.emit()
    corner = view.place_of(Pixel(0, 0))
    assert (corner.y() > frame.center().y()) is turned.slow_up
    assert (corner.x() > frame.center().x()) is turned.fast_left
    for pixel in (Pixel(0, 0), Pixel(59, 0), Pixel(13, 37)):
        assert view.pixel_at(view.place_of(pixel)) == pixel
    # The upper half is of another colour than the lower left, away from marks and borders.
    kind = {tuple(sample.pixel): sample.outcome for sample in dock.surveyor.state.found.samples}
    assert len(set(kind.values())) == 3
    after = grabbed(qtbot, dock)
    width, height = after.width() - 1, after.height() - 1
    same = [
        after.pixelColor(x, y)
        == before.pixelColor(
            width - x if turned.fast_left else x, height - y if turned.slow_up else y
        )
        for x in range(int(frame.left()) + 2, int(frame.right()) - 2, 3)
        for y in range(int(frame.top()) + 2, int(frame.bottom()) - 2, 3)
    ]
    assert sum(same) > 0.8 * len(same)


def test_arrow_keys_follow_the_screen_when_the_map_is_turned(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    context.turned = Directions(slow_up=True, fast_left=True)
    context.directions_changed.emit()
    dock.map.show_cursor(Pixel(30, 25))
    qtbot.keyClick(dock.map, Qt.Key.Key_Down)
    assert context.traced[-1].slow < 30
    dock.map.show_cursor(Pixel(30, 25))
    qtbot.keyClick(dock.map, Qt.Key.Key_Right)
    assert context.traced[-1].fast < 25
