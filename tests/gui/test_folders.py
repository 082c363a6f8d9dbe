"""File dialogs begin where the user was last, or where the window was started."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.gui.folders import Folders
from braggscope.gui.layout_memory import LayoutMemory


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder, where programs start that were chosen from a menu."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.chdir(folder)
    return folder


def test_started_from_a_menu_they_begin_where_the_last_window_was(
    home: Path, tmp_path: Path
) -> None:
    used = tmp_path / "measured"
    used.mkdir()
    first = Folders(LayoutMemory())
    assert first.of("images") == home
    first.keep("images", used)
    again = Folders(LayoutMemory())
    assert again.of("images") == used
    assert again.of("sessions") == home
    used.rmdir()
    assert again.of("images") == home


def test_started_from_a_terminal_they_begin_there_until_another_is_used(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, project = tmp_path / "old", tmp_path / "project"
    old.mkdir()
    project.mkdir()
    Folders(LayoutMemory()).keep("logs", old)
    monkeypatch.chdir(project)
    folders = Folders(LayoutMemory())
    assert folders.of("logs") == project
    folders.keep("logs", Path("../old"))
    assert folders.of("logs").samefile(old)


def test_a_folder_that_is_gone_is_no_trouble(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert Folders(LayoutMemory()).of("pictures") == home
