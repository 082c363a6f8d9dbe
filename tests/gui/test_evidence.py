"""File ▸ Export evidence and Open evidence: what the window shows goes out and comes back."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Bounds,
    EngineFailed,
    ImageRegion,
    Pixel,
    Rectangle,
    Tolerances,
)
from braggscope.evidence.opening import opened
from braggscope.experiment import Experiment
from braggscope.gui.evidence.commands import EvidenceCommands
from braggscope.gui.evidence.export_dialog import ExportDialog
from braggscope.gui.evidence.verify_dialog import VerifyDialog
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from braggscope.host.host import Host
from braggscope.host.jobs import Job
from braggscope.host.plugins import PluginRegistry
from tests.gui.fake_host import FakeHost, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

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


def test_verify_says_item_by_item_what_holds(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    runs = len(host.runs)
    dialog = verified(qtbot, window)
    assert len(host.runs) == runs + 2
    assert host.cache_allowed[-2:] == [False, False], "an image in memory would prove nothing"
    rows = rows_of(dialog)
    assert all(sign == "✓ holds" for sign, *_ in rows), rows
    assert [what for _, what, _ in rows] == [
        "The bundle’s files are unchanged",
        "The image of A is the recorded one",
        "The image of B is the recorded one",
        "Correlation",
        "Largest |B−A|",
        "Correlation in peak",
        "Largest |B−A| in peak",
        "The verdict is the same",
        "The traces begin to differ where they did",
    ]
    assert dialog.outcome.text().startswith("✓ The evidence holds")
    dialog.close()


def verified(qtbot: QtBot, window: MainWindow) -> VerifyDialog:
    evidence_of(window).bar.verify.click()
    dialog = evidence_of(window).verify_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=20_000)
    return dialog


def rows_of(dialog: VerifyDialog) -> list[tuple[str, str, str]]:
    items = (dialog.list.topLevelItem(n) for n in range(dialog.list.topLevelItemCount()))
    return [(item.text(0), item.text(1), item.text(2)) for item in items if item is not None]


def test_verify_names_what_differs_and_what_cannot_be_repeated(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.load(bundle / "images" / "b.npy")
    image[3, 4] += 1e6
    np.save(bundle / "images" / "b.npy", image)
    loaded(qtbot, window, bundle)
    host.failure = EngineFailed("torch is gone")
    dialog = verified(qtbot, window)
    found = {what: (sign, detail) for sign, what, detail in rows_of(dialog)}
    assert found["The bundle’s files are unchanged"] == ("✗ differs", "images/b.npy")
    assert found["The image of A is the recorded one"][0] == "? cannot be repeated"
    assert "torch is gone" in found["The image of A is the recorded one"][1]
    assert found["The image of B is the recorded one"][0] == "✗ differs"
    metrics = found["The metrics and the verdict are the same"]
    assert metrics == ("? cannot be repeated", "there is no image of A")
    assert "does not hold any more" in dialog.outcome.text()
    dialog.close()


def test_verify_can_be_cancelled_and_begun_again(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    host.auto = False
    runs = len(host.runs)
    evidence_of(window).bar.verify.click()
    dialog = evidence_of(window).verify_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: len(host.runs) == runs + 1)
    assert dialog.start_button.text() == "Cancel"
    dialog.start_button.click()
    assert host.runs[-1][1].token.is_set
    host.finish(len(host.runs) - 1)
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert dialog.outcome.text() == "■ Cancelled."
    host.auto = True
    dialog.start_button.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=20_000)
    assert dialog.outcome.text().startswith("✓")
    dialog.close()


def test_dropped_evidence_opens(qtbot: QtBot, window: MainWindow, bundle: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(bundle))])
    dropped = window.files.dropped(data)
    assert dropped.evidence == bundle
    window.files.take(dropped)
    qtbot.waitUntil(lambda: evidence_of(window).opened is not None)


def test_files_of_a_zip_outlive_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An experiment that came out of a zip can be saved, and opened another day."""
    monkeypatch.setenv("BRAGGSCOPE_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "small.hkl").write_text("0 0 0 10\n1 0 0 20\n0 1 0 30\n")
    path = f'"{tmp_path / "small.hkl"}"'
    made = small_experiment().with_override("crystal.default_F", 5.0)
    window.set_experiment(made)
    session = window.session
    line = f"crystal.structure_factors={path}"
    for side in ("A", "B"):
        session.edit(session.slot(side).id, overrides=(line,))
    session.run()
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None)
    exported(qtbot, window, tmp_path / "e.zip").close()
    (tmp_path / "small.hkl").unlink()
    for _ in range(2):
        loaded(qtbot, window, tmp_path / "e.zip")
        slot = session.slot("A")
        run = slot.image_run
        assert run is not None
        reference = run.effective_experiment.crystal.structure_factors
        assert reference is not None
        assert reference.path.is_relative_to(tmp_path / "state")
        assert reference.path.is_file()
        assert not session.is_outdated(slot)
    kept = list((tmp_path / "state").rglob("*.hkl"))
    assert len(kept) == len({path.read_bytes() for path in kept}), "each content once"


