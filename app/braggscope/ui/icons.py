"""Icons, tinted with the theme's text colour so that they show in light and dark."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from braggscope.ui.theme import current_theme


def icon(name: str, color: str = "") -> QIcon:
    """An icon of qtawesome such as "mdi6.play"; an empty one where the font is missing."""
    # qtawesome loads its fonts: that is for after the first frame.
    import qtawesome

    theme = current_theme()
    try:
        return qtawesome.icon(name, color=color or theme.text, color_disabled=theme.border)
    except Exception:  # noqa: BLE001 - a missing picture is no reason to fail
        return QIcon()
