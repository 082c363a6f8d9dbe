"""What tests of evidence do with a window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import Bounds, ImageRegion, Pixel, Rectangle
from braggscope.gui.evidence.commands import EvidenceCommands
from braggscope.gui.evidence.export_dialog import ExportDialog
from braggscope.gui.evidence.verify_dialog import VerifyDialog
from braggscope.gui.window import MainWindow

REGIONS = (ImageRegion(name="peak", shape=Rectangle(slow=5, fast=5, height=6, width=6)),)


def evidence_of(window: MainWindow) -> EvidenceCommands:
    return window.files.evidence


def compared(qtbot: QtBot, window: MainWindow) -> None:
    """A and B have run and differ: B has another wavelength and meaning, a region is drawn."""
    session = window.session
    session.edit(
        session.slot("B").id, overrides=("beam.wavelength_A*=1.001", "semantics.omega=mean")
    )
    session.markings.set_regions(REGIONS)
    session.analyser.set_bounds({"correlation": Bounds(lower=0.4)})
    session.run()
    session.set_cursor(Pixel(7, 9))
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None)


def exported(qtbot: QtBot, window: MainWindow, path: Path) -> ExportDialog:
    """Export through the dialog, and wait until it is done."""
    window.actions_["export_evidence"].trigger()
    dialog = evidence_of(window).export_dialog
    assert dialog is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
        dialog.kind.setCurrentIndex(0 if path.suffix == ".zip" else 1)
        dialog.export_button.click()
    qtbot.waitUntil(lambda: not dialog.is_writing, timeout=20_000)
    return dialog


def loaded(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    evidence_of(window).load(path)
    qtbot.waitUntil(lambda: not evidence_of(window).is_opening, timeout=20_000)


def rows_of(dialog: VerifyDialog) -> list[tuple[str, str, str]]:
    items = (dialog.list.topLevelItem(n) for n in range(dialog.list.topLevelItemCount()))
    return [(item.text(0), item.text(1), item.text(2)) for item in items if item is not None]
