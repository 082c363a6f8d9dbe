"""The experiment in the window and its file: title, mark of edits, saving, questions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from braggscope.experiment.toml import load_experiment, save_experiment
from braggscope.gui.experiment_panel.paste_dialog import PasteDialog
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from tests.gui.conftest import opened
from tests.gui.fake_host import FakeHost, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    save_experiment(small_experiment(), path)
    return path


def looks_alarming(bar: QWidget) -> bool:
    """Whether the frame, half-way up its left edge, is red."""
    colour = bar.grab().toImage().pixelColor(0, bar.height() // 2)
    return colour.red() > colour.blue() + 60


def wavelength(window: MainWindow) -> QLineEdit:
    editor = window.experiment.form.row("beam.wavelength_A").focus_widget()
    assert isinstance(editor, QLineEdit)
    return editor


def type_wavelength(qtbot: QtBot, window: MainWindow, text: str) -> None:
    editor = wavelength(window)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)


def test_f5_runs_what_was_typed_just_before(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    type_wavelength(qtbot, window, "1.5")
    window.actions_["run"].trigger()
    assert host.runs[-1][0].experiment.beam.wavelength_A == 1.5


def test_f5_runs_a_form_that_was_put_right_just_before(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    type_wavelength(qtbot, window, "-1")
    window.actions_["run"].trigger()
    assert window.session.slot("A").phase is Phase.FAILED
    type_wavelength(qtbot, window, "1.25")
    window.actions_["run"].trigger()
    assert host.runs[-1][0].experiment.beam.wavelength_A == 1.25


def test_return_ends_an_edit(window: MainWindow, qtbot: QtBot) -> None:
    type_wavelength(qtbot, window, "1.75")
    assert window.session.experiment.beam.wavelength_A == 1.0
    qtbot.keyClick(wavelength(window), Qt.Key.Key_Return)
    assert window.session.experiment.beam.wavelength_A == 1.75


def test_an_edit_marks_the_title_and_taking_it_back_unmarks_it(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    opened(qtbot, window, mine)
    assert window.windowTitle() == "mine.toml[*] – Braggscope"
    assert not window.isWindowModified()
    type_wavelength(qtbot, window, "1.5")
    window.experiment.settle()
    assert window.isWindowModified()
    type_wavelength(qtbot, window, "1")
    window.experiment.settle()
    assert not window.isWindowModified()
    type_wavelength(qtbot, window, "nonsense")
    window.experiment.settle()
    assert window.isWindowModified()


def test_ctrl_z_brings_back_what_the_file_said(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    save_experiment(small_experiment().with_override("beam.wavelength_A", 0.9795), mine)
    opened(qtbot, window, mine)
    window.experiment.form.row("beam.wavelength_A").reset.click()
    assert wavelength(window).text() == "1"
    qtbot.keyClick(wavelength(window), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert wavelength(window).text() == "0.9795"
    assert not window.isWindowModified()
    window.actions_["redo"].trigger()
    assert wavelength(window).text() == "1"
    assert window.session.experiment.beam.wavelength_A == 1.0


def test_undo_takes_back_whole_numbers_and_stops_at_the_file(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    opened(qtbot, window, mine)
    type_wavelength(qtbot, window, "1.2345")
    window.experiment.form.row("detector.curved").box.click()
    window.actions_["undo"].trigger()
    assert not window.experiment.experiment().detector.curved
    assert window.experiment.experiment().beam.wavelength_A == 1.2345
    window.actions_["undo"].trigger()
    assert window.experiment.experiment() == load_experiment(mine)
    window.actions_["undo"].trigger()
    assert "Nothing to undo" in window.status.currentMessage()
    assert window.experiment.experiment() == load_experiment(mine)


def test_save_writes_to_the_file_that_was_opened(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    opened(qtbot, window, mine)
    type_wavelength(qtbot, window, "1.5")
    window.actions_["save"].trigger()
    assert load_experiment(mine).beam.wavelength_A == 1.5
    assert not window.isWindowModified()
    assert "Saved" in window.status.currentMessage()


def test_the_example_is_never_saved_to_its_own_place(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    opened(qtbot, window)
    assert window.windowTitle().startswith("lysozyme.toml")
    target = tmp_path / "copy.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.actions_["save"].trigger()
    assert target.is_file()
    assert window.windowTitle().startswith("copy.toml")
    assert window.document.path == target


def test_a_pasted_command_line_belongs_to_no_file(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    opened(qtbot, window, mine)
    window.experiment.paste_command_line()
    (dialog,) = window.experiment.findChildren(PasteDialog)
    dialog.editor.setPlainText("-cell 90 90 90 90 90 90 -default_F 10 -N 3 -lambda 1.2")
    qtbot.waitUntil(dialog.apply_button.isEnabled)
    dialog.accept()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Untitled"))
    assert window.isWindowModified()
    assert window.document.path is None


@pytest.mark.parametrize("answer", ["save", "discard", "cancel"])
def test_pasting_over_edits_asks(window: MainWindow, mine: Path, qtbot: QtBot, answer: str) -> None:
    opened(qtbot, window, mine)
    type_wavelength(qtbot, window, "1.5")
    asked = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or answer
    window.experiment.paste_command_line()
    (dialog,) = window.experiment.findChildren(PasteDialog)
    dialog.editor.setPlainText("-cell 90 90 90 90 90 90 -default_F 10 -N 3 -lambda 1.2")
    qtbot.waitUntil(dialog.apply_button.isEnabled)
    dialog.apply_button.click()
    assert asked == ["mine.toml"]
    kept = answer == "cancel"
    assert window.experiment.experiment().beam.wavelength_A == (1.5 if kept else 1.2)
    assert dialog.isVisible() == kept
    assert load_experiment(mine).beam.wavelength_A == (1.5 if answer == "save" else 1.0)
    window.ask_about_edits = lambda parent, name: "discard"
    dialog.reject()


@pytest.mark.parametrize("answer", ["save", "discard", "cancel"])
def test_quitting_with_edits_asks(
    window: MainWindow, host: FakeHost, mine: Path, qtbot: QtBot, answer: str
) -> None:
    opened(qtbot, window, mine)
    type_wavelength(qtbot, window, "1.5")
    asked = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or answer
    window.close()
    assert asked == ["mine.toml"]
    assert host.closed == (answer != "cancel")
    assert load_experiment(mine).beam.wavelength_A == (1.5 if answer == "save" else 1.0)
    window.ask_about_edits = lambda parent, name: "discard"


def test_opening_another_file_asks(window: MainWindow, mine: Path, qtbot: QtBot) -> None:
    type_wavelength(qtbot, window, "1.5")
    window.ask_about_edits = lambda parent, name: "cancel"
    opened(qtbot, window, mine)
    assert window.session.experiment.beam.wavelength_A == 1.5
    window.ask_about_edits = lambda parent, name: "discard"
    opened(qtbot, window, mine)
    assert window.session.experiment.beam.wavelength_A == 1.0


def test_overrides_that_stay_are_named_when_a_file_is_opened(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    slot = window.session.slot("B")
    window.session.edit(slot.id, overrides=("beam.wavelength_A*=1.1",))
    opened(qtbot, window, mine)
    assert "overrides of the runs stay (B: beam.wavelength_A*=1.1)" in (
        window.status.currentMessage()
    )


def test_what_is_typed_while_a_file_is_read_is_not_lost_unasked(
    window: MainWindow, mine: Path, qtbot: QtBot
) -> None:
    window.files.load(mine)
    type_wavelength(qtbot, window, "1.5")
    asked = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or "cancel"
    qtbot.waitUntil(lambda: not window.files.is_opening)
    assert len(asked) == 1
    assert window.session.experiment.beam.wavelength_A == 1.5
    window.ask_about_edits = lambda parent, name: "discard"


def test_a_run_waits_for_the_file_that_is_being_opened(
    window: MainWindow, host: FakeHost, mine: Path, qtbot: QtBot
) -> None:
    window.session.edit(window.session.slot("B").id, overrides=())
    window.files.load(mine)
    for _ in range(3):
        window.actions_["run"].trigger()
    assert not host.runs
    qtbot.waitUntil(lambda: bool(host.runs))
    assert [run.experiment for run, _, _ in host.runs] == [load_experiment(mine)] * 2


def test_a_run_that_waits_for_a_file_is_off_when_the_file_is_refused(
    window: MainWindow, host: FakeHost, tmp_path: Path, qtbot: QtBot
) -> None:
    empty = tmp_path / "empty.toml"
    empty.touch()
    window.files.load(empty)
    window.actions_["run"].trigger()
    qtbot.waitUntil(window.message.isVisible)
    assert not window.files.is_opening
    assert not host.runs


def test_what_an_import_means_and_loses_is_said(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    model = tmp_path / "model.pdb"
    model.write_text(
        "CRYST1   20.000   20.000   20.000  90.00  90.00  90.00 P 1           1\n"
        "ATOM      1  C   ALA A   1       1.000   2.000   3.000  1.00 10.00           C\n"
    )
    opened(qtbot, window, model)
    assert "Opened model.pdb" in window.message.text.text()
    assert window.message.isVisible()
    assert not looks_alarming(window.message)
    window.show_problem(RuntimeError("now something is wrong"))
    assert looks_alarming(window.message)
    assert window.document.path is None
