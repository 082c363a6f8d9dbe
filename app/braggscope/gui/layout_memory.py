"""What the window remembers: its layout and the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from braggscope.host.settings import settings_path
from braggscope.ui.theme import ThemeChoice

#: Raised when docks or toolbars change so much that an old layout would harm.
LAYOUT_VERSION = 1


class LayoutMemory:
    """An INI file beside the settings."""

    def __init__(self) -> None:
        path = settings_path().with_name("window.ini")
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """The chosen theme."""
        value = self._settings.value("theme", "system")
        known: tuple[ThemeChoice, ...] = ("system", "light", "dark")
        return next((choice for choice in known if choice == value), "system")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._settings.setValue("theme", choice)

    def choice(self, name: str, default: str = "") -> str:
        """A choice that was remembered."""
        return str(self._settings.value(f"choices/{name}", default))

    def remember(self, name: str, choice: str) -> None:
        """Keep a choice for the next time."""
        self._settings.setValue(f"choices/{name}", choice)

    def save(self, window: QMainWindow) -> None:
        """Remember a window's layout."""
        self._settings.setValue(f"layout{LAYOUT_VERSION}/geometry", window.saveGeometry())
        self._settings.setValue(f"layout{LAYOUT_VERSION}/state", window.saveState(LAYOUT_VERSION))
        self._settings.sync()

    def restore(self, window: QMainWindow) -> bool:
        """Put a window as it was; False when nothing (fitting) is remembered."""
        geometry = self._settings.value(f"layout{LAYOUT_VERSION}/geometry")
        state = self._settings.value(f"layout{LAYOUT_VERSION}/state")
        if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
            return False
        return window.restoreGeometry(geometry) and window.restoreState(state, LAYOUT_VERSION)

    def forget(self) -> None:
        """Drop the layout."""
        self._settings.remove(f"layout{LAYOUT_VERSION}")
