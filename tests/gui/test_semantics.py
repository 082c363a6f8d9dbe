"""Semantics from the form and from a row's overrides to the run, and back in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from braggscope.api.semantics import PRESETS, Semantics
from braggscope.gui.experiment_files import save_file
from braggscope.gui.experiment_panel import ExperimentPanel
from braggscope.gui.experiment_panel.command_line import read_command_line
from braggscope.gui.runs.presenter import card_of, difference_rows
from braggscope.gui.runs.suggestions import completions, suggestions
from braggscope.gui.session import Session
from braggscope.gui.window import MainWindow
from tests.gui.conftest import opened
from tests.gui.fake_host import ENGINES, FakeHost, small_experiment

pytestmark = [
    pytest.mark.gui,
    # Qt says so of windows and of what completes a text, on the platform "offscreen".
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def choose(panel: ExperimentPanel, path: str, text: str) -> None:
    box = panel.form.row(path).focus_widget()
    assert isinstance(box, QComboBox)
    index = box.findText(text)
    assert index >= 0
    box.setCurrentIndex(index)
    box.activated.emit(index)


def session_with(semantics: Semantics | None = None) -> Session:
    session = Session(FakeHost(), ENGINES, lambda call: call(), lambda news: None)
    session.set_experiment(small_experiment())
    session.set_semantics(semantics or Semantics())
    return session


# ── in the form ───────────────────────────────────────────────────────────────────────────────


def test_a_chosen_option_is_told_marked_and_reset(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.experiment
    row = panel.form.row("semantics.omega")
    assert "first sub-pixel's as in nanoBragg" in row.label.toolTip()
    assert "Physical: per-evaluation." in row.label.toolTip()
    with qtbot.waitSignal(panel.semantics_changed, timeout=2000) as signal:
        choose(panel, "semantics.omega", "mean")
    assert signal.args == [Semantics(omega="mean")]
    assert row.label.text().startswith("≠")
    assert panel.form.sections["semantics"].header.text() == "Semantics  ·  1 ≠ nanoBragg"
    preset = panel.form.row("semantics").focus_widget()
    assert isinstance(preset, QComboBox)
    assert preset.currentText() == "Custom"
    assert window.session.semantics == Semantics(omega="mean")
    with qtbot.waitSignal(panel.semantics_changed, timeout=2000):
        row.reset.click()
    assert window.session.semantics == Semantics()
    assert row.label.text() == "Solid angle"
    assert preset.currentText() == "nanoBragg"


def test_a_preset_sets_every_option_of_both_runs(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.experiment.semantics_changed, timeout=2000):
        choose(window.experiment, "semantics", "Physical")
    option = window.experiment.form.row("semantics.water_scale").focus_widget()
    assert isinstance(option, QComboBox)
    assert option.currentText() == "once"
    window.session.run()
    assert [run.semantics for run, _, _ in host.runs] == [PRESETS["physical"]] * 2
    choose(window.experiment, "semantics", "Custom")
    assert window.experiment.form.sections["semantics/options"].is_open
    assert window.experiment.semantics() == PRESETS["physical"]


def test_what_was_just_chosen_counts_when_f5_comes_at_once(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    choose(window.experiment, "semantics.omega", "last")
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert [run.semantics.omega for run, _, _ in host.runs] == ["last", "last"]


def test_another_choice_makes_images_outdated(window: MainWindow, qtbot: QtBot) -> None:
    window.session.run()
    assert not window.session.is_outdated(window.session.slot("A"))
    with qtbot.waitSignal(window.experiment.semantics_changed, timeout=2000):
        choose(window.experiment, "semantics.omega", "last")
    assert window.session.is_outdated(window.session.slot("A"))


def test_a_file_says_nothing_and_means_nanobragg(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    choose(window.experiment, "semantics", "Physical")
    opened(qtbot, window)
    assert window.experiment.semantics() == Semantics()
    assert window.session.semantics == Semantics()


def test_a_copied_command_line_says_what_it_cannot_say(window: MainWindow) -> None:
    panel = window.experiment
    panel.copy_command_line()
    assert "Copied. Paste it" in panel.notice.message.text()
    choose(panel, "semantics", "Physical")
    panel.copy_command_line()
    assert "no flag for these semantics: omega=per-evaluation" in panel.notice.message.text()


def test_flags_say_semantics_that_nanobragg_has(window: MainWindow) -> None:
    panel = window.experiment
    choose(panel, "semantics.omega", "compounding")
    panel.copy_command_line()
    text = QGuiApplication.clipboard().text()
    assert "-oversample_omega" in text
    assert "Copied. Paste it" in panel.notice.message.text()
    reading = read_command_line(text, Path.cwd())
    assert reading.semantics == Semantics(omega="compounding")


def test_a_file_keeps_the_semantics(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "experiment.toml"
    save_file(small_experiment(), PRESETS["physical"], path)
    opened(qtbot, window, path)
    assert window.session.semantics == PRESETS["physical"]


# ── in a row ──────────────────────────────────────────────────────────────────────────────────


def test_a_row_overrides_the_semantics() -> None:
    session = session_with(Semantics(omega="last"))
    slot = session.slot("B")
    lines = ("semantics=physical", "semantics.omega=mean", "beam.wavelength_A*=2")
    session.edit(slot.id, overrides=lines)
    assert session.override_problems(session.slot("B")) == ("", "", "")
    run = session.run_of(session.slot("B"))
    assert run is not None
    assert run.semantics == PRESETS["physical"].model_copy(update={"omega": "mean"})
    assert dict(run.overrides) == {"beam.wavelength_A": 2.0}
    other = session.run_of(session.slot("A"))
    assert other is not None
    assert other.semantics == Semantics(omega="last")
    rows = {row.name: (row.a, row.b) for row in difference_rows(session) or ()}
    assert rows["semantics.omega"] == ("last", "mean")
    assert rows["semantics.water_scale"] == ("twice", "once")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("semantics=best", "Presets: nanobragg, physical"),
        ("semantics.omgea=mean", "Options: omega"),
        ("semantics.omega=median", "Values: first, last, mean"),
        ("crystal.mosaic_domains=3", "has no effect without a mosaic spread"),
    ],
)
def test_a_wrong_override_is_explained(line: str, said: str) -> None:
    session = session_with()
    session.edit(session.slot("B").id, overrides=(line,))
    (problem,) = session.override_problems(session.slot("B"))
    assert said in problem


def test_automatic_is_a_value_too() -> None:
    session = session_with()
    session.edit(session.slot("B").id, overrides=("detector.pixels_fast=automatic",))
    run = session.run_of(session.slot("B"))
    assert run is not None
    assert run.effective_experiment.detector.pixels_fast is None


def test_what_an_engine_cannot_mean_is_said_in_its_row() -> None:
    session = session_with(Semantics(omega="mean"))
    state = card_of(session, session.slot("A")).state
    assert state.text == "Not supported: omega=mean"
    assert "does not support semantics.omega = mean" in str(state.error)


def test_semantics_are_offered_and_completed(window: MainWindow, qtbot: QtBot) -> None:
    offered = dict(dict(suggestions(small_experiment()))["Semantics"])
    assert offered["Solid angle"] == "semantics.omega=compounding"
    for line in ("semantics=physical", "semantics.omega=mean", "beam.exposure_s=",
                 "crystal.cell.a_A="):  # fmt: skip
        assert line in completions()
    assert not any(line.startswith("beam.sources") for line in completions())
    editor = window.runs.cards[2].overrides
    editor.add("")
    field = editor._lines[0].field
    qtbot.keyClicks(field, "omega=m")
    completer = field.completer()
    assert completer is not None
    assert completer.currentCompletion() == "semantics.omega=mean"
    field.setText(completer.currentCompletion())
    completer.activated[str].emit(completer.currentCompletion())
    qtbot.waitUntil(lambda: window.session.slot("B").overrides == ("semantics.omega=mean",))


# ── beside an image ───────────────────────────────────────────────────────────────────────────


def test_the_tile_names_semantics_that_are_not_nanobraggs(window: MainWindow, qtbot: QtBot) -> None:
    window.session.edit(2, overrides=("semantics.omega=last",))
    window.session.run()
    tiles: Any = window.images.tiles
    qtbot.waitUntil(lambda: "Semantics: omega=last" in tiles["B"]._title.toolTip())
    assert "Semantics" not in tiles["A"]._title.toolTip()
    assert "Precision: float64" in tiles["A"]._detail.toolTip()
