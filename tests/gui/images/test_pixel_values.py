"""What pixels say: their numbers, and what stands for many of them."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.gui.window import MainWindow
from tests.gui.images.pointer import color_at

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_numbers_stand_in_pixels_that_are_large_enough(shown: MainWindow) -> None:
    canvas = shown.images.tiles["A"].canvas
    canvas.prepare()
    assert canvas.content._texts == [[]]
    shown.images.view_state.zoom(4 / 40, 7.5, 9.5)
    texts = canvas.content._texts[0]
    near = {item.text for item in texts}
    assert "1e6" in near
    assert all(item.box.width() >= 40 for item in texts)


def test_the_crosshair_strikes_no_numbers_through(shown: MainWindow) -> None:
    canvas = shown.images.tiles["A"].canvas
    beside = (7.5, 11.1)
    for share, is_struck in ((1.0, True), (4 / 40, False)):
        shown.images.view_state.zoom(share, 7.5, 9.5)
        shown.session.set_cursor(None)
        before = color_at(canvas, *beside)
        shown.session.set_cursor(Pixel(7, 9))
        assert (color_at(canvas, *beside) != before) == is_struck


def test_means_replace_the_most_telling_pixels_when_asked(shown: MainWindow, qtbot: QtBot) -> None:
    presenter = shown.images.presenter
    shown.actions_["mean"].trigger()
    qtbot.waitUntil(lambda: presenter.picture("A").mean)
    shown.actions_["mean"].trigger()
    assert not presenter.picture("A").mean
