"""Windows after the first one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost, FakeRegistry, small_experiment


@pytest.fixture
def another(qtbot: QtBot, own_settings: Path) -> Callable[[], MainWindow]:
    """Makes further windows, as the next start of the program would."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(FakeHost(), FakeRegistry())
        window.ask_about_edits = lambda parent, name: "discard"
        window.apply_theme("light")
        qtbot.addWidget(window)
        window.set_experiment(small_experiment())
        window.resize(1300, 800)
        window.show()
        qtbot.waitExposed(window)
        window.start()
        made.append(window)
        return window

    return make
