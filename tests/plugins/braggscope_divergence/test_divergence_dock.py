"""The dock "Divergence map" as a user sees it, on a program whose fault matters in a part alone."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Cancelled,
    DetectorImage,
    EngineFailed,
    ImageRegion,
    Line,
    Marks,
    OverlayItem,
    Pixel,
    PixelTrace,
    Provenance,
    Rectangle,
    Run,
    Tolerances,
    variable,
)
from braggscope.experiment import Experiment
from braggscope.explain.background import remaining_s
from braggscope.ui import ViewContext
from braggscope.ui.view_state import Directions
from braggscope_divergence.dock import DivergenceDock
from braggscope_divergence.place import create
from braggscope_divergence.presenter import left_text

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

SHAPE = (60, 50)
FLAGS = (
    "-cell 40 50 60 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 40 -pixel 0.5"
    " -detpixels_x 50 -detpixels_y 60"
)
RUN = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="right")
RUNS = {"A": RUN, "B": RUN.model_copy(update={"engine": "wrong"})}


def trace_of(run: Run, pixel: Pixel) -> PixelTrace:
    """B's solid angle is off in the upper half, its polarisation in the lower right."""
    off = run.engine == "wrong"
    omega = 2.0 if off and pixel.slow < 30 else 1.0
    polar = 3.0 if off and pixel.slow >= 30 and pixel.fast >= 25 else 1.0
    names = (("omega_now", [omega]), ("polar_now", [[polar]]), ("val", omega * polar))
    return PixelTrace(pixel, run.engine, tuple(variable(*pair) for pair in names), omega)


class Job:
    """Traces that are there at once, or only after the hold is gone."""

    def __init__(self, context: Context, run: Run, pixels: Sequence[Pixel]) -> None:
        self._context, self._run, self._pixels = context, run, pixels
        self._cancelled = threading.Event()

    def result(self) -> list[PixelTrace]:
        while self._context.hold and not self._cancelled.wait(0.005):
            pass
        if self._cancelled.is_set():
            raise Cancelled
        if self._context.failure is not None:
            raise self._context.failure
        return [trace_of(self._run, pixel) for pixel in self._pixels]

    def cancel(self) -> None:
        self._cancelled.set()


