"""Puts a theme on the application: palette, style sheet."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final

from PySide6.QtWidgets import QApplication

from braggscope.host.resources import resource_path
from braggscope.ui.theme import Theme, outlined_palette_of, palette_of

#: Kinds of widgets with outlines: of fields, and of the boxes in menus.
_OUTLINED: Final = ("QLineEdit", "QAbstractSpinBox", "QMenu")


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Show the application in the colours of a theme."""
    sheet = style_sheet(theme)
    application.setPalette(palette_of(theme))
    for kind in _OUTLINED:
        # The stubs say bytes, and text is what works.
        application.setPalette(outlined_palette_of(theme), kind)  # type: ignore[arg-type]
    if application.styleSheet() == sheet:
        return
    # To change a sheet Qt goes through all widgets that it keeps rules of, among them those that
    # were destroyed before they were ever shown: that crashes. Without a sheet it forgets them.
    application.setStyleSheet("")
    application.setStyleSheet(sheet)


def style_sheet(theme: Theme) -> str:
    """The window's style sheet in the colours of a theme."""
    try:
        text = resource_path("styles", "window.qss").read_text(encoding="utf-8")
    except OSError:
        return ""
    colors = {name: str(value) for name, value in asdict(theme).items()}
    check = resource_path("styles", "check-dark.svg" if theme.dark else "check-light.svg")
    colors["check"] = check.as_posix()
    return re.sub(r"@(\w+)", lambda match: colors.get(match[1], match[0]), text)
