"""What was found goes into files and to the clipboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from braggscope.ui.view_state import Directions
from braggscope_divergence.dock import DivergenceDock
from tests.plugins.braggscope_divergence.divergence_context import Context, surveyed

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_files_and_the_clipboard_hold_what_was_found(
    qtbot: QtBot, dock: DivergenceDock, tmp_path: Path
) -> None:
    surveyed(qtbot, dock)

    def ask(parent: QWidget, kind: str) -> Path:
        return tmp_path / f"map.{kind}"

    dock.ask_path = ask
    for kind in ("png", "svg", "csv", "json"):
        dock.controls.save_wanted.emit(kind)
        assert str(tmp_path / f"map.{kind}") in dock.status.text()
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "engine A" in (tmp_path / "map.svg").read_text()
    count = len(dock.surveyor.state.found.samples)
    assert len((tmp_path / "map.csv").read_text().splitlines()) == count + 1
    assert len(json.loads((tmp_path / "map.json").read_text())["pixels"]) == count
    dock.ask_path = lambda parent, kind: tmp_path / "nowhere" / "x.csv"
    dock.controls.save_wanted.emit("csv")
    assert dock.status.text().startswith("✗")
    dock.controls.copy_button.click()
    assert QGuiApplication.clipboard().text().startswith("Differs first\tStage")


def test_a_saved_map_is_turned_too(
    qtbot: QtBot, dock: DivergenceDock, context: Context, tmp_path: Path
) -> None:
    surveyed(qtbot, dock)
    texts = []
    for turned in (Directions(), Directions(slow_up=True)):
        context.turned = turned
        file = tmp_path / "map.svg"
        dock.ask_path = lambda parent, kind, file=file: file
        dock.save("svg")
        texts.append(file.read_text())
    upright, turned_round = ([_height_of(text, end) for end in ("0", "59")] for text in texts)
    assert upright[0] < upright[1]
    assert turned_round[0] > turned_round[1]


def _height_of(svg: str, label: str) -> float:
    """From above, of a number beside the slow axis."""
    found = re.search(rf'y="([\d.]+)"[^>]*text-anchor="end"[^>]*>{label}<', svg)
    assert found is not None
    return float(found[1])
