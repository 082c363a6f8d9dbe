"""What happens while a session is being written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braggscope.experiment.toml import save_experiment
from braggscope.gui.session_files import commands
from braggscope.gui.window import MainWindow
from tests.gui.conftest import opened
from tests.gui.fake_host import small_experiment

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def test_what_is_opened_meanwhile_does_not_become_the_session(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next Save would overwrite the session with it."""
    go, write = threading.Event(), commands.write_session

    def slow(*arguments: Any, **more: Any) -> Any:
        assert go.wait(60)
        return write(*arguments, **more)

    monkeypatch.setattr(commands, "write_session", slow)
    other = tmp_path / "other.toml"
    save_experiment(small_experiment().with_override("beam.wavelength_A", 2.5), other)
    session = tmp_path / "mine.session.h5"
    window.sessions.write(session)
    opened(qtbot, window, other)
    go.set()
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert session.exists()
    assert window.document.path == other
    assert window.document.session is None
