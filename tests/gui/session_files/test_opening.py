"""Sessions that are dropped, recent, or named on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.experiment.toml import save_experiment
from braggscope.gui.window import MainWindow
from tests.gui.conftest import opened
from tests.gui.fake_host import small_experiment
from tests.gui.session_files.steps import LIMIT_MS, saved

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


def test_a_dropped_session_opens_and_is_no_image(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.set_cursor(Pixel(5, 6))
    path = saved(qtbot, window, tmp_path / "renamed.h5")
    window.session.set_cursor(Pixel(1, 1))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    dropped = window.files.dropped(data)
    assert (dropped.session, dropped.images) == (path, ())
    window.files.take(dropped)
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert window.session.cursor == Pixel(5, 6)


def entries(window: MainWindow) -> list[str]:
    menu = window.actions_.recent_menu
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if action.text()]


def test_recent_sessions_and_experiments_stand_in_one_menu(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    assert entries(window) == ["Nothing was opened yet"]
    toml = tmp_path / "a & b.toml"
    save_experiment(small_experiment(), toml)
    opened(qtbot, window, toml)
    opened(qtbot, window)
    saved(qtbot, window, tmp_path / "one.session.h5")
    saved(qtbot, window, tmp_path / "two.session.h5")
    texts = entries(another())
    assert [text.split("   ")[0] for text in texts] == [
        "Sessions", "&1 two.session.h5", "&2 one.session.h5", "Experiments", "&3 a && b.toml",
        "&Clear this list",
    ]  # fmt: skip
    entries(window)
    by_text = {a.text().split("   ")[0]: a for a in window.actions_.recent_menu.actions()}
    by_text["&2 one.session.h5"].trigger()
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert window.windowTitle().startswith("one ·")
    (tmp_path / "two.session.h5").unlink()
    entries(window)
    by_text = {a.text().split("   ")[0]: a for a in window.actions_.recent_menu.actions()}
    by_text["&2 two.session.h5"].trigger()
    assert "not there any more" in window.message.text.text()
    assert not any("two.session" in text for text in entries(window))
    next(a for a in window.actions_.recent_menu.actions() if "Clear" in a.text()).trigger()
    assert entries(window) == ["Nothing was opened yet"]


def test_a_damaged_list_of_recent_files_is_an_empty_one(window: MainWindow) -> None:
    window.memory.remember("recent sessions", "{torn")
    window.memory.remember("recent experiments", '[3, null, "/x/y.toml"]')
    assert [text.split("   ")[0] for text in entries(window)] == [
        "Experiments", "&1 y.toml", "&Clear this list",
    ]  # fmt: skip


OPENED = """
    import sys
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication
    from braggscope.cli.main import main
    from braggscope.gui.main import make_application
    from braggscope.gui.window import MainWindow

    def look():
        window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        said = window.message.text.text() if window.message.isVisible() else ""
        if window._started and (window.session.cursor is not None or said):
            print(window.windowTitle(), window.session.cursor, said)
            window.close()

    make_application()
    timer = QTimer(interval=100)
    timer.timeout.connect(look)
    timer.start()
    main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", ["a.session.h5", "renamed.h5", "missing.session.h5"])
def test_a_session_opens_from_the_command_line(
    name: str, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.set_cursor(Pixel(5, 6))
    path = tmp_path / name
    if not name.startswith("missing"):
        saved(qtbot, window, path)
    command = [sys.executable, "-c", textwrap.dedent(OPENED), str(path)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    if name.startswith("missing"):
        assert f"annot read {path}" in done.stdout
    else:
        assert "Pixel(slow=5, fast=6)" in done.stdout
