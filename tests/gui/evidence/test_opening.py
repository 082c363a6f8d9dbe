"""File ▸ Open evidence: what comes back into the window, and what cannot."""

from __future__ import annotations

import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from braggscope.api import Bounds, Pixel
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from tests.gui.evidence.steps import REGIONS, evidence_of, loaded
from tests.gui.fake_host import FakeHost, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_everything_comes_back_without_a_run(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    session = window.session
    before = [session.slot(side).image.data.copy() for side in ("A", "B")]  # type: ignore[union-attr]
    other = small_experiment().with_override("beam.wavelength_A", 2.0)
    window.set_experiment(other)
    session.edit(session.slot("B").id, overrides=(), engine="torch-cpu")
    session.markings.set_regions(())
    session.analyser.set_bounds({})
    session.set_cursor(None)
    asked = len(host.runs), len(host.traces)
    loaded(qtbot, window, bundle)
    assert (len(host.runs), len(host.traces)) == asked
    assert session.experiment == small_experiment()
    a, b = (session.slot(side) for side in ("A", "B"))
    assert (a.engine, b.engine) == ("torch-cpu", "nanobragg-c")
    assert b.overrides == ("beam.wavelength_A=1.001", "semantics.omega=mean")
    for slot, data in zip((a, b), before, strict=True):
        assert slot.phase is Phase.DONE
        assert not session.is_outdated(slot)
        np.testing.assert_array_equal(slot.image.data, data)  # type: ignore[union-attr]
    assert session.markings.regions == REGIONS
    assert session.analyser.bounds["correlation"] == Bounds(lower=0.4)
    qtbot.waitUntil(lambda: session.analyser.findings is not None)
    assert session.analyser.findings.agrees is True  # type: ignore[union-attr]
    assert session.cursor == Pixel(7, 9)
    # Its traces need no engine, and are called what they are.
    qtbot.waitUntil(lambda: session.tracer.state.comparison is not None)
    assert session.tracer.state.sources == ("evidence", "evidence")
    assert session.tracer.state.comparison.first_divergence == "lambda0_m"  # type: ignore[union-attr]
    assert len(host.traces) == asked[1]
    bar = evidence_of(window).bar
    assert bar.isVisible()
    assert bar.head.text() == "From evidence bundle: B agrees with A"
    qtbot.waitUntil(lambda: window.images.presenter.picture("A") is not None)
    assert "(from evidence)" in window.images.presenter.tile("A").detail
    assert not window.isWindowModified()


def test_edits_are_not_thrown_away_unasked(qtbot: QtBot, window: MainWindow, bundle: Path) -> None:
    window.ask_about_edits = lambda parent, name: "cancel"
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 3.0))
    assert window.isWindowModified()
    evidence_of(window).load(bundle)
    assert not evidence_of(window).is_opening
    assert window.session.experiment.beam.wavelength_A == 3.0  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", ["cut", "no zip", "foreign", "manifest"])
def test_what_is_no_evidence_changes_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, bundle: Path, damage: str
) -> None:
    session = window.session
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in bundle.rglob("*"):
            if damage != "manifest" or file.name != "bundle.json":
                archive.write(file, file.relative_to(bundle))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-500])
    elif damage == "no zip":
        path.write_bytes(b"hello")
    elif damage == "foreign":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("holiday.jpg", b"x")
    before = (session.slots, session.experiment, session.markings.regions, session.analyser.bounds)
    loaded(qtbot, window, path)
    after = (session.slots, session.experiment, session.markings.regions, session.analyser.bounds)
    assert after == before
    assert "no evidence bundle" in window.message.text.text()
    assert not evidence_of(window).bar.isVisible()


def test_a_damaged_image_is_said_and_the_rest_is_shown(
    qtbot: QtBot, window: MainWindow, bundle: Path
) -> None:
    content = (bundle / "images" / "b.npy").read_bytes()
    (bundle / "images" / "b.npy").write_bytes(content[:-9])
    loaded(qtbot, window, bundle)
    a, b = (window.session.slot(side) for side in ("A", "B"))
    assert a.image is not None
    assert b.image is None
    assert b.overrides == ("beam.wavelength_A=1.001", "semantics.omega=mean")
    text = evidence_of(window).bar.text.text()
    assert "⚠ The image of B:" in text
    assert "⚠ 1 file is not what the checksums say: images/b.npy" in text


def test_opening_can_be_cancelled(
    qtbot: QtBot, window: MainWindow, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from braggscope.gui.evidence import work

    def slowly(path: Path, scratch: Path, tell: Any, keep: bool) -> Any:
        while True:
            tell(0.5, "reading")
            time.sleep(0.005)

    monkeypatch.setattr(work, "open_bundle", slowly)
    commands, before = evidence_of(window), window.session.slots
    commands.load(bundle)
    assert commands.bar.isVisible()
    qtbot.waitUntil(lambda: commands.bar.progress.value() == 500)
    commands.bar.cancel.click()
    qtbot.waitUntil(lambda: not commands.is_opening)
    assert not commands.bar.isVisible()
    assert window.session.slots == before


def test_dropped_evidence_opens(qtbot: QtBot, window: MainWindow, bundle: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(bundle))])
    dropped = window.files.dropped(data)
    assert dropped.evidence == bundle
    window.files.take(dropped)
    qtbot.waitUntil(lambda: evidence_of(window).opened is not None)


def test_opened_evidence_is_among_the_recent_files(
    qtbot: QtBot, window: MainWindow, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    evidence_of(window).close_bundle()
    menu = window.actions_.recent_menu
    menu.aboutToShow.emit()
    (action,) = (one for one in menu.actions() if one.toolTip() == str(bundle))
    action.trigger()
    qtbot.waitUntil(lambda: evidence_of(window).opened is not None, timeout=20_000)
    shutil.rmtree(bundle)
    menu.aboutToShow.emit()
    next(one for one in menu.actions() if one.toolTip() == str(bundle)).trigger()
    assert "not there any more" in window.message.text.text()
    assert window.files.recent.paths("evidence") == ()


def test_closing_the_window_leaves_nothing_unpacked(
    qtbot: QtBot, window: MainWindow, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", bundle))
    loaded(qtbot, window, packed)
    loaded(qtbot, window, packed)
    assert len(list((tmp_path / "scratch").iterdir())) == 1
    window.close()
    assert list((tmp_path / "scratch").iterdir()) == []