def test_the_window_lives_while_evidence_is_written_and_read(
    qtbot: QtBot, window: MainWindow, host: FakeHost, tmp_path: Path
) -> None:
    """2 × 9 megapixels; the window's thread is never away for long."""
    host.shapes = dict.fromkeys(("torch-cpu", "nanobragg-c"), (1500, 1500))
    made = small_experiment()
    window.set_experiment(
        made.with_overrides({"detector.pixels_slow": 1500, "detector.pixels_fast": 1500})
    )
    compared(qtbot, window)
    beats: list[float] = []
    timer = QTimer(window, interval=5)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start()
    exported(qtbot, window, tmp_path / "e.zip").close()
    evidence_of(window).load(tmp_path / "e.zip")
    qtbot.waitUntil(lambda: not evidence_of(window).is_opening, timeout=20_000)
    timer.stop()
    assert evidence_of(window).opened is not None
    gaps = np.diff(beats)
    # The machine may be busy with other things: most of the time is what counts.
    assert np.percentile(gaps, 95) < 0.15
    assert gaps.max() < 2.0


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


def test_the_manifest_says_nothing_of_this_machine(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert str(bundle.parent) not in json.dumps(manifest)


def test_with_real_engines_it_goes_out_comes_back_and_holds(
    qtbot: QtBot, own_settings: Path, tmp_path: Path
) -> None:
    registry = PluginRegistry()
    registry.discover()
    window = MainWindow(Host(registry), registry)
    qtbot.addWidget(window)
    window.show()
    window.start()
    flags = "-cell 50 60 70 80 90 100 -default_F 10 -N 3 -lambda 1 -distance 60 -pixel 1"
    window.set_experiment(
        Experiment.from_nanobragg(f"{flags} -detpixels 24 -oversample 2 -nointerpolate".split())
    )
    session = window.session
    session.edit(
        session.slot("B").id, overrides=("semantics.omega=mean", "beam.wavelength_A*=1.01")
    )
    session.run()
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not session.is_busy, timeout=60_000)
    session.set_cursor(Pixel(3, 4))
    exported(qtbot, window, tmp_path / "real.zip").close()
    session.edit(session.slot("B").id, overrides=())
    loaded(qtbot, window, tmp_path / "real.zip")
    assert not session.is_outdated(session.slot("B"))
    qtbot.waitUntil(lambda: session.tracer.state.comparison is not None)
    assert session.tracer.state.comparison.first_divergence is not None  # type: ignore[union-attr]
    evidence_of(window).bar.verify.click()
    dialog = evidence_of(window).verify_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=60_000)
    assert dialog.outcome.text().startswith("✓ The evidence holds"), rows_of(dialog)
    with opened(tmp_path / "real.zip") as bundle:
        (program,) = bundle.environment["programs"]
        assert len(program["sha256"]) == 64
        assert (
            "braggscope nanobragg --engine torch-cpu" in (bundle.folder / "commands.sh").read_text()
        )
    dialog.close()
    window.close()


def test_runs_of_two_states_of_the_form_come_back_as_they_were(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    """A was run before the form was edited, B after it: the edit becomes B's override."""
    session = window.session
    session.run()
    edited = small_experiment().with_overrides(
        {
            "beam.wavelength_A": 1.5,
            "crystal.cells_a": 7,
            "crystal.cell.b_A": 91.0,
            "crystal.cell.beta_deg": 95.0,
            "crystal.misset_deg": [1.0, 2.0, 3.0],
        }
    )
    window.set_experiment(edited)
    session.run_slot(session.slot("B").id)
    qtbot.waitUntil(lambda: window.images.presenter.picture("B") is not None)
    exported(qtbot, window, tmp_path / "two.zip").close()
    loaded(qtbot, window, tmp_path / "two.zip")
    assert session.experiment == small_experiment()
    for side in ("A", "B"):
        assert not session.is_outdated(session.slot(side)), side  # type: ignore[arg-type]
    run = session.slot("B").image_run
    assert run is not None
    assert run.effective_experiment == edited
    assert "⚠" not in evidence_of(window).bar.text.text()


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


def test_tolerances_of_the_window_go_into_evidence_and_come_back(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    compared(qtbot, window)
    tracer = window.session.tracer
    theirs = Tolerances({"float64": {"omega": 0.5}})
    tracer.take_tolerances(theirs)
    exported(qtbot, window, tmp_path / "bundle").close()
    tracer.take_tolerances()
    loaded(qtbot, window, tmp_path / "bundle")
    assert tracer.tolerances == theirs
    evidence_of(window).close_bundle()
    assert tracer.tolerances == Tolerances()


def test_a_program_of_the_evidence_runs_only_where_the_user_says_so(
    qtbot: QtBot, window: MainWindow, bundle: Path, tmp_path: Path
) -> None:
    """The engine of B is not known here any more; the evidence describes it."""
    (bundle / "engines").mkdir()
    (bundle / "engines" / "port.toml").write_text(
        'id = "port"\ntitle = "A port"\ncommand = ["/nowhere/port", "{experiment_json}"]\n'
    )
    (bundle / "engines" / "programs.json").write_text('{"port": {}}')
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["runs"]["b"].update(engine="port", options=[])
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    loaded(qtbot, window, bundle)
    asked = []

    def refuse(parent: object, question: str) -> bool:
        asked.append(question)
        return False

    evidence_of(window).ask_to_run = refuse
    dialog = verified(qtbot, window)
    assert "runs: /nowhere/port {experiment_json}." in asked[0]
    assert len(asked) == 1
    assert dialog.list.topLevelItemCount() > 3
    dialog.close()
