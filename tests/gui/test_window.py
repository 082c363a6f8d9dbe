"""The window as a whole: failures of plugins, layout, themes, references."""

from __future__ import annotations

import gc
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import ViewContribution
from braggscope.experiment.toml import save_experiment
from braggscope.gui.docks import FailedView
from braggscope.gui.main import install_hooks
from braggscope.gui.window import MainWindow
from braggscope.ui import ViewContext
from braggscope.ui.theme import DARK, LIGHT, current_theme
from tests.gui.conftest import opened
from tests.gui.fake_host import FakeHost, FakeRegistry, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


class GoodView:
    def __init__(self, context: ViewContext) -> None:
        self._label = QLabel("good")
        context.cursor_moved.connect(lambda pixel: self._label.setText(str(pixel)))

    def widget(self) -> QWidget:
        return self._label


def bad_factory(context: ViewContext) -> Any:
    raise RuntimeError("deliberate fault")


@pytest.fixture
def registry(request: pytest.FixtureRequest) -> FakeRegistry:
    return FakeRegistry(
        {
            "good": (ViewContribution("good", "Good", "tests.gui.test_window:GoodView"), GoodView),
            "bad": (ViewContribution("bad", "Bad", "elsewhere.view:create"), bad_factory),
        }
    )


def test_a_view_behind_another_tab_is_not_shown_and_need_not_work(
    window: MainWindow, qtbot: QtBot
) -> None:
    good, bad = window.views.docks["good"], window.views.docks["bad"]
    assert window.tabifiedDockWidgets(good) == [bad]
    for front, behind in ((bad, good), (good, bad)):
        front.raise_()
        qtbot.waitUntil(lambda dock=front: dock.widget().isVisible())
        assert not behind.widget().isVisible()


def test_docks_behind_others_do_not_keep_the_one_in_front_small(
    window: MainWindow, qtbot: QtBot
) -> None:
    docks = list(window.views.docks.values())
    for front in docks:
        front.raise_()
        window.resizeDocks([front], [330], Qt.Orientation.Vertical)
        qtbot.waitUntil(lambda dock=front: dock.height() > 250)
        window.resizeDocks([front], [200], Qt.Orientation.Vertical)
        qtbot.waitUntil(lambda dock=front: dock.height() < 210)


def test_a_view_that_cannot_be_made_is_named(window: MainWindow, registry: FakeRegistry) -> None:
    assert isinstance(window.views.docks["bad"].widget(), FailedView)
    assert isinstance(window.views.docks["good"].widget(), QLabel)
    (report,) = registry.reports
    assert report[:2] == ("bad", "making the view")


