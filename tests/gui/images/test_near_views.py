"""Images of more pixels than the screen: what is seen from near gets its own copy when wanted."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from braggscope.io import pyramid
from braggscope.io.reducing import Reducer
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


def test_finer_copies_are_made_outside_the_windows_thread(
    large: MainWindow, host: FakeHost, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()
    for name in ("fill", "band"):
        real = getattr(Reducer, name)

        def noted(*arguments: Any, real: Any = real) -> Any:
            threads.add(threading.current_thread().name)
            return real(*arguments)

        monkeypatch.setattr(Reducer, name, noted)
    real_means = pyramid.means

    def noted_means(*arguments: Any) -> Any:
        threads.add(threading.current_thread().name)
        return real_means(*arguments)

    monkeypatch.setattr(pyramid, "means", noted_means)
    look_from(large, 3.0)
    large.session.run(afresh=True)
    # Asked for while the pair is built.
    large.images.presenter.set_mean(True)
    qtbot.waitUntil(lambda: all({"means", "half_means"} <= found for found in extras(large)))
    assert threads
    assert threading.main_thread().name not in threads


def test_what_cannot_be_made_finer_is_asked_for_once_and_stays_coarse(
    large: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def make(self: pyramid.Pyramid, extras: Any) -> None:
        asked.append(self)
        raise MemoryError

    monkeypatch.setattr(pyramid.Pyramid, "make", make)
    look_from(large, 3.0)
    qtbot.waitUntil(lambda: len(asked) == 3)
    for _ in range(5):
        large.images.view_state.pan(10.0, 10.0)
        qtbot.wait(20)
    assert len(asked) == 3
    assert large.images.tiles["A"].canvas.has_image
    assert not is_fine(large)
    large.images.presenter.set_mean(True)
    assert large.images.presenter.picture("A").mean is False


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
