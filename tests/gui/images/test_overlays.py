"""What plugins draw over the images, and what happens when they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Line, Marks, OverlayContribution, OverlayScene
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeRegistry

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def rings(scene: OverlayScene) -> list[Line | Marks]:
    points = np.array([[5.0, 5.0], [30.0, 25.0]])
    return [Line(points, "ring", (10.0, 10.0)), Marks(points, labels=("one", "two"))]


def broken(scene: OverlayScene) -> list[Line]:
    raise RuntimeError("no rings today")


@pytest.fixture
def registry() -> FakeRegistry:
    made = FakeRegistry()
    made.drawn = {
        "rings": (OverlayContribution("rings", "Rings", "x:y", ("view",)), rings),
        "broken": (OverlayContribution("broken", "Broken rings", "x:y"), broken),
        "odd": (OverlayContribution("odd", "Odd", "x:y"), lambda scene: [Marks(np.zeros(3))]),
    }
    return made


def test_overlays_are_drawn_where_they_are_switched_on(shown: MainWindow, qtbot: QtBot) -> None:
    menu = {action.text(): action for action in shown.actions_.overlays_menu.actions()}
    menu["Rings"].trigger()
    canvas = shown.images.tiles["D"].canvas
    qtbot.waitUntil(lambda: bool(canvas.content._drawing.strokes))
    assert {label.text for label in canvas.content._drawing.labels} >= {"ring", "two"}
    assert shown.memory.choice("overlay rings") == "on"
    menu["Rings"].trigger()
    assert canvas.content._drawing.strokes == []


@pytest.mark.parametrize(("name", "said"), [("Broken rings", "no rings today"), ("Odd", "shape")])
def test_a_failing_overlay_is_named_and_switched_off_and_others_go_on(
    shown: MainWindow, qtbot: QtBot, registry: FakeRegistry, name: str, said: str
) -> None:
    menu = {action.text(): action for action in shown.actions_.overlays_menu.actions()}
    menu["Rings"].trigger()
    menu[name].trigger()
    qtbot.waitUntil(lambda: bool(registry.reports))
    qtbot.waitUntil(shown.message.isVisible)
    assert not menu[name].isChecked()
    assert menu["Rings"].isChecked()
    assert said in str(registry.reports[0][2])
    canvas = shown.images.tiles["A"].canvas
    qtbot.waitUntil(lambda: bool(canvas.content._drawing.strokes))
