"""What can be done with all tolerances at once: reset, open, save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from braggscope.api import BraggscopeError, Tolerances
from braggscope.api.tolerances import UNCHANGED
from braggscope.trace_files.tolerances import doubts_of, read_tolerances, write_tolerances
from braggscope.ui import ViewContext
from braggscope.ui.saving import ask_where

_KINDS = "Tolerances (*.toml)"
AskPath = Callable[[QWidget], Path | None]


class ToleranceMenu(QObject):
    """The menu of a button.

    Signals:
        said: what came of it; "" when there is nothing to say.

    Attributes:
        ask_open, ask_save: ask for a file; None when the user does not want to.
    """

    said = Signal(str)

    def __init__(self, context: ViewContext, button: QPushButton) -> None:
        super().__init__(button)
        self._context, self._button = context, button
        self.ask_open: AskPath = ask_open
        self.ask_save: AskPath = ask_save
        menu = QMenu(button)
        self.reset_action = menu.addAction("&Reset all")
        menu.addSeparator()
        self.open_action = menu.addAction("&Open…")
        self.save_action = menu.addAction("&Save as…")
        for action, call in (
            (self.reset_action, lambda: self.have(UNCHANGED)),
            (self.open_action, self._open),
            (self.save_action, self._save),
        ):
            action.triggered.connect(lambda _checked=False, do=call: do())
        menu.aboutToShow.connect(self._enable)
        button.setMenu(menu)

    def have(self, tolerances: Tolerances) -> None:
        """Judge by these from now on."""
        self.said.emit("")
        try:
            self._context.set_tolerances(tolerances)
        except BraggscopeError as error:
            self.said.emit(f"✗ They hold until the window is closed: {error}")

    def _enable(self) -> None:
        changed = self._context.tolerances.many > 0
        for action in (self.reset_action, self.save_action):
            action.setEnabled(changed)

    def _open(self) -> None:
        path = self.ask_open(self._button)
        if path is None:
            return
        try:
            found = read_tolerances(path)
        except BraggscopeError as error:
            self.said.emit(f"✗ {error}")
            return
        self.have(found)
        doubts = doubts_of(found)
        if doubts:
            self.said.emit(f"⚠ {path.name}: {'; '.join(doubts)}")

    def _save(self) -> None:
        path = self.ask_save(self._button)
        if path is None:
            return
        try:
            write_tolerances(path, self._context.tolerances)
        except BraggscopeError as error:
            self.said.emit(f"✗ {error}")


def ask_open(parent: QWidget) -> Path | None:
    """Ask which file to read."""
    chosen, _ = QFileDialog.getOpenFileName(parent, "Open tolerances", "", _KINDS)
    return Path(chosen) if chosen else None


def ask_save(parent: QWidget) -> Path | None:
    """Ask where to write."""
    return ask_where(parent, "Save tolerances", "tolerances.toml", _KINDS)