def test_a_view_whose_slot_raises_is_replaced(
    window: MainWindow, qtbot: QtBot, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_hooks(window)
    try:
        # In a namespace of the plugin's own, as its module would be.
        exec(
            "def slot():\n    raise ValueError('deliberate fault')",
            space := {"__name__": "elsewhere.view"},
        )
        space["slot"]()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert registry.reports[-1][0] == "bad"
    assert not window.message.isVisible()
    window.session.run()
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")


def test_an_unhandled_exception_is_told(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_hooks(window)
    error = KeyError("nothing")
    sys.excepthook(type(error), error, None)
    assert window.message.isVisible()
    assert "KeyError" in window.message.text.text()


def test_closing_closes_the_host_and_stops_the_thread(window: MainWindow, host: FakeHost) -> None:
    window.session.run()
    window.close()
    assert host.closed
    thread = window.images.presenter._pyramids._worker._thread
    assert thread is None or not thread.is_alive()


def test_the_layout_is_remembered_and_can_be_reset(
    window: MainWindow, qtbot: QtBot, host: FakeHost, registry: FakeRegistry, own_settings: Path
) -> None:
    dock = window.findChild(QDockWidget, "Experiment")
    dock.hide()
    window.close()
    assert (own_settings / "window.ini").is_file()
    again = MainWindow(FakeHost(), registry)
    qtbot.addWidget(again)
    again.show()
    assert not again.findChild(QDockWidget, "Experiment").isVisible()
    again.actions_["reset_layout"].trigger()
    assert again.findChild(QDockWidget, "Experiment").isVisible()
    again.close()


def test_docks_get_their_width_back(window: MainWindow, qtbot: QtBot) -> None:
    docks = [window.findChild(QDockWidget, n) for n in ("Experiment", "Runs and agreement")]
    window.resize(1600, 800)
    qtbot.wait(20)
    qtbot.mousePress(window, Qt.MouseButton.LeftButton)
    window.resizeDocks(docks, [400, 460], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: [dock.width() for dock in docks] == [400, 460])
    qtbot.mouseRelease(window, Qt.MouseButton.LeftButton)
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: sum(dock.width() for dock in docks) < 860)
    window.resize(1600, 800)
    qtbot.waitUntil(lambda: [dock.width() for dock in docks] == [400, 460])


def test_nothing_is_cut_in_the_narrowest_window(window: MainWindow, qtbot: QtBot) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")
    window.resize(window.minimumSizeHint().width(), 700)
    qtbot.wait(20)
    assert window.width() <= 1024
    panels = (window.experiment.form, window.runs, window.agreement)
    for panel in panels:
        assert panel.width() >= panel.minimumSizeHint().width()
    table = window.agreement.table
    assert table.horizontalScrollBar().maximum() == 0
    for button in (window.runs.run_button, window.runs.cancel_button):
        assert button.width() >= button.minimumSizeHint().width()
    for column in (1, 2):
        texts = [table.item(row, column).text() for row in range(table.rowCount())]
        needed = max(
            table.fontMetrics().horizontalAdvance(line) for t in texts for line in t.split("\n")
        )
        assert table.columnWidth(column) >= needed


def test_light_and_dark(window: MainWindow) -> None:
    changes = []
    window.workspace.theme_changed.connect(lambda: changes.append(1))
    window.apply_theme("dark")
    assert current_theme() is DARK
    assert window.palette().window().color().name() == DARK.window
    window.apply_theme("light")
    assert current_theme() is LIGHT
    assert len(changes) == 2


def test_a_theme_is_put_on_after_widgets_went_that_were_never_shown(
    qtbot: QtBot, host: FakeHost, registry: FakeRegistry
) -> None:
    """Qt goes through widgets that are gone when the sheet of an application changes."""
    for _ in range(3):
        made = MainWindow(host, registry)
        made.apply_theme("light")
        made.set_experiment(small_experiment())
        made.close()
        shiboken6.delete(made)
    last = MainWindow(host, registry)
    qtbot.addWidget(last)
    for _ in range(3):
        last.apply_theme("dark")
        last.apply_theme("light")
    assert current_theme() is LIGHT
    last.close()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_can_be_read(theme: Any) -> None:
    for color in (
        theme.text,
        theme.muted,
        theme.good,
        theme.bad,
        theme.warn,
        theme.side_a,
        theme.side_b,
    ):
        for ground in (theme.window, theme.base, theme.raised):
            assert _contrast(color, ground) >= 4.5, (color, ground)
    assert _contrast(theme.accent, theme.accent_text) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_fields_to_type_in_can_be_seen(window: MainWindow, theme: Any) -> None:
    window.apply_theme("dark" if theme.dark else "light")
    edit = window.experiment.search
    picture = edit.grab().toImage()
    edge = picture.pixelColor(0, picture.height() // 2).name()
    assert _contrast(edge, theme.window) >= 2.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_button_that_is_on_looks_so(window: MainWindow, theme: str) -> None:
    window.apply_theme(theme)  # type: ignore[arg-type]
    button = QPushButton("Details", window)
    button.setCheckable(True)
    button.resize(80, 22)
    edges = []
    for on in (False, True):
        button.setChecked(on)
        edges.append(button.grab().toImage().pixelColor(40, 0).name())
    assert _contrast(*edges) >= 1.8


def _contrast(one: str, other: str) -> float:
    first, second = sorted((_luminance(one), _luminance(other)))
    return (second + 0.05) / (first + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_dropped_file_is_opened(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    save_experiment(small_experiment().with_override("beam.wavelength_A", 1.5), path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPoint(5, 5).toPointF(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.experiment.beam.wavelength_A == 1.5)
    assert window.windowTitle().startswith("mine.toml")


def test_a_file_that_is_no_experiment_is_told(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[beam]\nwavelength_A = -1\n")
    experiment = window.session.experiment
    opened(qtbot, window, path)
    assert window.message.isVisible()
    assert window.session.experiment is experiment


def test_actions_have_one_key_each(window: MainWindow) -> None:
    keys = [action.shortcut().toString() for action in window.actions_.by_name.values()]
    keys = [key for key in keys if key]
    assert len(keys) == len(set(keys))
    assert {"F5", "Esc", "X", "D", "L", "F", "T", "Ctrl+O", "Ctrl+S"} <= set(keys)


class _Source(QObject):
    happened = Signal(bool)


def test_pyside_keeps_its_references(window: MainWindow, qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses references to None and True until the process aborts."""
    installed = tuple(int(part) for part in version("PySide6-Essentials").split(".")[:2])
    assert installed < (6, 12)
    source = _Source()
    source.happened.connect(lambda value: None)
    window.session.run()
    canvas = window.images.tiles["A"].canvas
    for _ in range(20):
        source.happened.emit(True)
        canvas.repaint()
    gc.collect()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(1000):
        source.happened.emit(True)
        canvas.repaint()
    gc.collect()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert after[0] - before[0] > -100
    assert after[1] - before[1] > -100
