"""What sessions keep of panels: pins, folds, choices, layout, tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel, Tolerances, ViewContribution
from braggscope.gui.session_files.snapshot import show, snapshot
from braggscope.gui.tolerances import load_tolerances
from braggscope.gui.window import MainWindow
from braggscope.session_files.model import SavedSession
from braggscope.session_files.session_file import SessionContent
from braggscope_divergence import place as divergence
from braggscope_plots import docks as plots
from braggscope_trace.view import create
from tests.gui.fake_host import FakeHost, FakeRegistry, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


class Damaged:
    """A view that does not take what it saved."""

    def widget(self) -> QWidget:
        return QLabel("it is there")

    def save_state(self) -> Mapping[str, Any]:
        return {"x": 1}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        raise KeyError("y")


def a_window(qtbot: QtBot) -> MainWindow:
    makers = {
        "pixel-trace": create,
        "divergence-map": divergence.create,
        "scatter": plots.scatter,
        "damaged": lambda context: Damaged(),
    }
    views = {name: (ViewContribution(name, name, "x:y"), make) for name, make in makers.items()}
    window = MainWindow(FakeHost(), FakeRegistry(views))
    window.ask_about_edits = lambda parent, name: "discard"
    qtbot.addWidget(window)
    window.set_experiment(small_experiment())
    window.resize(1300, 800)
    window.show()
    qtbot.waitExposed(window)
    window.start()
    window.session.run()
    qtbot.waitUntil(lambda: not window.session.is_busy)
    return window


def put_into(window: MainWindow, content: SessionContent) -> None:
    """As if it were read from a file."""
    text = content.saved.model_dump_json()
    saved = SavedSession.model_validate_json(text)
    show(window, SessionContent(saved, content.images), window.document)


def trace_widget(window: MainWindow) -> Any:
    return window.views.docks["pixel-trace"].widget()


def filled(qtbot: QtBot, window: MainWindow, view_id: str) -> Any:
    """The dock in a place that fills itself when it is seen."""
    window.views.bring_up(view_id)
    place: Any = window.views.docks[view_id].widget()
    qtbot.waitUntil(lambda: place.dock is not None)
    return place.dock


def test_pins_folds_choices_and_tolerances_come_back(qtbot: QtBot, own_settings: Path) -> None:
    window = a_window(qtbot)
    session = window.session
    window.workspace.set_pins((("peak", Pixel(3, 4)), ("", Pixel(5, 6))))
    window.workspace.request_trace(Pixel(7, 8))
    qtbot.waitUntil(lambda: not session.is_busy)
    trace = trace_widget(window)
    trace.show_page("trace")
    trace.trace.set_all_open(False)
    trace.bar.filter_edit.setText("omega")
    trace.bar.only_box.setChecked(True)
    trace.bar.details_wanted.emit(True)
    trace.show_page("asymmetry")
    tolerances = Tolerances({"float64": {"omega": 0.5}})
    session.tracer.take_tolerances(tolerances)
    controls = filled(qtbot, window, "divergence-map").controls
    controls.many_box.setValue(77)
    controls.where_boxes["grid"].setChecked(False)
    content = snapshot(window)

    other = a_window(qtbot)
    put_into(other, content)
    qtbot.waitUntil(lambda: not other.session.is_busy)
    pins = other.session.pins.state.pins
    assert [(pin.name, pin.pixel) for pin in pins] == [("peak", (3, 4)), ("", (5, 6))]
    assert all(pin.comparison is not None for pin in pins)
    assert other.session.tracer.tolerances == tolerances
    assert load_tolerances() == Tolerances()
    again = trace_widget(other)
    assert again.page_name == "asymmetry"
    assert again.trace.folds() == trace.trace.folds()
    assert not any(again.trace.folds().values())
    assert again.bar.filter_edit.text() == "omega"
    assert again.bar.only_box.isChecked()
    # A dock that nobody has seen yet takes its choices once it is there, and has them saved.
    assert snapshot(other).saved.views["divergence-map"]["pixels"] == 77
    controls = filled(qtbot, other, "divergence-map").controls
    assert controls.many_box.value() == 77
    assert not controls.where_boxes["grid"].isChecked()
    assert controls.where_boxes["strongest"].isChecked()
    for one in (window, other):
        one.close()


def test_plots_take_their_choices_when_they_are_built(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    dock = filled(qtbot, window, "scatter")
    qtbot.waitUntil(lambda: hasattr(dock, "log_box"))
    dock.log_box.setChecked(False)
    content = snapshot(window)
    dock.log_box.setChecked(True)
    put_into(window, content)
    assert not dock.log_box.isChecked()
    other = a_window(qtbot)
    put_into(other, content)
    again = filled(qtbot, other, "scatter")
    qtbot.waitUntil(lambda: hasattr(again, "log_box"))
    assert not again.log_box.isChecked()
    for one in (window, other):
        one.close()


def test_the_layout_comes_back(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    window.views.docks["scatter"].hide()
    window.panels["experiment"].hide()
    content = snapshot(window)
    window.views.docks["scatter"].show()
    window.panels["experiment"].show()
    put_into(window, content)
    assert not window.views.docks["scatter"].isVisibleTo(window)
    assert not window.panels["experiment"].isVisibleTo(window)
    window.close()


def test_a_view_that_cannot_take_its_state_is_named_and_stays(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    content = snapshot(window)
    assert content.saved.views["damaged"] == {"x": 1}
    put_into(window, content)
    registry: Any = window.registry
    assert [(name, where) for name, where, _ in registry.reports] == [
        ("damaged", "restoring its state")
    ]
    assert isinstance(window.views.docks["damaged"].widget(), QLabel)
    window.close()


def test_states_that_make_no_sense_change_nothing(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    before = trace_widget(window).save_state()
    odd = {"page": "nowhere", "folds": {"cellar": True}, "only": "yes", "filter": 3, "details": 1}
    window.views.restore({"pixel-trace": odd, "nobody": {"a": 1}})
    assert trace_widget(window).save_state() == before
    window.close()


def test_a_session_without_any_of_this_leaves_pins_none_and_panels_alone(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    said = snapshot(window)
    gone = {"pins", "tolerances", "layout", "views"}
    saved = SavedSession.model_validate_json(said.saved.model_dump_json(exclude=gone))
    window.workspace.set_pins((("peak", Pixel(3, 4)),))
    window.views.docks["scatter"].hide()
    trace_widget(window).bar.only_box.setChecked(True)
    show(window, SessionContent(saved, said.images), window.document)
    assert not window.session.pins.state.pins
    assert not window.views.docks["scatter"].isVisibleTo(window)
    assert trace_widget(window).bar.only_box.isChecked()
    window.close()
