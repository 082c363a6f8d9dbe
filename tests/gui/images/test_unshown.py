"""An image that cannot be prepared for the screen: said in its place, and nothing old shown."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.images import pyramids
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def hint_of(window: MainWindow, tile: str) -> str:
    return window.images.presenter.tile(tile).hint


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "not enough memory"), (ValueError("odd numbers"), "ValueError: odd numbers")],
)
def test_what_stands_against_it_is_said_in_its_place(
    shown: MainWindow,
    host: FakeHost,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    said: str,
) -> None:
    real = pyramids.build

    def build(data: Any, mask: Any, **kind: Any) -> Any:
        if kind.get("diverging") or data is host.runs[-1][1].result().data:
            raise error
        return real(data, mask, **kind)

    monkeypatch.setattr(pyramids, "build", build)
    before = shown.images.presenter.picture("A")
    shown.session.run(afresh=True)
    qtbot.waitUntil(lambda: said in hint_of(shown, "B"))
    qtbot.waitUntil(lambda: said in hint_of(shown, "D"))
    presenter = shown.images.presenter
    assert presenter.picture("B") is presenter.picture("D") is None
    assert presenter.picture("A") not in (None, before)
    monkeypatch.undo()
    shown.session.run(afresh=True)
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    assert not hint_of(shown, "B")
