"""What happens while a session is being written or read."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Cancelled, Pixel
from braggscope.experiment.toml import save_experiment
from braggscope.gui import files
from braggscope.gui.session_files import commands
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from braggscope.session_files.container import Watch
from braggscope.session_files.session_file import read_session
from tests.gui.conftest import opened
from tests.gui.fake_host import FakeHost, small_experiment
from tests.gui.session_files.steps import LIMIT_MS, loaded, ran, saved

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]


def test_what_is_opened_meanwhile_does_not_become_the_session(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next Save would overwrite the session with it."""
    go, write = threading.Event(), commands.write_session

    def slow(*arguments: Any, **more: Any) -> Any:
        assert go.wait(60)
        return write(*arguments, **more)

    monkeypatch.setattr(commands, "write_session", slow)
    other = tmp_path / "other.toml"
    save_experiment(small_experiment().with_override("beam.wavelength_A", 2.5), other)
    session = tmp_path / "mine.session.h5"
    window.sessions.write(session)
    opened(qtbot, window, other)
    go.set()
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert session.exists()
    assert window.document.path == other
    assert window.document.session is None


def test_writing_shows_its_progress_and_can_be_stopped(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held open until it is stopped; the window serves events meanwhile."""
    begun = threading.Event()

    def slow(path: Path, content: object, watch: Watch) -> None:
        watch.report(0.4)
        begun.set()
        while True:
            watch.check()

    monkeypatch.setattr(commands, "write_session", slow)
    path = tmp_path / "a.session.h5"
    window.sessions.write(path)
    progress = window.sessions._work.progress
    qtbot.waitUntil(lambda: progress.isVisible(), timeout=LIMIT_MS)
    assert begun.is_set()
    assert progress.label.text() == "Saving a.session.h5"
    assert progress.bar.value() == 400
    window.sessions.load(path)
    assert "Another session" in window.status.currentMessage()
    progress.button.click()
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert not progress.isVisible()
    assert "Stopped" in window.status.currentMessage()
    assert not path.exists()


def test_closing_waits_for_a_session_that_is_being_saved(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(qtbot, window)
    begun, go_on, real = threading.Event(), threading.Event(), commands.write_session

    def held(*arguments: object) -> None:
        begun.set()
        go_on.wait(10)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "write_session", held)
    path = tmp_path / "a.session.h5"
    window.sessions.write(path)
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    window.close()
    assert read_session(path).images.keys() == {1, 2}


def test_a_read_that_is_stopped_changes_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.session.set_cursor(Pixel(1, 2))

    def stopped(*_: object) -> None:
        raise Cancelled()

    monkeypatch.setattr(commands, "read_session", stopped)
    loaded(qtbot, window, path)
    assert window.session.cursor == Pixel(1, 2)
    assert not window.message.isVisible()


def test_an_experiment_that_is_still_being_read_does_not_take_a_sessions_place(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(edited)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    go_on, real = threading.Event(), files.open_file

    def held(path: Path) -> object:
        go_on.wait(10)
        return real(path)

    monkeypatch.setattr(files, "open_file", held)
    window.files.open_example()
    loaded(qtbot, window, path)
    assert not window.files.is_opening
    go_on.set()
    assert window.session.experiment == edited


def test_a_session_that_is_still_being_read_does_not_take_an_experiments_place(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, toml = saved(qtbot, window, tmp_path / "a.session.h5"), tmp_path / "a.toml"
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    save_experiment(edited, toml)
    real = commands.read_session

    def held(path: Path, watch: Watch, largest: int) -> object:
        while True:
            watch.check()

    monkeypatch.setattr(commands, "read_session", held)
    window.sessions.load(path)
    opened(qtbot, window, toml)
    monkeypatch.setattr(commands, "read_session", real)
    qtbot.waitUntil(lambda: not window.sessions.is_busy, timeout=LIMIT_MS)
    assert window.session.experiment == edited
    assert window.document.session is None


def test_runs_under_way_give_nothing_to_the_session_that_took_their_place(
    window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    host.auto = False
    window.session.run()
    jobs = [job for _, job, _ in host.runs[-2:]]
    loaded(qtbot, window, path)
    assert all(job.token.is_set for job in jobs)
    images = [slot.image for slot in window.session.slots]
    for number in (2, 3):
        host.finish(number, factor=7.0)
    done: list[bool] = []
    window.workspace.bridge.post(lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=LIMIT_MS)
    assert [slot.image for slot in window.session.slots] == images
    assert [slot.phase for slot in window.session.slots] == [Phase.DONE, Phase.DONE]
