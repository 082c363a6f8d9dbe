"""Trace ▸ Open log: traces from disk against a run's, or against another log."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QTimer, QUrl
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.gui.trace_logs.commands import LogCommands
from braggscope.gui.trace_logs.dialog import LogDialog
from braggscope.gui.window import MainWindow
from braggscope.trace_files.writing import complete_lines, original_lines
from braggscope_trace.presenter import page_of
from tests.gui.fake_host import FakeHost
from tests.trace_files.test_logs import PIXELS, TRACES, made

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def logs_of(window: MainWindow) -> LogCommands:
    return window.files.logs


def log(path: Path, lines: object) -> Path:
    path.write_text("\n".join(lines))  # type: ignore[arg-type]
    return path


def opened(qtbot: QtBot, window: MainWindow, path: Path, side: str, sure: bool = True) -> None:
    logs_of(window).open(path, side, sure)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: not logs_of(window).is_reading, timeout=30_000)


def settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.tracer.is_busy, timeout=10_000)


def dialog_of(window: MainWindow) -> LogDialog:
    return next(child for child in window.children() if isinstance(child, LogDialog))


def test_a_log_stands_in_the_place_of_a_side(
    qtbot: QtBot, window: MainWindow, host: FakeHost, tmp_path: Path
) -> None:
    path = log(tmp_path / "port.log", original_lines(TRACES[0]))
    opened(qtbot, window, path, "B")
    settled(qtbot, window)
    session = window.session
    # A is traced by its engine, at the pixel that the log says.
    assert [(run.engine, pixel) for run, pixel, _ in host.traces] == [("torch-cpu", PIXELS[0])]
    state = session.tracer.state
    assert state.comparison is not None
    assert state.comparison.b.engine == "port.log"
    assert state.sources == ("", "port.log")
    assert state.notes[0].startswith("B: 4 of")
    page, _ = page_of(state, None, "torch", state.sources[1])
    assert "B (port.log) 1 photons" in page.headline
    assert page.check.startswith("ℹ B: 4 of")


def test_two_logs_need_no_run_at_all(
    qtbot: QtBot, window: MainWindow, host: FakeHost, tmp_path: Path
) -> None:
    other = made(PIXELS[1], 2.0)
    values = other["R_m"].values * 1.5
    variables = tuple(replace(v, values=values) if v.name == "R_m" else v for v in other.variables)
    opened(qtbot, window, log(tmp_path / "c.log", original_lines(TRACES[1])), "A")
    settled(qtbot, window)
    asked = len(host.traces)
    python = log(tmp_path / "python.log", complete_lines(replace(other, variables=variables)))
    opened(qtbot, window, python, "B")
    settled(qtbot, window)
    assert len(host.traces) == asked
    comparison = window.session.tracer.state.comparison
    assert comparison is not None
    assert comparison.first_divergence == "R_m"
    assert window.session.tracer.state.sources == ("c.log", "python.log")
    # Other images change nothing of it, and closing the logs gives the runs back.
    window.session.run()
    assert window.session.tracer.state.comparison is comparison
    assert window.actions_["close_logs"].isEnabled()
    window.actions_["close_logs"].trigger()
    assert window.session.tracer.state.comparison is not comparison
    assert window.session.tracer.state.sources == ("", "")
    assert not window.actions_["close_logs"].isEnabled()


def test_of_several_pixels_one_is_chosen_and_the_others_are_known(
    qtbot: QtBot, window: MainWindow, host: FakeHost, tmp_path: Path
) -> None:
    lines = [line for trace in TRACES for line in original_lines(trace)]
    opened(qtbot, window, log(tmp_path / "all.log", lines), "A")
    dialog = dialog_of(window)
    assert [
        (item.text(0), item.text(1))
        for n in range(dialog.list.topLevelItemCount())
        if (item := dialog.list.topLevelItem(n)) is not None
    ] == [("3, 4", "1"), ("5, 6", "2"), ("7, 8", "3")]
    assert not dialog.slow.isVisibleTo(dialog)
    dialog.list.setCurrentItem(dialog.list.topLevelItem(2))
    dialog.accept()
    settled(qtbot, window)
    session = window.session
    assert session.tracer.state.pixel == PIXELS[2]
    assert session.tracer.state.comparison.a.value == 3.0  # type: ignore[union-attr]
    # A click on another pixel of the log shows that one; any other says what there is.
    session.tracer.request(PIXELS[0])
    settled(qtbot, window)
    assert session.tracer.state.comparison.a.value == 1.0  # type: ignore[union-attr]
    session.tracer.request(Pixel(9, 9))
    settled(qtbot, window)
    problem = session.tracer.state.problem
    assert "all.log has no trace of slow 9, fast 9" in problem
    assert "slow 3, fast 4" in problem


def test_a_pixel_that_the_log_does_not_say_is_asked_for(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.session.set_cursor(Pixel(11, 12))
    lines = [line for line in original_lines(TRACES[0]) if "CONFIG" not in line]
    opened(qtbot, window, log(tmp_path / "grep.log", lines), "B")
    dialog = dialog_of(window)
    assert dialog.question.isVisibleTo(dialog)
    assert (dialog.slow.value(), dialog.fast.value()) == (11, 12)
    dialog.fast.setValue(13)
    dialog.accept()
    settled(qtbot, window)
    assert window.session.tracer.state.pixel == Pixel(11, 13)
    assert window.session.tracer.state.comparison.b.pixel == Pixel(11, 13)  # type: ignore[union-attr]


def test_a_dropped_log_asks_for_its_side_and_two_are_a_and_b(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    paths = [
        log(tmp_path / f"{name}.txt", complete_lines(TRACES[n])) for n, name in enumerate("pq")
    ]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(paths[0]))])
    window.files.take(window.files.dropped(data))
    qtbot.waitUntil(lambda: not logs_of(window).is_reading)
    dialog = dialog_of(window)
    dialog.side.setCurrentIndex(1)
    dialog.accept()
    assert list(window.session.sources.logs) == ["B"]
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.files.take(window.files.dropped(data))
    wanted = {"A": "p.txt", "B": "q.txt"}
    logs = window.session.sources.logs
    qtbot.waitUntil(lambda: {side: read.name for side, read in logs.items()} == wanted)
    settled(qtbot, window)


def test_what_is_no_log_is_said_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, log(tmp_path / "diary.txt", ["dear diary"]), "A")
    assert "there is no trace in" in window.message.text.text().lower()
    assert window.session.sources.logs == {}


def test_a_cut_log_says_what_is_missing(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    lines = [line for line in complete_lines(TRACES[0]) if " val " not in line]
    opened(qtbot, window, log(tmp_path / "cut.log", lines), "A")
    settled(qtbot, window)
    assert any("ends before the pixel's value" in n for n in window.session.tracer.state.notes)


def long_log(path: Path, many: int) -> Path:
    """A pixel with so many lines of steps."""
    dice = random.Random(3)
    steps = many // 5
    with path.open("w") as stream:
        stream.write("TRACE2 level=P slow 5\nTRACE2 level=P fast 7\n")
        stream.write(f"TRACE2 level=R oversample 1\nTRACE2 level=R sources {steps}\n")
        for j in range(steps):
            for name in ("lambda", "stol", "cos2theta", "polar_now"):
                stream.write(f"TRACE2 level=J v=0 u=0 j={j} {name} {dice.random():.17g}\n")
            stream.write(f"TRACE2 level=J v=0 u=0 j={j} q 1 2 {dice.random():.17g}\n")
        stream.write("TRACE2 level=P val 3.5\n")
    return path


def beating(window: MainWindow, work: Callable[[], None]) -> np.ndarray:
    """Seconds between beats of the window's thread while something goes on."""
    beats: list[float] = [time.monotonic()]
    timer = QTimer(window, interval=5)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start()
    work()
    timer.stop()
    return np.diff(beats)


def test_the_window_lives_while_a_long_log_is_read(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    """200 000 lines; a million take five times as long."""
    path = long_log(tmp_path / "long.log", 200_000)

    def work() -> None:
        opened(qtbot, window, path, "A")
        opened(qtbot, window, path, "B")
        settled(qtbot, window)

    gaps = beating(window, work)
    comparison = window.session.tracer.state.comparison
    assert comparison is not None
    assert comparison.first_divergence is None
    assert comparison.a["q"].values.shape == (1, 40_000, 3)
    assert len(gaps) > 20
    # The machine may be busy with other things: most of the time is what counts.
    assert np.percentile(gaps, 95) < 0.15
    assert gaps.max() < 2.0


def test_reading_can_be_stopped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = long_log(tmp_path / "long.log", 300_000)
    commands = logs_of(window)
    commands.open(path, "A")
    qtbot.waitUntil(lambda: commands._progress.isVisible(), timeout=10_000)
    started = time.monotonic()
    commands._progress.button.click()
    qtbot.waitUntil(lambda: not commands.is_reading)
    assert time.monotonic() - started < 1.0
    assert window.session.sources.logs == {}
    assert "Stopped reading long.log" in window.status.currentMessage()
