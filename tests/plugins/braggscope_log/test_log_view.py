"""The log dock: what it shows, follows, filters, copies and saves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from braggscope.ui import ViewContext
from braggscope.ui.log import LogBook, LogEntry
from braggscope_log.model import TEXT
from braggscope_log.view import LogView, create

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


class Context(ViewContext):
    def __init__(self) -> None:
        super().__init__()
        self.book = LogBook(self, most_entries=200)

    @property
    def log(self) -> LogBook:
        return self.book


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def view(qtbot: QtBot, context: Context) -> LogView:
    made = create(context)
    qtbot.addWidget(made.widget())
    made.widget().resize(700, 250)
    made.widget().show()
    qtbot.waitExposed(made.widget())
    return made


def texts(view: LogView) -> list[str]:
    return [entry.text for entry in view.model.entries]


def many(count: int, start: int = 0) -> list[LogEntry]:
    return [LogEntry("info", "engine", f"line {number}") for number in range(start, start + count)]


def test_it_shows_what_was_said_before_and_after_it_was_made(qtbot: QtBot) -> None:
    context = Context()
    context.log.add(LogEntry("info", "window", "before"))
    view = create(context)
    qtbot.addWidget(view.widget())
    context.log.add(LogEntry("error", "torch-cpu", "after\nsecond line", "traceback"))
    assert texts(view) == ["before", "after\nsecond line"]
    assert view.model.index(1, TEXT).data() == "after …"


def test_old_entries_go_where_there_is_no_room(view: LogView, context: Context) -> None:
    context.log.extend(many(350))
    assert texts(view) == [f"line {number}" for number in range(150, 350)]
    context.log.extend(many(2, 350))
    assert texts(view)[0] == "line 152"


def test_long_texts_are_cut_and_letters_are_bounded() -> None:
    book = LogBook(most_letters=50_000)
    book.extend(LogEntry("info", "x", "y" * 30_000) for _ in range(5))
    assert len(book.since(0)) == 2
    assert all(len(entry.text) < 21_000 for _, entry in book.since(0))


def test_levels_and_words_filter(view: LogView, context: Context, qtbot: QtBot) -> None:
    context.log.add(
        LogEntry("debug", "window", "hidden at first"),
        LogEntry("info", "torch-cpu", "done"),
        LogEntry("warning", "nanobragg-c", "hardly meant"),
        LogEntry("error", "window", "failed", "the traceback says KeyError"),
    )
    assert texts(view) == ["done", "hardly meant", "failed"]
    view.bar.level.setCurrentIndex(2)
    view.bar.level.activated.emit(2)
    assert texts(view) == ["hardly meant", "failed"]
    view.bar.words.setText("keyerror window")
    qtbot.waitUntil(lambda: texts(view) == ["failed"])
    context.log.add(LogEntry("error", "other", "no"))
    assert texts(view) == ["failed"]


def test_other_words_find_what_came_meanwhile_and_nothing_that_is_gone(
    view: LogView, context: Context, qtbot: QtBot
) -> None:
    context.log.extend(many(150))
    view.bar.words.setText("LINE 99")
    qtbot.waitUntil(lambda: texts(view) == ["line 99"])
    context.log.extend(many(190, 150))
    assert texts(view) == ["line 199", "line 299"]
    view.bar.words.setText("33 2")
    qtbot.waitUntil(lambda: texts(view) == ["line 233", "line 332"])
    view.bar.words.setText("")
    qtbot.waitUntil(lambda: texts(view) == [f"line {number}" for number in range(140, 340)])


def test_it_follows_the_end_until_the_user_scrolls_up(view: LogView, context: Context) -> None:
    bar = view.table.verticalScrollBar()
    context.log.extend(many(60))
    QCoreApplication.processEvents()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(0)
    assert not view.bar.follow.isChecked()
    context.log.extend(many(20, 60))
    QCoreApplication.processEvents()
    assert bar.value() == 0
    view.bar.follow.click()
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    bar.setValue(bar.maximum())
    assert view.bar.follow.isChecked()


def test_the_chosen_entry_stands_beside_the_list_in_full(view: LogView, context: Context) -> None:
    assert not view.full.isVisible()
    context.log.add(LogEntry("error", "window", "failed", "all the details"))
    view.table.selectRow(0)
    assert view.full.isVisible()
    assert "all the details" in view.full.toPlainText()
    view.bar.clear.click()
    assert texts(view) == []
    assert not view.full.isVisible()


def test_copying_takes_the_chosen_or_all(view: LogView, context: Context, qtbot: QtBot) -> None:
    context.log.extend(many(3))
    view.bar.copy.click()
    assert [line.split()[-1] for line in clipboard().splitlines() if "line" in line] == [
        "0", "1", "2",
    ]  # fmt: skip
    view.table.selectRow(1)
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "line 1" in clipboard()
    assert "line 2" not in clipboard()


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_saving_writes_what_is_shown(view: LogView, context: Context, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    context.log.add(LogEntry("warning", "engine", "one", "more\nof it"))
    view.ask_path = lambda: path
    view.bar.save.click()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "warning  engine" in lines[0]
    assert "    of it" in lines
    assert texts(view)[-1] == f"Saved {path}"


def test_a_place_that_cannot_be_written_is_an_entry(
    view: LogView, context: Context, tmp_path: Path
) -> None:
    view.ask_path = lambda: tmp_path / "missing" / "log.txt"
    view.bar.save.click()
    assert view.model.entries[-1].level == "error"