class Context(ViewContext):
    """A window with images to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, DetectorImage] = {}
        self.drawn: tuple[ImageRegion, ...] = ()
        self.over: dict[str, Sequence[OverlayItem]] = {}
        self.traced: list[Pixel] = []
        self.shown: list[str] = []
        self.allowed = Tolerances()
        self.turned = Directions()
        self.hold = False
        self.failure: Exception | None = None

    @property
    def cursor(self) -> Pixel | None:
        return self.traced[-1] if self.traced else None

    @property
    def directions(self) -> Directions:
        return self.turned

    def set_cursor(self, pixel: Pixel) -> None:
        self.cursor_moved.emit(pixel)

    def image(self, side: str) -> DetectorImage | None:
        return self.pictures.get(side)

    def label(self, side: str) -> str:
        return f"engine {side}"

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        return self.drawn

    def request_trace(self, pixel: Pixel) -> None:
        self.traced.append(pixel)

    @property
    def tolerances(self) -> Tolerances:
        return self.allowed

    def run(self, side: str) -> Run | None:
        return RUNS[side]

    def start_traces(self, run: Run, pixels: Sequence[Pixel]) -> Any:
        return Job(self, run, list(pixels))

    def draw_over(self, name: str, items: Sequence[OverlayItem]) -> None:
        self.over[name] = items

    def show_view(self, view_id: str) -> None:
        self.shown.append(view_id)

    def show_images(self) -> None:
        noise = np.random.default_rng(0).random((2, *SHAPE))
        self.pictures = {
            side: DetectorImage(data, None, Provenance(RUNS[side]))
            for side, data in zip("AB", noise, strict=True)
        }
        self.images_changed.emit()


@pytest.fixture
def context() -> Iterator[Context]:
    gc.disable()
    made = Context()
    made.show_images()
    yield made
    made.hold = False
    gc.enable()
    gc.collect()


@pytest.fixture
def dock(qtbot: QtBot, context: Context) -> Iterator[DivergenceDock]:
    place: Any = create(context).widget()
    qtbot.addWidget(place)
    place.resize(700, 260)
    place.show()
    qtbot.waitUntil(lambda: place.dock is not None)
    made: DivergenceDock = place.dock
    yield made
    made.surveyor.close()


def surveyed(qtbot: QtBot, dock: DivergenceDock) -> None:
    dock.controls.start_button.click()
    qtbot.waitUntil(lambda: not dock.surveyor.state.running, timeout=20_000)


def grabbed(qtbot: QtBot, dock: DivergenceDock) -> QImage:
    """The map, once it shows what is known."""
    qtbot.waitUntil(lambda: dock.map.is_up_to_date)
    return dock.map.grab().toImage()


def rows(dock: DivergenceDock) -> list[list[str]]:
    items = [dock.table.topLevelItem(n) for n in range(dock.table.topLevelItemCount())]
    return [[item.text(c) for c in range(5)] for item in items if item is not None]


def test_the_table_says_what_is_first_where_and_by_how_much(
    qtbot: QtBot, dock: DivergenceDock
) -> None:
    surveyed(qtbot, dock)
    table = rows(dock)
    assert [row[0].split(":")[0] for row in table[:2]] == ["omega_now", "polar_now"]
    assert table[2][0] == "A and B agree"
    shares = [float(row[2].removesuffix(" %")) for row in table]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert [row[1] for row in table] == ["sub-pixel", "source", ""]
    assert [row[3] for row in table] == ["0.5", "0.67", ""]
    assert "omega_now is the first in" in dock.status.text()


def test_the_map_shows_each_fault_where_it_is(qtbot: QtBot, dock: DivergenceDock) -> None:
    surveyed(qtbot, dock)
    chart = dock.map
    for pixel, outcome in (
        (Pixel(5, 5), "omega_now"),
        (Pixel(50, 45), "polar_now"),
        (Pixel(50, 5), "agrees"),
    ):
        sample = chart.sample_at(chart.place_of(pixel))
        assert sample is not None
        assert sample.outcome == outcome
    # Three areas of three colours.
    picture = grabbed(qtbot, dock)
    places = [chart.place_of(Pixel(s, f)) for s, f in ((7, 13), (52, 41), (52, 9))]
    nearby = [
        {picture.pixelColor(p.toPoint() + QPoint(i, j)).name() for i in range(-6, 7, 3)
         for j in range(-6, 7, 3)}
        for p in places
    ]  # fmt: skip
    assert not nearby[0] & nearby[1] & nearby[2]


def test_a_map_of_another_size_is_there_at_once_and_soon_sharp(
    qtbot: QtBot, dock: DivergenceDock
) -> None:
    surveyed(qtbot, dock)
    before = grabbed(qtbot, dock)
    dock.map.resize(dock.map.width() + 60, dock.map.height() + 40)
    chart, pixel = dock.map, Pixel(5, 5)
    at_once = chart.grab().toImage()
    assert at_once.size() != before.size()
    assert len({at_once.pixelColor(x, at_once.height() // 2).name() for x in range(200)}) > 5
    place = chart.place_of(Pixel(50, 9)).toPoint()
    assert grabbed(qtbot, dock).pixelColor(place) != chart.palette().window().color()
    found = chart.sample_at(chart.place_of(pixel))
    assert found is not None
    assert found.outcome == "omega_now"


def test_a_click_on_a_row_traces_the_worst_pixel_and_two_open_the_trace(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    item = dock.table.topLevelItem(0)
    place = dock.table.visualItemRect(item).center()
    qtbot.mouseClick(dock.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert context.traced[-1] == dock.surveyor.state.found.causes[0].example
    assert context.shown == []
    dock.table.setCurrentItem(item)
    qtbot.keyClick(dock.table, Qt.Key.Key_Return)
    assert context.shown == ["pixel-trace"]


def test_a_click_in_the_map_traces_the_pixel_or_the_sample_beside_it(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    sample = dock.surveyor.state.found.samples[0]
    beside = dock.map.place_of(sample.pixel).toPoint() + QPoint(1, 1)
    qtbot.mouseClick(dock.map, Qt.MouseButton.LeftButton, pos=beside)
    assert dock.map.sample_at(dock.map.place_of(context.traced[-1])) is not None
    assert context.traced[-1] in dock.surveyor.state.found.pixels
    qtbot.mouseDClick(dock.map, Qt.MouseButton.LeftButton, pos=beside)
    assert context.shown == ["pixel-trace"]
    count = len(context.traced)
    qtbot.mouseClick(dock.map, Qt.MouseButton.LeftButton, pos=QPoint(1, dock.map.height() // 2))
    assert len(context.traced) == count


def test_the_keyboard_walks_from_sample_to_sample(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    context.traced.append(Pixel(0, 0))
    context.set_cursor(Pixel(0, 0))
    qtbot.keyClick(dock.map, Qt.Key.Key_Down)
    assert context.traced[-1].slow > 0
    assert context.traced[-1] in dock.surveyor.state.found.pixels
    qtbot.keyClick(dock.map, Qt.Key.Key_Return)
    assert context.shown == ["pixel-trace"]


def test_cancel_takes_no_time_and_keeps_what_was_found(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    dock.controls.many_box.setValue(2000)
    dock.controls.start_button.click()
    assert dock.controls.start_button.text() == "Cancel"
    qtbot.waitUntil(lambda: len(dock.surveyor.state.found.samples) > 0, timeout=10_000)
    context.hold = True
    began = time.perf_counter()
    dock.controls.start_button.click()
    thread = dock.surveyor._thread
    assert thread is not None
    thread.join(0.2)
    assert not thread.is_alive()
    assert time.perf_counter() - began < 0.2
    assert dock.controls.start_button.text() == "Start"
    assert "Cancelled." in dock.status.text()
    assert rows(dock)


def test_esc_stops_it_too(qtbot: QtBot, dock: DivergenceDock, context: Context) -> None:
    context.hold = True
    dock.controls.start_button.click()
    assert dock.surveyor.state.running
    qtbot.keyClick(dock.controls.start_button, Qt.Key.Key_Escape)
    assert not dock.surveyor.state.running


def test_other_images_end_the_survey_and_are_said(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    dock.controls.over_box.setChecked(True)
    assert context.over["divergence-map"]
    context.show_images()
    assert "A or B has changed since" in dock.status.text()
    assert not context.over["divergence-map"]
    context.hold = True
    dock.controls.start_button.click()
    assert dock.surveyor.state.running
    context.show_images()
    assert not dock.surveyor.state.running


def test_only_the_region_is_sampled(qtbot: QtBot, dock: DivergenceDock, context: Context) -> None:
    context.drawn = (
        ImageRegion(name="corner", shape=Rectangle(slow=0, fast=0, height=20, width=15)),
    )
    context.regions_changed.emit()
    box = dock.controls.region_box
    box.setCurrentIndex(box.findText("corner"))
    surveyed(qtbot, dock)
    found = dock.surveyor.state.found
    assert len(found.samples) > 50
    assert all(p.slow < 20 and p.fast < 15 for p in found.pixels)
    assert dock.map.sample_at(dock.map.place_of(Pixel(50, 40))) is None


def test_only_the_chosen_ways_are_used(qtbot: QtBot, dock: DivergenceDock) -> None:
    for way in ("difference", "strongest"):
        dock.controls.where_boxes[way].setChecked(False)  # type: ignore[index]
    dock.controls.refine_box.setChecked(False)
    dock.controls.many_box.setValue(4)
    surveyed(qtbot, dock)
    assert {*dock.surveyor.state.found.pixels} == {(s, f) for s in (0, 59) for f in (0, 49)}


def test_the_map_is_drawn_over_the_images_with_names(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    dock.controls.over_box.setChecked(True)
    items = context.over["divergence-map"]
    borders = [item for item in items if isinstance(item, Line)]
    assert len(borders) == 1
    corners = borders[0].points[~np.isnan(borders[0].points[:, 0])]
    # Refined, the border between the halves is found to a pixel or two.
    upper = corners[corners[:, 1] < 20]
    assert np.all(np.abs(upper[:, 0] - 30) < 3)
    names = {label for item in items if isinstance(item, Marks) for label in item.labels}
    assert names == {"omega_now", "polar_now"}
    dock.controls.over_box.setChecked(False)
    assert not context.over["divergence-map"]


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


def test_what_cannot_be_traced_is_said(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.failure = EngineFailed("the program printed no trace", remedy="Use another one")
    surveyed(qtbot, dock)
    assert "the program printed no trace" in dock.message.text()
    assert dock.stack.currentIndex() == 0
    assert dock.controls.start_button.isEnabled()


def test_without_images_it_says_what_to_do(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.pictures = {}
    context.images_changed.emit()
    assert "F5" in dock.message.text()
    assert not dock.controls.start_button.isEnabled()
    context.show_images()
    assert dock.controls.start_button.isEnabled()
    assert "Start traces sampled pixels" in dock.message.text()


def test_what_the_user_tolerates_is_no_divergence(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.allowed = Tolerances({"float64": {"omega_now": 0.9, "val": 0.9}})
    surveyed(qtbot, dock)
    assert [row[0].split(":")[0] for row in rows(dock)] == ["polar_now", "A and B agree"]


def test_the_time_left_is_told_once_it_is_known() -> None:
    assert remaining_s(0.01, 10.0) is None
    assert remaining_s(0.5, 0.1) is None
    assert remaining_s(0.25, 10.0) == pytest.approx(30.0)
    assert left_text(None) == " …"
    assert left_text(30.0) == ", about 30 s left"
    assert left_text(600.0) == ", about 10 min left"


def test_other_tolerances_judge_the_survey_again_without_tracing(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    assert dock.surveyor.state.found.shares["omega_now"] > 0.2
    context.hold = True  # a trace would never come back
    context.allowed = Tolerances({"float64": {"omega_now": 1.0, "val": 1.0}})
    context.tolerances_changed.emit()
    qtbot.waitUntil(lambda: "omega_now" not in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: not dock.surveyor.state.running)
    assert dock.table.topLevelItem(0).text(0).startswith("polar_now")
    assert dock.surveyor.state.found.shares[None] > 0.2
    context.allowed = Tolerances()
    context.tolerances_changed.emit()
    qtbot.waitUntil(lambda: "omega_now" in dock.surveyor.state.found.shares)
    assert "omega_now" in "".join(s.sentence for s in dock.surveyor.state.found.samples)


def test_tolerances_that_change_meanwhile_count_when_it_is_over(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.hold = True
    dock.controls.start_button.click()
    context.allowed = Tolerances({"float64": {"omega_now": 1.0, "val": 1.0}})
    context.tolerances_changed.emit()
    context.hold = False
    qtbot.waitUntil(lambda: "polar_now" in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: "omega_now" not in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: not dock.surveyor.state.running)


@pytest.mark.parametrize("directions", [(False, True), (True, False), (True, True)])
def test_the_map_is_turned_as_the_images_are(
    qtbot: QtBot, dock: DivergenceDock, context: Context, directions: tuple[bool, bool]
) -> None:
    surveyed(qtbot, dock)
    view = dock.map
    frame, before = view.frame, grabbed(qtbot, dock)
    turned = Directions(*directions)
    context.turned = turned
    context.directions_changed.emit()
    corner = view.place_of(Pixel(0, 0))
    assert (corner.y() > frame.center().y()) is turned.slow_up
    assert (corner.x() > frame.center().x()) is turned.fast_left
    for pixel in (Pixel(0, 0), Pixel(59, 0), Pixel(13, 37)):
        assert view.pixel_at(view.place_of(pixel)) == pixel
    # The upper half is of another colour than the lower left, away from marks and borders.
    kind = {tuple(sample.pixel): sample.outcome for sample in dock.surveyor.state.found.samples}
    assert len(set(kind.values())) == 3
    after = grabbed(qtbot, dock)
    width, height = after.width() - 1, after.height() - 1
    same = [
        after.pixelColor(x, y)
        == before.pixelColor(
            width - x if turned.fast_left else x, height - y if turned.slow_up else y
        )
        for x in range(int(frame.left()) + 2, int(frame.right()) - 2, 3)
        for y in range(int(frame.top()) + 2, int(frame.bottom()) - 2, 3)
    ]
    assert sum(same) > 0.8 * len(same)


def test_arrow_keys_follow_the_screen_when_the_map_is_turned(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    context.turned = Directions(slow_up=True, fast_left=True)
    context.directions_changed.emit()
    dock.map.show_cursor(Pixel(30, 25))
    qtbot.keyClick(dock.map, Qt.Key.Key_Down)
    assert context.traced[-1].slow < 30
    dock.map.show_cursor(Pixel(30, 25))
    qtbot.keyClick(dock.map, Qt.Key.Key_Right)
    assert context.traced[-1].fast < 25


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
