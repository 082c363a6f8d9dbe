"""The bar above the images of opened evidence: its words, its report, its pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.gui.window import MainWindow
from tests.gui.evidence.steps import evidence_of, loaded
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_the_report_of_a_stranger_runs_no_script(
    qtbot: QtBot, window: MainWindow, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle / "report.html").write_text("<script>alert(1)</script>")
    with (bundle / "report.md").open("a") as report:
        report.write("\n<script>alert(2)</script>\n")
    pages: list[str] = []

    def remember(url: QUrl) -> bool:
        pages.append(Path(url.toLocalFile()).read_text())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", remember)
    loaded(qtbot, window, bundle)
    evidence_of(window).bar.report_asked.emit()
    assert len(pages) == 1
    assert "<script" not in pages[0]
    assert "B agrees with A" in pages[0]
    assert f'<base href="{bundle.as_uri()}/">' in pages[0]


def test_the_bar_does_not_speak_for_other_images(
    qtbot: QtBot, window: MainWindow, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    bar = evidence_of(window).bar
    assert bar.accessibleName().startswith(f"From evidence {bundle.name}: ")
    session = window.session
    session.edit(session.slot("B").id, overrides=("beam.wavelength_A=1.3",))
    session.run()
    qtbot.waitUntil(lambda: "no longer shown" in bar.accessibleName())
    assert bar.isVisible()


def test_a_recorded_pixel_is_chosen_in_the_bar(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    bar, session = evidence_of(window).bar, window.session
    asked = len(host.traces)
    last = bar.pixels.count() - 1
    bar.pixels.setCurrentIndex(last)
    bar.pixels.activated.emit(last)
    pixel = Pixel(*bar.pixels.itemData(last))
    qtbot.waitUntil(lambda: session.tracer.state.pixel == pixel and not session.tracer.is_busy)
    assert session.cursor == pixel
    assert len(host.traces) == asked
    # Any other pixel is traced by the engines, whose runs are known.
    session.tracer.request(Pixel(1, 2))
    assert len(host.traces) == asked + 2
