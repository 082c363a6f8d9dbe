"""docs/guide.md and the window say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from braggscope.gui.window import MainWindow

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_all_pictures_are_there_and_shown() -> None:
    shown = set(re.findall(r"\]\(images/guide/([^)]+)\)", GUIDE.read_text(encoding="utf-8")))
    assert shown == {path.name for path in (GUIDE.parent / "images" / "guide").iterdir()}


def test_all_keys_stand_in_the_guide(window: MainWindow) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    keys = {name: action.shortcut().toString() for name, action in window.actions_.by_name.items()}
    missing = {name: key for name, key in keys.items() if key and not _stands(key, text)}
    assert missing == {"quit": "Ctrl+Q", "save_as": "Ctrl+Shift+S"}


def _stands(key: str, text: str) -> bool:
    return re.search(rf"(?<![\w+]){re.escape(key)}(?![\w+])", text) is not None
