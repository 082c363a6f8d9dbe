"""Every control can be reached with Tab and has a name that a screen reader says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import BraggscopeError
from braggscope.gui.images_dialog import ImagesDialog
from braggscope.gui.messages import ErrorDialog
from braggscope.gui.window import MainWindow
from braggscope.host.plugins import PluginRegistry
from tests.gui.fake_host import FakeHost, small_experiment

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]
DIALOGS = ("thresholds", "matrix", "regions", "plugins", "bench", "paste", "explain", "about")
#: More than there are controls: Tab goes round before.
MOST_STEPS = 1000


@pytest.fixture(scope="module")
def plugins() -> PluginRegistry:
    registry = PluginRegistry()
    registry.discover()
    return registry


@pytest.fixture
def full(qtbot: QtBot, plugins: PluginRegistry, own_settings: Path) -> Iterator[MainWindow]:
    """A window with all views, three runs with images, and every section of the form open."""
    made = MainWindow(FakeHost(), plugins)
    made.ask_about_edits = lambda parent, name: "discard"
    made.apply_theme("light")
    qtbot.addWidget(made)
    made.set_experiment(small_experiment())
    made.resize(1366, 768)
    made.show()
    qtbot.waitExposed(made)
    made.start()
    made.session.add_slot()
    made.session.run()
    qtbot.waitUntil(lambda: made.images.presenter.picture("D") is not None)
    for section in made.experiment.form.sections.values():
        section.set_open(True)
    yield made
    made.close()


def stops(root: QWidget) -> list[QWidget]:
    """What Tab stops at inside a window, as far as it is in use."""
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.window() is root
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.isVisibleTo(root)
    ]


def unnamed(root: QWidget) -> list[str]:
    return [where(widget) for widget in stops(root) if not spoken(widget)]


def spoken(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def where(widget: QWidget | None) -> str:
    names = []
    while widget is not None:
        names.append(type(widget).__name__)
        widget = widget.parentWidget()
    return " in ".join(names[:5])


def tabbed_through(root: QWidget) -> set[QWidget]:
    """All that Tab comes by on one way round."""
    seen: set[QWidget] = set()
    widget: QWidget | None = root
    for _ in range(MOST_STEPS):
        widget = None if widget is None else widget.nextInFocusChain()
        if widget is None or widget is root:
            break
        seen.add(widget)
    return seen


def test_every_control_of_the_window_has_a_name(full: MainWindow, qtbot: QtBot) -> None:
    for dock in full.views.docks.values():
        dock.show()
        dock.raise_()
        qtbot.waitUntil(dock.widget().isVisible)
        assert unnamed(full) == []
    assert len(stops(full)) > 80


def test_every_control_of_the_window_is_on_the_way_of_tab(full: MainWindow) -> None:
    way = tabbed_through(full)
    assert [where(widget) for widget in stops(full) if widget not in way] == []


def mnemonics(texts: list[str]) -> list[str]:
    return [found[1].lower() for text in texts if (found := re.search(r"&(\w)", text))]


def test_no_letter_stands_for_two_things_in_a_menu_or_hides_a_menu(full: MainWindow) -> None:
    bar = full.menuBar()
    menus = [bar, *bar.findChildren(QMenu)]
    for menu in menus:
        texts = [action.text() for action in menu.actions()]
        found = mnemonics(texts)
        assert sorted(set(found)) == sorted(found), texts
    taken = set(mnemonics([action.text() for action in bar.actions()]))
    labels = [label.text() for label in full.findChildren(QLabel) if label.buddy() is not None]
    buttons = [button.text() for button in full.findChildren(QAbstractButton)]
    # Alt and a letter would do nothing at first where it is both a menu's and a control's.
    assert [text for text in (*labels, *buttons) if taken & set(mnemonics([text]))] == []


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_a_dialog_has_a_name(full: MainWindow, qtbot: QtBot, name: str) -> None:
    full.actions_[name].trigger()
    dialogs = [child for child in full.findChildren(QDialog) if child.isVisible()]
    assert len(dialogs) == 1
    assert unnamed(dialogs[0]) == []
    assert dialogs[0].windowTitle()
    dialogs[0].close()


@pytest.mark.parametrize(
    "make",
    [
        lambda window: ErrorDialog(BraggscopeError("no", details="all"), window),
        lambda window: ImagesDialog([Path("/tmp/a.cbf"), Path("/tmp/b.cbf")], window),
    ],
)
def test_every_control_of_what_errors_and_drops_open_has_a_name(
    full: MainWindow, make: Callable[[MainWindow], QDialog]
) -> None:
    dialog = make(full)
    dialog.show()
    assert unnamed(dialog) == []
    dialog.close()


def test_every_arrangement_of_the_images_has_names(full: MainWindow) -> None:
    for action in full.actions_.arrangements.actions():
        action.trigger()
        assert unnamed(full.images.window()) == []
