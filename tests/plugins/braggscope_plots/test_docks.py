"""The docks of the plots as widgets: when they work, and on what."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from braggscope.api import ImageRegion, Pixel, Rectangle
from braggscope_plots.plot_dock import FigureDock
from braggscope_plots.plots import COLUMN, LINE, ROW
from braggscope_plots.work import Channel
from tests.plugins.braggscope_plots.plots_context import ALL, FakeContext, picture, settle

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_does_nothing_before_it_is_seen(
    name: str, qtbot: QtBot, context: FakeContext
) -> None:
    dock = ALL[name](context).widget()
    qtbot.addWidget(dock)
    context.images_changed.emit()
    context.set_cursor(Pixel(1, 1))
    context.regions_changed.emit()
    context.line_changed.emit()
    context.selection_changed.emit()
    context.theme_changed.emit()
    QApplication.processEvents()
    assert (dock.dock, dock.children()) == (None, [dock.layout()])


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_without_images_says_what_to_do(
    name: str, show: Callable[[str], Any], context: FakeContext
) -> None:
    context.pictures = {}
    dock = show(name)
    assert not dock.is_content_shown
    assert "F5" in dock.message.text()
    assert not dock.bar.copy_button.isEnabled() if hasattr(dock, "bar") else True


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_shows_the_pair_and_follows_it_only_while_it_is_seen(
    name: str, show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock = show(name)
    assert dock.is_content_shown
    assert dock.status.text()
    context.show_images(A=picture(), B=picture(2.0))
    settle(qtbot, dock)
    assert dock.refreshes == 2
    dock.window().hide()
    context.show_images(A=picture(3.0), B=picture(2.0))
    QApplication.processEvents()
    assert (dock.refreshes, dock.is_busy) == (2, False)
    dock.window().show()
    settle(qtbot, dock)
    assert dock.refreshes == 3
    context.show_images()
    settle(qtbot, dock)
    assert not dock.is_content_shown


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_control_is_named_and_reached_by_keyboard(
    name: str, show: Callable[[str], Any]
) -> None:
    dock = show(name)
    controls = [w for kind in (QPushButton, QComboBox) for w in dock.findChildren(kind)]
    assert controls
    for control in controls:
        assert control.accessibleName() or control.text()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert dock.content.accessibleName()
    assert dock.content.focusPolicy() & Qt.FocusPolicy.TabFocus
    # The narrowest dock of the window on a 1366-pixel screen is 324 wide.
    assert dock.minimumSizeHint().width() <= 324


def test_old_content_stays_until_the_new_is_there_and_the_last_request_wins(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock: FigureDock = show("histogram")
    old = dock.canvas.figure
    gate, asked = threading.Event(), []
    work = dock.work

    def held(state: Any) -> Any:
        asked.append(state.images["B"])
        made = work(state)

        def run(check: Any) -> Any:
            assert gate.wait(10)
            check()
            return made(check)

        return run

    monkeypatch.setattr(dock, "work", held)
    for factor in (2.0, 3.0, 4.0):
        context.show_images(A=picture(), B=picture(factor))
        qtbot.waitUntil(lambda: len(asked) > 0 and asked[-1] is context.pictures["B"])
    assert dock.is_content_shown
    assert dock.canvas.figure is old
    shown: list[Any] = []
    real = dock.show_result
    monkeypatch.setattr(dock, "show_result", lambda result: (shown.append(result), real(result)))
    gate.set()
    settle(qtbot, dock)
    assert len(shown) == 1
    assert float(shown[0].columns[1].values[-1]) == pytest.approx(
        context.pictures["B"].data.max(), rel=1e-3
    )


def test_work_waits_for_its_turn_and_comes_in_order(qtbot: QtBot) -> None:
    channel, gate, got = Channel(), threading.Event(), []
    channel.done.connect(lambda ticket, result, error: got.append((ticket, result, error)))

    def first(check: Any) -> str:
        gate.wait(10)
        return "first"

    assert channel.submit(first) == 1
    channel.submit(lambda check: "second", stop=False)
    channel.submit(lambda check: "third", stop=False)
    gate.set()
    qtbot.waitUntil(lambda: not channel.is_busy)
    assert got == [(1, "first", None), (3, "third", None)]

    def broken(check: Any) -> None:
        raise ValueError("no")

    channel.submit(broken)
    qtbot.waitUntil(lambda: not channel.is_busy)
    assert isinstance(got[-1][2], ValueError)


def test_the_profile_follows_the_cursor_and_takes_the_first_line(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: FigureDock = show("profile")
    assert dock.bar.options.kind == ROW
    context.set_cursor(Pixel(44, 3))
    settle(qtbot, dock)
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[44])
    dock.bar.choose_kind(COLUMN)
    settle(qtbot, dock)
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[:, 3])
    context.ends = ((10.5, 10.5), (20.5, 10.5))
    context.line_changed.emit()
    settle(qtbot, dock)
    assert dock.bar.options.kind == LINE
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[10:21, 10])
    done = dock.refreshes
    context.set_cursor(Pixel(1, 1))
    settle(qtbot, dock)
    assert dock.refreshes == done
    context.ends = None
    context.line_changed.emit()
    settle(qtbot, dock)
    assert "Draw one" in dock.message.text()


@pytest.mark.parametrize("name", ["histogram", "radial", "relative", "scatter", "peaks"])
def test_a_region_can_be_chosen_and_falls_back_when_it_is_gone(
    name: str, show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock = show(name)
    box = dock.region_box if name == "peaks" else dock.bar.region_box
    assert not box.isEnabled()
    whole = dock.status.text()
    shape = Rectangle(slow=0, fast=0, height=25, width=25)
    context.drawn = (ImageRegion(name="corner", shape=shape),)
    context.regions_changed.emit()
    assert box.isEnabled()
    box.setCurrentIndex(box.findData("corner"))
    settle(qtbot, dock)
    assert dock.status.text() != whole
    context.drawn = ()
    context.regions_changed.emit()
    settle(qtbot, dock)
    assert dock.status.text() == whole


def test_what_a_window_imports_at_its_start_is_light() -> None:
    code = """
import sys
from braggscope_plots import docks, plugin
heavy = [m for m in sys.modules if m.startswith("pyqtgraph") or m == "braggscope_plots.dock"]
assert not heavy, heavy
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
