"""Actions that cannot be done at times, and why."""

from __future__ import annotations

from PySide6.QtGui import QAction

_WHY = "why not"


def allow(action: QAction, on: bool, why: str = "") -> None:
    """Enable an action, or disable it and say why."""
    action.setProperty(_WHY, "" if on else why)
    action.setEnabled(on)


def why_not(action: QAction) -> str:
    """Why an action cannot be done now; "" where it can, or where nobody said."""
    return "" if action.isEnabled() else str(action.property(_WHY) or "")
