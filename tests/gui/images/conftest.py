"""A window that shows images."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.session.run()
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    return window
