"""Rows, overrides and the verdict in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPlainTextEdit
from pytestqt.qtbot import QtBot

from braggscope.api import EngineFailed, Pixel
from braggscope.experiment.files import sha256_of
from braggscope.gui.messages import ErrorDialog
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost, FakeRegistry, small_experiment

pytestmark = [
    pytest.mark.gui,
    # Qt says so of windows and of what completes a text, on the platform "offscreen".
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def test_f5_leads_to_a_verdict(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")
    assert window.agreement.sign.text() == "✓"
    assert window.agreement.table.rowCount() == 2
    window.agreement.table.cellClicked.emit(1, 3)
    assert window.workspace.cursor == Pixel(7, 9)
    assert "Largest |B−A|" in window.agreement.table.as_text()


def test_a_wrong_override_is_explained_below_its_field(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    editor = window.runs.cards[2].overrides
    editor.add("")
    line = editor._lines[0]
    qtbot.keyClicks(line.field, "beam.wavelength_A=-1")
    qtbot.waitUntil(line.problem.isVisible)
    assert "at least 1e-06" in line.problem.text()
    window.session.run()
    assert [run.engine for run, _, _ in host.runs] == ["torch-cpu"]
    line.field.selectAll()
    qtbot.keyClicks(line.field, "beam.wavelength_A*=1.0001")
    assert not line.problem.isVisible()
    assert "beam.wavelength_A" in window.runs.difference.text()
    window.session.run()
    assert dict(host.runs[-1][0].overrides) == {"beam.wavelength_A": pytest.approx(1.0001)}


def test_a_long_path_does_not_widen_the_panel(window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / ("a_folder_with_a_long_name_" * 5)
    folder.mkdir()
    path = folder / f"{'structure_factors_' * 6}.hkl"
    path.write_text("1 0 0 5\n0 1 0 6\n")
    before = window.runs.minimumSizeHint().width()
    window.set_experiment(small_experiment())
    line = f"crystal.structure_factors={{path='{path}', sha256='{sha256_of(path.read_bytes())}'}}"
    window.session.edit(window.session.slot("B").id, overrides=(line,))
    text = window.runs.difference.text()
    assert "crystal.structure_factors" in text
    assert "PosixPath" not in text
    assert "…" in text
    assert path.name in window.runs.difference.toolTip()
    assert window.runs.minimumSizeHint().width() <= max(before, 330)


def test_without_an_experiment_nothing_is_called_marked(
    host: FakeHost, registry: FakeRegistry, qtbot: QtBot
) -> None:
    empty = MainWindow(host, registry)
    qtbot.addWidget(empty)
    assert "Open an experiment" in empty.runs.difference.text()
    empty.actions_["run"].trigger()
    assert "marked" not in str(empty.session.slot("A").problem)
    empty.close()


def test_typing_letters_that_are_keys_does_not_act(window: MainWindow, qtbot: QtBot) -> None:
    a = window.session.slot("A").id
    editor = window.runs.cards[1].overrides
    editor.add("")
    qtbot.keyClicks(editor._lines[0].field, "xdlft")
    assert editor.lines() == ("xdlft",)
    assert window.session.slot("A").id == a


def test_the_helper_inserts_a_line(window: MainWindow) -> None:
    editor = window.runs.cards[1].overrides
    editor._fill_menu()
    beam = next(a.menu() for a in editor._menu.actions() if a.text() == "Beam")
    wavelength = next(a for a in beam.actions() if a.text().startswith("Wavelength"))
    wavelength.trigger()
    assert window.session.slot("A").overrides == ("beam.wavelength_A*=1.0001",)


def test_a_failed_worker_is_shown_with_details(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    host.failure = EngineFailed("the worker died", why="signal 9", details="last lines of the log")
    window.session.run()
    card = window.runs.cards[1]
    qtbot.waitUntil(lambda: card.state.text() == "Failed: the worker died")
    assert card.details.isVisible()
    qtbot.mouseClick(card.details, Qt.MouseButton.LeftButton)
    dialog = window.findChild(ErrorDialog)
    assert dialog is not None
    assert dialog.findChild(QPlainTextEdit).toPlainText() == "last lines of the log"
    dialog.close()
    qtbot.waitUntil(lambda: window.runs.cards[2].state.text().startswith("Done"))


def test_progress_and_cancel(window: MainWindow, host: FakeHost, qtbot: QtBot) -> None:
    host.auto = False
    window.session.run()
    assert window.actions_["cancel"].isEnabled()
    _, _, on_progress = host.runs[0]
    on_progress(0.5, "half")
    qtbot.waitUntil(lambda: "50%" in window.runs.cards[1].state.text())
    assert window.runs.cards[1].bar.value() == 500
    assert window.runs.cards[2].state.text() == "Waiting for its turn"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.actions_["cancel"].isEnabled()
    assert all(job.token.is_set for _, job, _ in host.runs)


def test_a_and_b_in_one_click_and_swapped_with_x(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.runs.cards[2]._sides["A"], Qt.MouseButton.LeftButton)
    assert (window.session.slot("A").id, window.session.slot("B").id) == (2, 1)
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert window.session.slot("A").id == 1
    # Clicking what is chosen already leaves it chosen.
    qtbot.mouseClick(window.runs.cards[1]._sides["A"], Qt.MouseButton.LeftButton)
    assert window.runs.cards[1]._sides["A"].isChecked()


def test_rows_come_and_go_and_options_follow_the_engine(window: MainWindow) -> None:
    window.runs._add.click()
    card = window.runs.cards[3]
    assert card._options == {}
    window.session.edit(3, engine="torch-cpu", options={"precision": "mixed"})
    assert card._options["precision"].currentText() == "mixed"
    assert window.session.label(window.session.by_id(3)) == "torch CPU · mixed"
    kernel = card._options["kernel"]
    kernel.setCurrentText("eager")
    kernel.textActivated.emit("eager")
    assert window.session.label(window.session.by_id(3)) == "torch CPU · mixed · eager"
    window.session.edit(3, engine="nanobragg-c")
    assert card._options == {}
    card.remove_asked.emit()
    assert 3 not in window.runs.cards


def test_a_wheel_over_a_row_changes_no_engine(window: MainWindow, qtbot: QtBot) -> None:
    card = window.runs.cards[window.session.slot("B").id]
    window.images.main_canvas().setFocus()
    before = window.session.slot("B")
    for box in (card.engine, *card.findChildren(QComboBox)):
        middle = QPointF(box.rect().center())
        event = QWheelEvent(
            middle, QPointF(box.mapToGlobal(box.rect().center())), QPoint(0, 0), QPoint(0, -240),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(box, event)
    assert window.session.slot("B") == before
