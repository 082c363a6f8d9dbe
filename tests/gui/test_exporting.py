"""Export of A, B and their difference from the window."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.gui.exporting import ExportDialog, exportables
from braggscope.gui.window import MainWindow
from braggscope.io.images import FORMATS

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def export(window: MainWindow, which: int, kind: int) -> None:
    window.actions_["export_image"].trigger()
    dialog = window.findChildren(ExportDialog)[-1]
    dialog.which.setCurrentIndex(which)
    dialog.format.setCurrentIndex(kind)
    dialog.accept()


def test_the_difference_goes_out_with_geometry_and_origin(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "d"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.session.run()
    qtbot.waitUntil(lambda: len(exportables(window.session)) == 3)
    export(window, 2, 0)
    qtbot.waitUntil(lambda: "Exported" in window.status.currentMessage())
    assert not window.message.isVisible()
    with h5py.File(tmp_path / "d.h5") as file:
        assert np.array_equal(file["entry/data/data"][0], np.zeros((40, 30)))
        assert file["entry/instrument/detector/distance"][()] == pytest.approx(0.1)
        told = file["entry/process/provenance"][()].decode()
    assert "difference map b_minus_a of A and B" in told
    assert "B: nanobragg-c" in told


def test_what_the_format_does_not_hold_is_said(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.img"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.session.run()
    qtbot.waitUntil(lambda: len(exportables(window.session)) == 3)
    smv = next(number for number, kind in enumerate(FORMATS) if kind.title == "SMV")
    export(window, 0, smv)
    qtbot.waitUntil(window.message.isVisible)
    assert "1 pixel is clipped: SMV holds 0 to 65535" in window.message.text.text()
    assert target.stat().st_size > 2 * 40 * 30


def test_a_place_that_takes_no_file_is_one_message(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.session.slot("A").image is not None)
    image = window.session.slot("A").image
    assert image is not None
    window.files.exports.export(image, tmp_path / "nowhere" / "a.npy")
    qtbot.waitUntil(window.message.isVisible)
    assert "cannot write" in window.message.text.text().lower()


def test_without_images_there_is_nothing_to_export(window: MainWindow) -> None:
    window.actions_["export_image"].trigger()
    assert "There is no image to export" in window.message.text.text()
    assert window.findChild(ExportDialog) is None
