"""Files that cannot be read or written: it is told, and everything stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost
from tests.gui.session_files.steps import LIMIT_MS, loaded, ran, saved

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "missing"])
def test_a_bad_file_leaves_everything_as_it_was(
    damage: str, window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    body = path.read_bytes()
    bad = {
        "cut": body[: len(body) // 2],
        "flipped": body[:999] + bytes([body[999] ^ 1]) + body[1000:],
        "empty": b"",
        "foreign": b"no HDF5",
        "missing": b"",
    }[damage]
    path = tmp_path / "bad.session.h5"
    if damage != "missing":
        path.write_bytes(bad)
    before = (window.session.slots, window.session.experiment, window.windowTitle())
    loaded(qtbot, window, path)
    assert window.message.isVisible()
    assert "bad.session.h5" in window.message.text.text()
    assert (window.session.slots, window.session.experiment, window.windowTitle()) == before
    assert len(host.analyses) == 1


def test_a_place_that_cannot_be_written_is_told(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.sessions.write(tmp_path / "missing" / "a.session.h5")
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert "cannot write" in window.message.text.text().lower()
    assert window.document.session is None
