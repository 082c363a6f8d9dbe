"""What tests of sessions do with a window."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow

LIMIT_MS = 120_000


def ran(qtbot: QtBot, window: MainWindow) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=LIMIT_MS)


def saved(qtbot: QtBot, window: MainWindow, path: Path) -> Path:
    window.sessions.write(path)
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert path.is_file(), window.message.text.text()
    return path


def loaded(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.sessions.load(path)
    qtbot.waitUntil(
        lambda: not window.sessions.is_busy and not window.session.is_busy, timeout=LIMIT_MS
    )
