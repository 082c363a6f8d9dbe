"""Windows are tested offscreen, with settings of their own."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost, FakeRegistry, small_experiment


def opened(qtbot: QtBot, window: MainWindow, path: Path | None = None) -> None:
    """Open a file, or the example, and wait for it."""
    if path is None:
        window.files.open_example()
    else:
        window.files.load(path)
    qtbot.waitUntil(lambda: not window.files.is_opening)


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and layouts of this test alone."""
    folder = tmp_path / "configuration"
    folder.mkdir()
    monkeypatch.setenv("BRAGGSCOPE_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def plain_style() -> Iterator[None]:
    """Neither windows nor their style sheet, the application's, reach the tests that follow.

    Garbage is collected here and not in the threads of a test, as in the window itself.
    """
    gc.disable()
    yield
    gc.enable()
    application = QApplication.instance()
    if isinstance(application, QApplication):
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        application.setStyleSheet("")


@pytest.fixture
def host() -> FakeHost:
    """A host whose jobs end at once."""
    return FakeHost()


@pytest.fixture
def registry() -> FakeRegistry:
    """Two engines, two metrics, two maps, no views."""
    return FakeRegistry()


@pytest.fixture
def window(
    qtbot: QtBot, host: FakeHost, registry: FakeRegistry, own_settings: Path
) -> Iterator[MainWindow]:
    """A window with the fake host, on screen and started."""
    made = MainWindow(host, registry)
    made.ask_about_edits = lambda parent, name: "discard"
    made.apply_theme("light")
    qtbot.addWidget(made)
    made.set_experiment(small_experiment())
    made.resize(1300, 800)
    made.show()
    qtbot.waitExposed(made)
    made.start()
    yield made
    made.close()
    gc.collect()
