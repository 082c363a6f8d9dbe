"""File ▸ Export evidence: what the window shows goes out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import Bounds, EngineFailed, Pixel
from braggscope.evidence.opening import opened
from braggscope.gui.window import MainWindow
from braggscope.host.jobs import Job
from tests.gui.evidence.steps import REGIONS, compared, evidence_of, exported
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_what_the_window_shows_is_what_is_written(
    qtbot: QtBot, window: MainWindow, host: FakeHost, target: Path
) -> None:
    compared(qtbot, window)
    runs = len(host.runs)
    dialog = exported(qtbot, window, target)
    assert f"✓ Written: {target}" in dialog.outcome.text()
    assert len(host.runs) == runs, "images are not made again"
    with opened(target) as found:
        a, b = (window.session.slot(side) for side in ("A", "B"))
        assert found.changed == found.problems == ()
        assert found.runs[0] == a.image_run
        assert found.runs[1].effective_experiment == b.image_run.effective_experiment  # type: ignore[union-attr]
        assert found.runs[1].semantics.omega == "mean"
        for image, slot in zip(found.images, (a, b), strict=True):
            np.testing.assert_array_equal(image.data, slot.image.data)  # type: ignore[union-attr]
        assert found.marks.regions == REGIONS
        assert found.marks.cursor == Pixel(7, 9)
        assert found.bounds["correlation"] == Bounds(lower=0.4)
        assert found.agrees is True, "by the bounds of the window"
        assert found.traces[0][0].pixel == Pixel(7, 9)
        assert len(found.traces) >= 5
        report = (found.folder / "report.md").read_text()
        assert "B − A (linear" in report
        assert "A: torch CPU · float64 (log" in report
    dialog.close()


def test_without_images_there_is_nothing_to_export(window: MainWindow) -> None:
    window.actions_["export_evidence"].trigger()
    assert evidence_of(window).export_dialog is None
    assert "no image of A and B" in window.message.text.text()


def test_an_engine_that_cannot_trace_is_said(
    qtbot: QtBot, window: MainWindow, host: FakeHost, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(qtbot, window)

    def refuse(run: Any, pixels: Any, image: Any = None) -> Job[Any]:
        job: Job[Any] = Job("trace")
        job.run(lambda _: (_ for _ in ()).throw(EngineFailed("it cannot trace")))
        return job

    monkeypatch.setattr(host, "trace", refuse)
    dialog = exported(qtbot, window, target)
    assert "without traces: it cannot trace" in dialog.outcome.text()
    dialog.close()


def test_cancel_leaves_nothing_half_written(
    qtbot: QtBot, window: MainWindow, host: FakeHost, target: Path
) -> None:
    compared(qtbot, window)
    host.auto = False
    window.actions_["export_evidence"].trigger()
    dialog = evidence_of(window).export_dialog
    assert dialog is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
        dialog.export_button.click()
    assert dialog.is_writing
    qtbot.waitUntil(lambda: len(host.traces) == 2)
    started = time.monotonic()
    dialog.buttons.rejected.emit()
    # The fake engine goes on until its job is run, which finds the wish to stop.
    for _, _, job in host.traces:
        assert job.token.is_set
        job.run(lambda _: [])
    qtbot.waitUntil(lambda: not dialog.is_writing)
    assert time.monotonic() - started < 2
    assert "Cancelled" in dialog.outcome.text()
    assert list(target.parent.iterdir()) == []
    assert dialog.export_button.isVisible(), "it can be tried again"
    dialog.close()


def test_a_place_that_cannot_be_written_is_said_and_can_be_mended(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    compared(qtbot, window)
    (tmp_path / "file").write_text("")
    dialog = exported(qtbot, window, tmp_path / "file" / "e.zip")
    assert dialog.outcome.text().startswith("✗ Cannot write")
    assert "free space" in dialog.outcome.text()
    assert dialog.export_button.isVisible()
    dialog.close()


def test_show_in_folder_and_report(
    qtbot: QtBot, window: MainWindow, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(qtbot, window)
    opened_urls: list[Path] = []

    def remember(url: QUrl) -> bool:
        opened_urls.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", remember)
    dialog = exported(qtbot, window, target)
    dialog.show_button.click()
    assert opened_urls == [target.parent]
    dialog.report_button.click()
    qtbot.waitUntil(lambda: len(opened_urls) == 2)
    report = opened_urls[1]
    assert "B agrees with A" in report.read_text()
    assert (report.parent / "pictures" / "a.png").is_file()
    dialog.close()


def test_the_manifest_says_nothing_of_this_machine(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert str(bundle.parent) not in json.dumps(manifest)
