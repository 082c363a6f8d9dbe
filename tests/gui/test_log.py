"""What reaches the log of the window: errors, notes, runs, workers, Python's logging."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from braggscope.api import BraggscopeError, EngineFailed
from braggscope.gui.logbook.following import LogFollower
from braggscope.gui.logbook.lines import entries_of, level_of
from braggscope.gui.window import MainWindow
from braggscope.ui.log import LogEntry
from tests.gui.fake_host import FakeHost, FakeRegistry

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def said(window: MainWindow) -> list[tuple[str, str, str]]:
    return [(e.level, e.source, e.text) for _, e in window.workspace.log.since(0)]


def test_errors_of_the_message_bar_are_kept_with_their_details(window: MainWindow) -> None:
    error = BraggscopeError("cannot read x", why="it is empty", details="the traceback")
    window.show_problem(error)
    window.message.hide()
    entry = window.workspace.log.since(0)[-1][1]
    assert (entry.level, entry.source, entry.text) == ("error", "window", "Cannot read x")
    assert "it is empty" in entry.details.lower()
    assert "the traceback" in entry.details


def test_notes_and_news_of_the_status_line_are_kept_hints_are_not(window: MainWindow) -> None:
    window.message.show_notes("Opened x", ["a loss"])
    window.status.showMessage("Saved y", 1000)
    window.status.show_hint("Drag a rectangle")
    texts = [text for *_, text in said(window)]
    assert "Opened x\na loss" in texts
    assert "Saved y" in texts
    assert "Drag a rectangle" not in texts


def test_runs_and_the_verdict_are_told(window: MainWindow, qtbot: QtBot) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.agreement.headline.text() == "Agrees")
    entries = said(window)
    assert ("info", "torch-cpu", "run A, torch CPU · float64: done in 250 ms") in entries
    assert ("info", "comparison", "A and B agree") in entries
    assert sum(source == "comparison" for _, source, _ in entries) == 1


def test_a_run_that_fails_is_an_error_with_what_the_engine_said(
    window: MainWindow, qtbot: QtBot, host: FakeHost
) -> None:
    host.failure = EngineFailed("torch-cpu died", details="its last words")
    window.session.run()
    qtbot.waitUntil(lambda: any(level == "error" for level, *_ in said(window)))
    entry = next(e for _, e in window.workspace.log.since(0) if e.level == "error")
    assert entry.source == "torch-cpu"
    assert "its last words" in entry.details


def test_logging_from_any_thread_arrives(window: MainWindow, qtbot: QtBot) -> None:
    log = logging.getLogger("braggscope.host.jobs")
    thread = threading.Thread(target=lambda: log.warning("late by %d s", 3))
    thread.start()
    thread.join()
    expected = ("warning", "host.jobs", "late by 3 s")
    qtbot.waitUntil(lambda: expected in said(window))
    window.close()
    log.warning("nobody listens")
    assert not [h for h in logging.getLogger().handlers if type(h).__name__ == "BookHandler"]


def test_a_window_that_is_gone_without_being_closed_listens_no_longer(
    qtbot: QtBot, host: FakeHost, registry: FakeRegistry, own_settings: Path
) -> None:
    """It would answer every record of the process with an error."""
    before = list(logging.getLogger().handlers)
    made = MainWindow(host, registry)
    assert len(logging.getLogger().handlers) == len(before) + 1
    shiboken6.delete(made)
    assert logging.getLogger().handlers == before


def test_what_workers_print_arrives(
    window: MainWindow, qtbot: QtBot, host: FakeHost, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.write_text("loading\nWARNING: slow\n")
    host.logs["torch-cpu"] = path
    expected = ("warning", "torch-cpu", "WARNING: slow")
    qtbot.waitUntil(lambda: expected in said(window))


# ── following ─────────────────────────────────────────────────────────────────────────────────


class Reading:
    """A follower of one log that is read by hand."""

    def __init__(self, path: Path) -> None:
        self.entries: list[LogEntry] = []
        self.follower = LogFollower(lambda: {"x": path}, self.entries.extend)

    def texts(self) -> list[str]:
        self.follower.read()
        found = [entry.text for entry in self.entries]
        self.entries.clear()
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def reading(path: Path) -> Iterator[Reading]:
    made = Reading(path)
    yield made
    made.follower.close()


def test_only_whole_lines_are_told_and_each_once(path: Path, reading: Reading) -> None:
    path.write_text("one\ntw")
    assert reading.texts() == ["one"]
    with path.open("a") as file:
        file.write("o\n")
    assert reading.texts() == ["two"]
    assert reading.texts() == []


def test_last_words_are_read_though_the_file_is_gone(path: Path, reading: Reading) -> None:
    path.write_text("one\n")
    assert reading.texts() == ["one"]
    with path.open("a") as file:
        file.write("Segmentation fault")
    path.unlink()
    assert reading.texts() == ["Segmentation fault"]
    path.write_text("a new worker\n")
    assert reading.texts() == ["a new worker"]


def test_a_log_that_was_cut_goes_on_and_a_flood_is_left_out(path: Path, reading: Reading) -> None:
    path.write_text("x" * 100 + "\n")
    reading.texts()
    path.write_text("short\n")
    assert reading.texts() == []
    with path.open("a") as file:
        file.write("after\n")
    assert reading.texts() == ["after"]
    with path.open("a") as file:
        file.write("flood\n" * 100_000)
    told = reading.texts()
    assert "bytes of its log are left out" in told[0]
    assert len(told) < 12_000


def test_levels_are_read_off_the_lines() -> None:
    assert level_of("12:00 ERROR no") == "error"
    assert level_of("error: no such file") == "error"
    assert level_of("x.py:3: UserWarning: old") == "warning"
    assert level_of("the largest error is 3") == "info"


def test_a_traceback_is_one_entry() -> None:
    lines = ["begin", "Traceback (most recent call last):", "  File x", "KeyError: 'a'", "end"]
    entries = list(entries_of(lines, "x"))
    assert [entry.text for entry in entries] == ["begin", "KeyError: 'a'", "end"]
    assert "File x" in entries[1].details
