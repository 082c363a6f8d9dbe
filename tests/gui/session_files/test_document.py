"""The session as the window's document: its title, its edits, where Save puts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.experiment.toml import load_experiment, save_experiment
from braggscope.gui.window import MainWindow
from braggscope.session_files.session_file import read_session
from tests.gui.conftest import opened
from tests.gui.fake_host import small_experiment
from tests.gui.session_files.steps import LIMIT_MS, loaded, saved

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


def test_saving_keeps_the_edits_and_saves_to_the_same_file_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    assert window.isWindowModified()
    path = tmp_path / "mine.session.h5"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine.session"), "")
    )
    window.actions_["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert not window.isWindowModified()
    assert "Saved" in window.status.currentMessage()
    assert window.windowTitle() == "mine[*] – Braggscope"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked again"))
    window.session.set_cursor(Pixel(2, 3))
    window.actions_["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert read_session(path).saved.cursor == (2, 3)


def test_edits_are_asked_about_before_a_session_takes_their_place(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(edited)
    asked: list[str] = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or "cancel"  # type: ignore[func-returns-value,return-value]
    loaded(qtbot, window, path)
    assert len(asked) == 1
    assert window.session.experiment == edited
    window.ask_about_edits = lambda parent, name: "discard"
    loaded(qtbot, window, path)
    assert window.session.experiment == small_experiment()


@pytest.mark.parametrize("fails", [False, True])
def test_closing_saves_the_session_that_the_title_names(
    fails: bool,
    window: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    asked: list[str] = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or "save"  # type: ignore[func-returns-value,return-value]
    if fails:
        path.unlink()
        path.mkdir()
    window.close()
    assert asked == ["a.session.h5"]
    assert window.isVisible() is fails
    if fails:
        assert "cannot write" in window.message.text.text().lower()
        window.ask_about_edits = lambda parent, name: "discard"
    else:
        found = read_session(path).saved.experiment
        assert found is not None
        assert found.beam.wavelength_A == 1.5


def test_save_experiment_still_writes_its_toml(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    toml = tmp_path / "mine.toml"
    save_experiment(small_experiment(), toml)
    opened(qtbot, window, toml)
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    other.actions_["save"].trigger()
    assert load_experiment(toml).beam.wavelength_A == 1.5
