"""Images of more pixels than the screen: what is seen from near gets its own copy when wanted."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

_SIDE = 2400


@pytest.fixture
def large(window: MainWindow, host: FakeHost, qtbot: QtBot) -> MainWindow:
    host.shapes = {slot.engine: (_SIDE, _SIDE) for slot in window.session.slots}
    window.session.run()
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    return window


def extras(window: MainWindow) -> list[frozenset[str]]:
    pictures = (window.images.presenter.picture(tile) for tile in ("A", "B", "D"))
    return [frozenset() if picture is None else picture.extras for picture in pictures]


def is_fine(window: MainWindow) -> bool:
    """Whether neighbours on screen differ: in blocks of a coarser copy pairs are equal."""
    cut = window.images.tiles["A"].canvas.content._layers[0].cut_now()
    assert cut is not None
    across = cut.values[10]
    return len(np.unique(across)) == len(across)


def look_from(window: MainWindow, step: float) -> None:
    """Zoom to so many pixels of the image to one of the screen."""
    canvas = window.images.tiles["A"].canvas
    window.images.view_state.zoom(step / canvas.step, 1000.0, 1000.0)
    assert canvas.step == pytest.approx(step)


def test_a_finer_copy_is_made_when_images_are_seen_from_near(
    large: MainWindow, qtbot: QtBot
) -> None:
    canvas = large.images.tiles["A"].canvas
    assert canvas.step > 4
    assert extras(large) == [frozenset()] * 3
    look_from(large, 3.0)
    assert not is_fine(large)
    qtbot.waitUntil(lambda: extras(large) == [frozenset({"half"})] * 3)
    assert is_fine(large)


def test_means_from_near_come_by_themselves(large: MainWindow, qtbot: QtBot) -> None:
    large.images.presenter.set_mean(True)
    qtbot.waitUntil(lambda: extras(large) == [frozenset({"means"})] * 3)
    look_from(large, 2.5)
    qtbot.waitUntil(lambda: extras(large) == [frozenset({"means", "half_means"})] * 3)


def test_a_pair_that_comes_while_one_looks_from_near_has_it_at_once(
    large: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    look_from(large, 3.0)
    qtbot.waitUntil(lambda: extras(large) == [frozenset({"half"})] * 3)
    before = large.images.presenter.picture("B")
    large.session.run(afresh=True)
    qtbot.waitUntil(lambda: large.images.presenter.picture("B") is not before)
    fresh = large.images.presenter.picture("B")
    assert fresh is not None
    assert before is not None
    assert fresh.pyramid is not before.pyramid
    assert fresh.extras == {"half"}


def test_saved_pictures_are_as_fine_as_they_can_be(large: MainWindow) -> None:
    canvas = large.images.tiles["A"].canvas
    assert extras(large) == [frozenset()] * 3
    canvas.content.prepare_for_file(canvas.sight, canvas.step / 3.0)
    assert is_fine(large)
