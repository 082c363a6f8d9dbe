"""Where evidence goes, and evidence that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braggscope.gui.window import MainWindow
from tests.gui.evidence.steps import compared, exported


@pytest.fixture(params=["e.zip", "e"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / request.param


@pytest.fixture
def bundle(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> Path:
    """Evidence as a folder, of what `compared` shows."""
    compared(qtbot, window)
    dialog = exported(qtbot, window, tmp_path / "bundle")
    dialog.close()
    return tmp_path / "bundle"
