"""What is saved never takes the place of another file unasked, whatever suffix was not typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from braggscope.gui.evidence.export_dialog import ExportDialog
from braggscope.gui.exporting import ExportDialog as ExportImageDialog
from braggscope.gui.window import MainWindow
from braggscope.ui.saving import ask_where
from braggscope_divergence.dock import ask_path as ask_map
from braggscope_plots.saving import ask_path as ask_plot

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]

OLD = "somebody's work"


class User:
    """Types names, and says whether a file may be replaced.

    Attributes:
        asked: the names of the files that were asked about.
        proposals: the names that the questions where to save came with.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.types: list[str] = []
        self.kind = ""
        self.replaces = False
        self.asked: list[str] = []
        self.proposals: list[str] = []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._type)
        monkeypatch.setattr(QMessageBox, "warning", self._answer)

    def _type(self, parent: QWidget, title: str, proposal: str, kinds: str) -> tuple[str, str]:
        self.proposals.append(proposal)
        return (self.types.pop(0), self.kind) if self.types else ("", "")

    def _answer(self, parent: QWidget, title: str, text: str, *_: object) -> object:
        self.asked.append(text.split()[0])
        buttons = QMessageBox.StandardButton
        return buttons.Yes if self.replaces else buttons.No


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> User:
    return User(monkeypatch)


def save_evidence(window: MainWindow) -> None:
    window.actions_["export_evidence"].trigger()
    dialog = window.findChildren(ExportDialog)[-1]
    dialog.export_button.click()


def save_image(window: MainWindow) -> None:
    window.actions_["export_image"].trigger()
    window.findChildren(ExportImageDialog)[-1].accept()


@pytest.mark.parametrize(
    ("save", "name"),
    [
        (lambda window: window.actions_["save_session_as"].trigger(), "mine.session.h5"),
        (lambda window: window.actions_["save_as"].trigger(), "mine.toml"),
        (lambda window: window.files.save_png("A"), "mine.png"),
        (lambda window: window.actions_["save_view"].trigger(), "mine.png"),
        (save_image, "mine.h5"),
        (save_evidence, "mine.zip"),
        (lambda window: ask_map(window, "svg"), "mine.svg"),
        (lambda window: ask_plot(window, "Profile", "csv"), "mine.csv"),
    ],
)
def test_a_file_stays_that_the_suffix_would_have_replaced(
    save: Callable[[MainWindow], object],
    name: str,
    window: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    user: User,
) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None)
    target = tmp_path / name
    target.write_text(OLD)
    user.types = [str(tmp_path / "mine")]
    save(window)
    assert user.asked == [name]
    # No leads back to the first question, where that name is proposed to be changed.
    assert user.proposals[-1] == str(target)
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert target.read_text() == OLD


def test_a_session_replaces_a_file_where_the_user_says_so(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, user: User
) -> None:
    target = tmp_path / "mine.session.h5"
    target.write_text(OLD)
    user.types, user.replaces = [str(tmp_path / "mine")], True
    window.actions_["save_session_as"].trigger()
    qtbot.waitUntil(lambda: window.document.session == target)
    assert target.read_bytes().startswith(b"\x89HDF")


def test_qt_has_asked_about_the_name_that_was_typed(
    qtbot: QtBot, tmp_path: Path, user: User
) -> None:
    target = tmp_path / "mine.png"
    target.write_text(OLD)
    user.types = [str(target)]
    parent = QWidget()
    qtbot.addWidget(parent)
    assert ask_where(parent, "Save", "a.png", "PNG (*.png)") == target
    assert user.asked == []


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("mine", "", "mine.png"),
        ("mine", "SVG (*.svg)", "mine.svg"),
        ("mine", "All files (*)", "mine.png"),
        ("mine.pdf", "SVG (*.svg)", "mine.pdf"),
    ],
)
def test_a_name_without_a_suffix_gets_that_of_the_chosen_kind(
    typed: str, kind: str, name: str, qtbot: QtBot, tmp_path: Path, user: User
) -> None:
    user.types, user.kind = [str(tmp_path / typed)], kind
    parent = QWidget()
    qtbot.addWidget(parent)
    kinds = "PNG (*.png);;SVG (*.svg);;All files (*)"
    assert ask_where(parent, "Save", "a.png", kinds) == tmp_path / name
