"""Where zip files of evidence are unpacked: swept after a killed window, and said when full."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from braggscope.host.scratch_folder import sweep

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A zip file that is no evidence in itself: it is unpacked before that is known."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("{}")
    return Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "bundle"))


def load(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    evidence = window.files.evidence
    evidence.load(path)
    qtbot.waitUntil(lambda: not evidence.is_opening, timeout=20_000)


def test_what_a_killed_window_had_unpacked_is_swept(
    qtbot: QtBot, window: MainWindow, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    load(qtbot, window, packed)
    (living,) = scratch.iterdir()
    # What a killed window leaves: all of it, and a lock that nobody holds.
    dead = scratch / "braggscope-1-dead"
    shutil.copytree(living, dead)
    assert sweep(scratch) == [dead]
    assert living.exists()


def test_no_room_to_unpack_is_said_and_all_stays(
    qtbot: QtBot, window: MainWindow, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    load(qtbot, window, packed)
    assert window.message.isVisible()
    assert "nowhere" in window.message.text.text()
    assert window.files.evidence.opened is None
