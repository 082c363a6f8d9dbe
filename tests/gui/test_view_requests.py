"""What views ask of the window beside what it shows: runs, many traces, drawings, other views."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import Line, Marks, Pixel, ViewContribution
from braggscope.gui.images.annotations import drawing_of
from braggscope.gui.images.drawing import LIGHT
from braggscope.gui.window import MainWindow
from braggscope.ui.view_state import Region, Sight
from tests.gui.fake_host import FakeHost, FakeRegistry

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


class Plain:
    """A view with nothing in it."""

    def __init__(self, context: object) -> None:
        self._label = QLabel("nothing")

    def widget(self) -> QWidget:
        return self._label


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(
        {name: (ViewContribution(name, name.title(), "x:y"), Plain) for name in ("one", "two")}
    )


def test_the_run_of_a_side_is_that_of_its_image(qtbot: QtBot, window: MainWindow) -> None:
    context, session = window.workspace, window.session
    before = context.run("A")
    assert before is not None
    session.run()
    qtbot.waitUntil(lambda: session.slot("A").image is not None)
    slot = session.slot("A")
    session.edit(slot.id, overrides=("beam.wavelength_A=2",))
    assert context.run("A") == before
    session.run()
    qtbot.waitUntil(lambda: context.run("A") != before)
    changed = context.run("A")
    assert changed is not None
    assert changed.effective_experiment.beam.wavelength_A == 2.0
    window.experiment.problem_changed.emit("wrong")
    assert context.run("A") == changed


def test_many_pixels_are_traced_without_the_trace_view(window: MainWindow, host: FakeHost) -> None:
    run = window.workspace.run("B")
    assert run is not None
    traces = window.workspace.start_traces(run, [Pixel(3, 4)]).result()
    assert [trace.pixel for trace in traces] == [(3, 4)]
    assert window.workspace.trace.pixel is None


def test_views_draw_over_the_images_each_for_itself(window: MainWindow) -> None:
    line = Line(np.array([[0.0, 0.0], [20.0, 20.0]]), color="#12ab34")
    marks = Marks(np.array([[5.0, 6.0]]), "square")

    def drawn() -> list[object]:
        return list(window.images._annotated.overlays)

    window.workspace.draw_over("one", [line])
    window.workspace.draw_over("two", [marks])
    assert drawn() == [line, marks]
    sight = Sight(Region(0.0, 0.0, 40.0, 40.0), 400.0, 400.0)
    strokes = drawing_of(window.images._annotated, sight).strokes
    assert [stroke.color for stroke in strokes] == ["#12ab34", LIGHT]
    window.workspace.draw_over("one", ())
    assert drawn() == [marks]


def test_a_view_brings_another_one_to_the_front(qtbot: QtBot, window: MainWindow) -> None:
    docks = window.views.docks
    window.workspace.show_view("two")
    qtbot.waitUntil(lambda: not docks["two"].visibleRegion().isEmpty())
    window.workspace.show_view("one")
    qtbot.waitUntil(lambda: docks["two"].visibleRegion().isEmpty())
    docks["two"].close()
    window.workspace.show_view("two")
    assert docks["two"].isVisible()
    window.workspace.show_view("nobody")
