"""Run ▸ Benchmark: rows that fill, pictures, cancelling, saving; and the window stays free."""

from __future__ import annotations

import itertools
import json
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QListWidget
from pytestqt.qtbot import QtBot

from braggscope.api import DetectorImage, EngineFailed, Limit, Run
from braggscope.benchmark.record import latest_path, outcome_of, read_record
from braggscope.gui.benchmark.dialog import BenchmarkDialog
from braggscope.gui.benchmark.presenter import engine_choices
from braggscope.gui.window import MainWindow
from braggscope.host.jobs import Job, JobRunner
from tests.gui.fake_host import ENGINES, image_of

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


class MeasuredHost:
    """A host that makes images at once, or when it is let."""

    def __init__(self, gate: threading.Event, broken: str) -> None:
        self._gate, self._broken = gate, broken
        self._runner = JobRunner()

    def render(self, run: Run, *, use_cache: bool) -> Job[DetectorImage]:
        assert not use_cache

        def work(job: Job[DetectorImage]) -> DetectorImage:
            while not self._gate.wait(0.01):
                job.token.check()
            if run.engine == self._broken:
                raise EngineFailed("it broke")
            return image_of(run)

        return self._runner.start("render", work)

    def limit(self, run: Run) -> Job[Limit | None]:
        known = Limit(1e6, 1e9, 1e5, 1e9) if run.engine == "torch-cpu" else None
        return self._runner.start("limit", lambda job: known)

    def await_spare(self, limit_s: float) -> bool:
        return False

    def __enter__(self) -> MeasuredHost:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close(5.0)


class Bench:
    """The dialog of a window, with hosts of ours."""

    def __init__(self, window: MainWindow) -> None:
        self.gate, self.broken = threading.Event(), ""
        self.made: list[Any] = []
        window.benchmark.make_host = self._make_host  # type: ignore[method-assign,assignment]
        window.actions_["bench"].trigger()
        assert window.benchmark.dialog is not None
        self.dialog: BenchmarkDialog = window.benchmark.dialog

    def _make_host(self, settings: Any) -> Any:
        self.made.append(settings)
        return MeasuredHost(self.gate, self.broken)

    def cells(self, column: int) -> list[str]:
        table = self.dialog.table
        return [table.item(row, column).text() for row in range(table.rowCount())]


@pytest.fixture
def bench(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("BRAGGSCOPE_BENCHMARK_DIR", str(tmp_path / "benchmarks"))
    monkeypatch.delenv("NB_C_BIN", raising=False)
    made = Bench(window)
    made.dialog.repeats.setValue(2)
    yield made
    made.gate.set()


def choose(box: QListWidget, *names: str) -> None:
    for row in range(box.count()):
        item = box.item(row)
        chosen = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)


def measure(bench: Bench, qtbot: QtBot) -> None:
    bench.gate.set()
    qtbot.mouseClick(bench.dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not bench.dialog.presenter.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: not bench.dialog._soon.isActive())


def test_engines_stand_in_each_precision_the_usual_ones_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NB_C_BIN", raising=False)
    usual = ["nanobragg-c", "torch-cpu", "torch-cpu,precision=mixed"]
    assert [(one.name, one.chosen) for one in engine_choices(ENGINES)] == [
        (name, True) for name in usual
    ]
    monkeypatch.setenv("NB_C_BIN", "/a/program")
    assert [one.name for one in engine_choices(ENGINES)][:2] == ["nanobragg-c", "NB_C_BIN"]


def test_the_table_fills_row_by_row_and_the_window_stays_free(bench: Bench, qtbot: QtBot) -> None:
    dialog, ticks = bench.dialog, []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start()
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "W1 on nanobragg-c" in dialog.status.text())
    assert bench.cells(2) == ["waiting"] * 6
    assert not dialog.workloads.isEnabled()
    bench.gate.set()
    qtbot.waitUntil(lambda: not dialog.presenter.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: dialog.measure.isEnabled())
    timer.stop()
    assert max(b - a for a, b in itertools.pairwise(ticks)) < 0.25
    assert bench.cells(0) == ["W1"] * 3 + ["W4"] * 3
    assert all(float(text) > 0 for text in bench.cells(2))
    assert not any(
        dialog.table.item(row, 2).font().italic() for row in range(dialog.table.rowCount())
    )
    assert bench.cells(4) == ["", "0%", "0%"] * 2
    assert dialog.status.text() == "Done."
    assert [len(one.warm_s) for one in dialog.presenter.measurements] == [2] * 6


def test_each_contestant_has_a_worker_of_its_own_with_its_settings(
    bench: Bench, qtbot: QtBot
) -> None:
    choose(bench.dialog.workloads, "W1")
    choose(bench.dialog.engines, "nanobragg-c", "torch-cpu")
    measure(bench, qtbot)
    # Each has one more host, whose worker waits before it is measured.
    assert [one.engine("nanobragg-c") for one in bench.made] == [{"program": "own"}, {}] * 2


def test_it_can_be_stopped_and_what_was_not_finished_is_no_benchmark(
    bench: Bench, qtbot: QtBot
) -> None:
    dialog = bench.dialog
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "first run" in dialog.status.text())
    started = time.monotonic()
    qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.status.text() == "Stopped.")
    assert time.monotonic() - started < 2.0
    assert dialog.presenter.measurements == []
    assert not latest_path().exists()
    assert dialog.measure.isEnabled()
    assert not any(button.isEnabled() for button in dialog.savers)


