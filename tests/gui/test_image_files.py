"""Images from disk in the window: opening, dropping, geometry, size, changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from braggscope.api import EngineContribution, EngineOption, InvalidInput, ShapeMismatch
from braggscope.experiment.toml import save_experiment
from braggscope.gui.image_files import place_file
from braggscope.gui.images_dialog import ImagesDialog, Placing, first_places
from braggscope.gui.runs.watching import Changes
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import ENGINES, FakeHost, FakeRegistry, small_experiment

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]
HEADER = (
    "{\nHEADER_BYTES=  512;\nDIM=2;\nBYTE_ORDER=little_endian;\nTYPE=unsigned_short;\nSIZE1=32;\n"
    "SIZE2=24;\nPIXEL_SIZE=0.2;\nDISTANCE=123.0;\nWAVELENGTH=1.25;\nBEAM_CENTER_X=2.0;\n"
    "BEAM_CENTER_Y=3.0;\nOSC_START=0;\nOSC_RANGE=0.5;\n}\n"
)
OPTIONS = (
    EngineOption("path", "Image file", kind="path", required=True, patterns=("*.npy",)),
    EngineOption("frame", "Frame", kind="number", default="1", rare=True),
    EngineOption("gaps", "Gaps", ("masked", "kept"), rare=True),
)


class Registry(FakeRegistry):
    def engines(self) -> dict[str, EngineContribution]:
        return {**ENGINES, "file": EngineContribution("file", "Image from file", "x:y", OPTIONS)}


class Host(FakeHost):
    """Its images of files fit the detector of `fits` alone."""

    fits = (40, 30)

    def finish(self, number: int, factor: float = 1.0) -> None:
        run, job, _ = self.runs[number]
        detector = run.setup.detector.shape
        if run.engine == "file" and "broken" in dict(run.options)["path"]:
            job.run(lambda _: self._give_up())
        elif run.engine == "file" and detector != self.fits:
            job.run(lambda _: self._refuse(detector))
        else:
            self.shapes = {run.engine: detector}
            super().finish(number, factor)

    def _give_up(self) -> Any:
        raise InvalidInput("broken.npy is empty")

    def _refuse(self, detector: tuple[int, int]) -> Any:
        raise ShapeMismatch("file", self.fits, detector)


@pytest.fixture
def registry() -> FakeRegistry:
    return Registry()


@pytest.fixture
def host() -> FakeHost:
    return Host()


def files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(b"something")
    return [folder / name for name in names]


def dialog_of(window: MainWindow) -> ImagesDialog:
    dialog = window.findChild(ImagesDialog)
    assert dialog is not None
    return dialog


def accept(window: MainWindow, qtbot: QtBot) -> None:
    buttons = dialog_of(window).findChild(QDialogButtonBox)
    qtbot.mouseClick(
        buttons.button(QDialogButtonBox.StandardButton.Open), Qt.MouseButton.LeftButton
    )


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, modifier = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, button, modifier))


def test_a_dropped_image_becomes_b_in_a_row_of_its_own(
    window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    (path,) = files(tmp_path, "measured.npy")
    drop(window, [path])
    qtbot.waitUntil(lambda: window.findChild(ImagesDialog) is not None)
    assert not dialog_of(window).geometry_box.isVisible()
    accept(window, qtbot)
    session = window.session
    slot = session.slot("B")
    assert (slot.engine, dict(slot.options)) == ("file", {"path": str(path)})
    assert [s.engine for s in session.slots] == ["torch-cpu", "nanobragg-c", "file"]
    assert session.label(slot) == "Image from file · measured.npy"
    assert dict(host.runs[-1][0].options)["path"] == str(path)
    qtbot.waitUntil(lambda: session.slot("B").phase is Phase.DONE)
    # The next one takes its place and no further row.
    session.run_slot(place_file(session, tmp_path / "other.npy", "B").slot_id)
    assert len(session.slots) == 3
    assert dict(host.runs[-1][0].options)["path"] == str(tmp_path / "other.npy")


def test_a_file_that_cannot_be_read_leaves_a_and_b_as_they_were(
    window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window.session
    session.run()
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")
    before = session.slots
    good, broken = files(tmp_path, "good.npy", "broken.npy")
    window.files.images.place(Placing(((broken, "B"),)))
    qtbot.waitUntil(lambda: session.slots == before)
    assert "roken.npy is empty" in window.message.text.text()
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")
    # Nor does it take the place of an image that could be read.
    window.files.images.place(Placing(((good, "B"),)))
    qtbot.waitUntil(lambda: session.slot("B").phase is Phase.DONE)
    image = session.slot("B").image
    window.files.images.place(Placing(((broken, "B"),)))
    qtbot.waitUntil(lambda: dict(session.slot("B").options)["path"] == str(good))
    assert session.slot("B").image is image
    assert session.slot("B").phase is Phase.DONE


def test_several_images_are_the_pair_and_further_runs(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = files(tmp_path, "a.npy", "b.cbf", "c.tif")
    window.files.images.offer(paths)
    assert [box.currentData() for box in dialog_of(window).boxes] == ["A", "B", "another"]
    accept(window, qtbot)
    session = window.session
    shown = [dict(session.slot(side).options)["path"] for side in session.sides]
    assert shown == [str(paths[0]), str(paths[1])]
    assert dict(session.slots[-1].options)["path"] == str(paths[2])
    assert first_places(4) == ("A", "B", "another", "another")


def test_too_many_images_are_refused_and_nothing_changes(
    window: MainWindow, tmp_path: Path
) -> None:
    window.files.images.offer([tmp_path / f"{number}.npy" for number in range(9)])
    assert "9 images at a time are too many" in window.message.text.text()
    assert len(window.session.slots) == 2


def test_without_an_engine_for_files_that_is_said(
    host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    window = MainWindow(host, FakeRegistry())
    qtbot.addWidget(window)
    window.files.images.offer([tmp_path / "x.npy"])
    assert "no engine here takes image files" in window.message.text.text().lower()
    window.close_at_once()


def test_geometry_of_a_header_becomes_the_experiments_and_can_be_undone(
    window: MainWindow, host: Host, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "x.img"
    path.write_bytes(HEADER.encode().ljust(512) + bytes(2 * 32 * 24))
    host.fits = (24, 32)
    before = window.session.experiment
    window.files.images.offer([path])
    assert dialog_of(window).geometry_box.isVisible()
    dialog_of(window).geometry_box.setChecked(True)
    accept(window, qtbot)
    qtbot.waitUntil(lambda: window.session.experiment != before)
    experiment = window.session.experiment
    assert experiment is not None
    assert experiment.beam.wavelength_A == 1.25
    assert experiment.detector.distance_mm == 123.0
    assert (experiment.detector.pixels_slow, experiment.detector.pixels_fast) == (24, 32)
    assert "Beam and detector of x.img" in window.message.text.text()
    qtbot.waitUntil(lambda: window.session.slot("B").phase is Phase.DONE)
    assert [window.session.slot(side).engine for side in "AB"] == ["torch-cpu", "file"]  # type: ignore[arg-type]
    assert window.isWindowModified()
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: window.session.experiment == before)


def test_a_header_that_is_none_leaves_everything_as_it_was(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (path,) = files(tmp_path, "x.cbf")
    before = window.session.experiment
    window.files.images.place(Placing(((path, "B"),), geometry=path))
    qtbot.waitUntil(window.message.isVisible)
    assert "no complete miniCBF header" in window.message.text.text()
    assert window.session.experiment == before
    assert [slot.engine for slot in window.session.slots] == ["torch-cpu", "nanobragg-c"]


def test_another_size_offers_to_fit_the_detector(
    window: MainWindow, host: Host, qtbot: QtBot, tmp_path: Path
) -> None:
    (path,) = files(tmp_path, "x.npy")
    host.fits = (50, 60)
    window.files.images.place(Placing(((path, "B"),)))
    slot = window.session.slot("B")
    card = window.runs.cards[slot.id]
    qtbot.waitUntil(card.fit_detector.isVisible)
    assert "50 × 60 pixels, the detector 40 × 30" in card.state.text()
    qtbot.mouseClick(card.fit_detector, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.slot("B").phase is Phase.DONE)
    assert window.session.experiment is not None
    assert window.session.experiment.detector.pixels_fast == 60
    assert not card.fit_detector.isVisible()
    assert window.session.slot("A").phase is Phase.DONE


def test_fit_detector_takes_what_the_header_tells(
    window: MainWindow, host: Host, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "x.img"
    path.write_bytes(HEADER.encode().ljust(512) + bytes(2 * 32 * 24))
    host.fits = (24, 32)
    window.files.images.place(Placing(((path, "B"),)))
    card = window.runs.cards[window.session.slot("B").id]
    qtbot.waitUntil(card.fit_detector.isVisible)
    qtbot.mouseClick(card.fit_detector, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.slot("B").phase is Phase.DONE)
    experiment = window.session.experiment
    assert experiment is not None
    assert (experiment.beam.wavelength_A, experiment.detector.pixels_fast) == (1.25, 32)
    assert window.session.slot("A").phase is Phase.DONE


def test_the_row_says_that_no_file_is_chosen_and_takes_one_that_is_typed(
    window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.edit(2, engine="file", options={})
    card = window.runs.cards[2]
    assert card.state.text() == "No image file is chosen"
    assert not card._options["frame"].isVisible()
    card.more.click()
    assert card._options["frame"].isVisible()
    field = card._options["path"].findChild(QLineEdit)
    field.setFocus()
    qtbot.keyClicks(field, str(tmp_path / "x.npy"))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dict(window.session.by_id(2).options)["path"] == str(tmp_path / "x.npy")
    frame = card._options["frame"]
    frame.setFocus()
    frame.selectAll()  # type: ignore[union-attr]
    qtbot.keyClicks(frame, "x")
    qtbot.keyClick(frame, Qt.Key.Key_Return)
    assert "'x' is no number" in card.state.text()


def test_a_file_that_changes_is_read_again(
    window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((40, 30)))
    window.files.images.place(Placing(((path, "B"),)))
    watch = window.files.images.watch
    watch._timer.setInterval(20)
    qtbot.waitUntil(lambda: path in watch._changes._told)
    before = len(host.runs)
    np.save(path, np.ones((40, 30), np.float32))
    qtbot.waitUntil(lambda: len(host.runs) == before + 1)
    assert host.runs[-1][0].engine == "file"
    assert "changed and is read again" in window.status.currentMessage()


def test_a_change_is_told_once_and_only_when_it_has_come_to_rest() -> None:
    changes, path = Changes(), Path("x")
    assert changes.seen({path: (1, 10, 1)}) == ()
    assert changes.seen({path: (1, 4, 2)}) == ()
    assert changes.seen({path: (1, 8, 3)}) == ()
    assert changes.seen({path: (1, 10, 4)}) == ()
    assert changes.seen({path: (1, 10, 4)}) == (path,)
    assert changes.seen({path: (1, 10, 4)}) == ()
    # Replaced by another file, which is not there for a moment.
    assert changes.seen({path: None}) == ()
    assert changes.seen({path: None}) == ()
    assert changes.seen({path: (2, 10, 5)}) == ()
    assert changes.seen({path: (2, 10, 5)}) == (path,)
    # What is no longer shown is forgotten.
    assert changes.seen({}) == ()
    assert changes.seen({path: (3, 1, 6)}) == ()


def test_an_experiment_and_images_are_dropped_together(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    save_experiment(small_experiment(), tmp_path / "x.toml")
    (image,) = files(tmp_path, "y.edf.gz")
    drop(window, [image, tmp_path / "x.toml", *files(tmp_path, "notes.txt")])
    qtbot.waitUntil(lambda: window.findChild(ImagesDialog) is not None)
    assert window.document.name == "x.toml"
    assert dialog_of(window).windowTitle() == "Open image"