def test_what_was_seen_of_a_benchmark_that_is_stopped_stays_in_italics(
    bench: Bench, qtbot: QtBot
) -> None:
    dialog = bench.dialog
    choose(dialog.workloads, "W1")
    dialog.repeats.setValue(99)
    bench.gate.set()
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(text not in ("", "waiting") for text in bench.cells(2)))
    bench.gate.clear()
    qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Stopped. Times in italics"))
    qtbot.waitUntil(lambda: not dialog._soon.isActive())
    seen = [row for row, text in enumerate(bench.cells(2)) if text not in ("–", "")]
    assert seen
    assert all(dialog.table.item(row, 2).font().italic() for row in seen)
    assert not latest_path().exists()
    assert not any(button.isEnabled() for button in dialog.savers)


def test_an_engine_that_fails_is_named_and_the_others_are_measured(
    bench: Bench, qtbot: QtBot
) -> None:
    bench.broken = "nanobragg-c"
    choose(bench.dialog.workloads, "W1")
    choose(bench.dialog.engines, "nanobragg-c", "torch-cpu")
    measure(bench, qtbot)
    failed, fine = bench.cells(2)
    assert failed == "✗ failed"
    assert float(fine) > 0.0
    assert "it broke" in bench.dialog.problem.text()
    assert "it broke" in bench.dialog.table.item(0, 2).toolTip()


def test_nothing_chosen_is_said(bench: Bench, qtbot: QtBot) -> None:
    choose(bench.dialog.workloads)
    qtbot.mouseClick(bench.dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "at least one" in bench.dialog.status.text())
    assert not bench.dialog.presenter.is_busy


def test_it_is_kept_copied_and_saved(
    bench: Bench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = bench.dialog
    choose(dialog.workloads, "W1")
    measure(bench, qtbot)
    buttons = {button.text(): button for button in dialog.savers}
    qtbot.mouseClick(buttons["Copy as Markdown"], Qt.MouseButton.LeftButton)
    assert "| W1: 1024², 1 step | nanobragg-c |" in QGuiApplication.clipboard().text()
    answers = {"benchmark.json": "b.json", "benchmark-times.svg": "b.svg"}

    def answer(*arguments: Any) -> tuple[str, str]:
        return str(tmp_path / answers[Path(arguments[2]).name]), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    qtbot.mouseClick(buttons["Save as JSON…"], Qt.MouseButton.LeftButton)
    assert (
        outcome_of(read_record(tmp_path / "b.json")).measurements == dialog.presenter.measurements
    )
    assert json.loads(latest_path().read_text())["measurements"][0]["workload"] == "W1"
    qtbot.mouseClick(buttons["Save picture…"], Qt.MouseButton.LeftButton)
    texts = {text.text for text in ElementTree.parse(tmp_path / "b.svg").iter()}
    assert {"W1", "torch-cpu,precision=mixed"} <= texts
    answers["benchmark-times.svg"] = "b.png"
    qtbot.mouseClick(buttons["Save picture…"], Qt.MouseButton.LeftButton)
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")
    assert "written" in dialog.status.text()


def test_a_second_benchmark_is_held_against_the_first(bench: Bench, qtbot: QtBot) -> None:
    choose(bench.dialog.workloads, "W1")
    choose(bench.dialog.engines, "torch-cpu")
    measure(bench, qtbot)
    last = bench.dialog.table.columnCount() - 1
    assert bench.cells(last) == [""]
    measure(bench, qtbot)
    assert bench.cells(last) == ["1.00×"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_painted_in_the_themes_colours(
    theme: Any, bench: Bench, window: MainWindow, qtbot: QtBot
) -> None:
    choose(bench.dialog.workloads, "W1")
    measure(bench, qtbot)
    window.apply_theme(theme)
    for view in (bench.dialog.times, bench.dialog.roofline):
        bench.dialog.pictures.setCurrentWidget(view)
        qtbot.waitUntil(lambda view=view: view.isVisible())  # type: ignore[misc]
        image = view.viewport().grab().toImage()
        colors = {
            image.pixelColor(x, y).name()
            for x in range(0, image.width(), 2)
            for y in range(0, image.height(), 2)
        }
        ground = image.pixelColor(2, 2)
        assert (ground.lightness() < 128) == (theme == "dark")
        assert len(colors) > 20  # text and marks, and not the ground alone


def test_the_smallest_dialog_cuts_no_picture(bench: Bench, qtbot: QtBot) -> None:
    measure(bench, qtbot)
    bench.dialog.resize(100, 100)
    view = bench.dialog.times
    qtbot.waitUntil(lambda: view.width() == view.minimumWidth())
    assert view._paper._renderer.defaultSize().width() <= view.viewport().width()


def test_closing_the_dialog_or_the_window_stops_it(
    bench: Bench, window: MainWindow, qtbot: QtBot
) -> None:
    dialog = bench.dialog
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "first run" in dialog.status.text())
    close: Callable[[], Any] = (
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close).click
    )
    close()
    qtbot.waitUntil(lambda: not dialog.presenter.is_busy)
    assert not dialog.isVisible()
    window.actions_["bench"].trigger()
    assert dialog.isVisible()
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "first run" in dialog.status.text())
    window.close()
    names = {thread.name for thread in threading.enumerate()}
    assert "benchmark" not in names
    assert isinstance(dialog, QDialog)
