"""Sessions in the window: saved, opened, dropped, and what stays when that fails."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Bounds,
    Cancelled,
    ImageRegion,
    Pixel,
    Rectangle,
    Semantics,
    Shell,
)
from braggscope.experiment.toml import load_experiment, save_experiment
from braggscope.gui.agreement.presenter import agreement_of
from braggscope.gui.runs.presenter import state_line
from braggscope.gui.session_files import commands
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from braggscope.session_files.session_file import read_session
from braggscope.ui.view_state import Region
from tests.gui.conftest import opened
from tests.gui.fake_host import METRICS, FakeHost, FakeRegistry, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]

REGIONS = (
    ImageRegion(name="spot", shape=Rectangle(slow=1, fast=2, height=3, width=4)),
    ImageRegion(name="core", shape=Shell(d_min_A=3, d_max_A=float("inf"))),
)


@pytest.fixture
def another(qtbot: QtBot, own_settings: Path) -> Callable[[], MainWindow]:
    """Makes further windows, as the next start of the program would."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(FakeHost(), FakeRegistry())
        window.ask_about_edits = lambda parent, name: "discard"
        window.apply_theme("light")
        qtbot.addWidget(window)
        window.set_experiment(small_experiment())
        window.resize(1300, 800)
        window.show()
        qtbot.waitExposed(window)
        window.start()
        made.append(window)
        return window

    return make


def ran(qtbot: QtBot, window: MainWindow) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: not window.session.is_busy)


def saved(qtbot: QtBot, window: MainWindow, path: Path) -> Path:
    window.sessions.write(path)
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert path.is_file(), window.message.text.text()
    return path


def loaded(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.sessions.load(path)
    qtbot.waitUntil(lambda: not window.sessions.is_busy and not window.session.is_busy)


def set_up(qtbot: QtBot, window: MainWindow) -> None:
    """Everything is unlike it was at the start."""
    session = window.session
    session.set_semantics(Semantics(omega="mean"))
    window.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.25), "mine.toml")
    third = session.add_slot()
    session.edit(1, options={"precision": "mixed"})
    session.edit(third.id, overrides=("crystal.misset_deg=[1, 2, 3]", "semantics.omega=last"))
    session.assign("B", third.id)
    session.run()
    session.markings.set_regions(REGIONS)
    session.markings.set_line(((1.0, 2.0), (20.0, 15.5)))
    session.markings.set_selection(np.array([3, 5, 900]))
    session.analyser.set_bounds({"correlation": Bounds(0.2), "max_abs_difference": None})
    session.analyser.choose_map("abs_difference")
    images = window.images
    qtbot.waitUntil(lambda: images.presenter.picture("A") is not None)
    images.presenter.set_scale("sqrt")
    images.presenter.set_levels("A", (5.0, 500.0))
    images.presenter.set_colormap("grey")
    window.actions_["clipped"].trigger()
    window.image_commands.arrange("split")
    images.set_seam(0.25)
    images.set_seam_direction("level")
    window.actions_["slow_up"].setChecked(True)
    session.set_cursor(Pixel(7, 9))
    window.workspace.request_trace(Pixel(8, 9))
    images.view_state.show(Region(2.0, 3.0, 20.0, 10.0))


def test_everything_is_there_again(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(qtbot, window)
    path = saved(qtbot, window, tmp_path / "all.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session, was = other.session, window.session
    assert session.experiment == was.experiment
    assert session.semantics == was.semantics
    assert other.experiment.semantics() == was.semantics
    rows = [(s.id, s.engine, dict(s.options), s.overrides) for s in session.slots]
    assert rows == [(s.id, s.engine, dict(s.options), s.overrides) for s in was.slots]
    assert (session.slot("A").id, session.slot("B").id) == (1, 3)
    for side in session.sides:
        now, then = session.slot(side), was.slot(side)
        assert now.image is not None
        assert then.image is not None
        assert np.array_equal(now.image.data, then.image.data)
        assert now.phase is Phase.DONE
        assert not session.is_outdated(now)
    assert session.markings.regions == REGIONS
    assert session.markings.line == ((1.0, 2.0), (20.0, 15.5))
    assert session.markings.selection is not None
    assert session.markings.selection.tolist() == [3, 5, 900]
    assert session.analyser.bounds == {"correlation": Bounds(0.2), "max_abs_difference": None}
    assert session.cursor == Pixel(7, 9)
    assert session.tracer.state.pixel == Pixel(8, 9)
    images = other.images
    qtbot.waitUntil(lambda: images.presenter.picture("D") is not None)
    picked = images.both.canvas.content.annotated.picked
    assert picked is not None
    assert picked.tolist() == [[0.5, 3.5], [0.5, 5.5], [30.5, 0.5]]
    assert session.analyser.findings is not None
    assert session.analyser.findings.difference_map == "abs_difference"
    assert images.view_state.region == Region(2.0, 3.0, 20.0, 10.0)
    assert images.presenter.display == window.images.presenter.display
    picture = images.presenter.picture("A")
    assert picture is not None
    assert picture.levels == (5.0, 500.0)
    assert other.image_commands.look() == window.image_commands.look()
    assert other.actions_["clipped"].isChecked()
    assert other.actions_["slow_up"].isChecked()
    assert other.toolbar.scale.currentData() == "sqrt"
    assert not other.isWindowModified()
    assert other.windowTitle() == "all · mine.toml[*] – Braggscope"


def test_images_are_from_the_session_until_f5_and_the_verdict_is_made_again(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session, host = other.session, other.session.host
    assert host.runs == []
    assert len(host.analyses) == 1
    assert agreement_of(session, METRICS).headline == "Agrees"
    assert state_line(session, session.slot("A")).text == "From a session: made before in 250 ms"
    qtbot.waitUntil(lambda: other.images.presenter.picture("A") is not None)
    assert "(from a session)" in other.images.presenter.tile("A").detail
    other.actions_["run"].trigger()
    assert len(host.runs) == 2
    qtbot.waitUntil(lambda: not session.is_busy)
    assert state_line(session, session.slot("A")).text == "Done in 250 ms"


def test_a_trace_runs_on_the_experiment_of_the_image(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    """Also where the form says something else by now."""
    ran(qtbot, window)
    made_with = window.session.experiment
    changed = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(changed)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session = other.session
    assert session.experiment == changed
    assert session.is_outdated(session.slot("A"))
    assert agreement_of(session, METRICS).outdated
    other.workspace.request_trace(Pixel(3, 4))
    qtbot.waitUntil(lambda: not session.tracer.is_busy)
    assert {run.experiment for run, *_ in session.host.traces} == {made_with}
    assert session.tracer.state.comparison is not None


def test_a_session_without_images_and_with_a_row_of_an_unknown_engine(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.edit(2, engine="torch-cuda-of-another-machine", options={"device": "7"})
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    slot = other.session.slot("B")
    assert dict(slot.options) == {"device": "7"}
    assert "no engine" in state_line(other.session, slot).text
    assert other.session.slot("A").phase is Phase.IDLE


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
    qtbot.wait(50)
    assert [slot.image for slot in window.session.slots] == images
    assert [slot.phase for slot in window.session.slots] == [Phase.DONE, Phase.DONE]


def test_what_is_typed_and_no_value_comes_back_too(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    form = window.experiment.form
    form.edited.emit("beam.wavelength_A", "1,5")
    form.edited.emit("detector.pixel_mm", "-3")
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    assert other.experiment.problem == window.experiment.problem != ""
    assert other.session.experiment_problem == other.experiment.problem
    editor = other.experiment.form.row("beam.wavelength_A").focus_widget()
    assert editor.text() == "1,5"  # type: ignore[attr-defined]
    other.actions_["undo"].trigger()
    assert other.experiment.problem == ""


def test_a_choice_made_for_a_session_is_not_remembered_for_others(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.image_commands.arrange("side")
    window.actions_["slow_up"].setChecked(False)
    loaded(qtbot, another(), path)
    fresh = another()
    assert fresh.images.arrangement == "side"
    assert not fresh.images.view_state.slow_up


# ── the document ──────────────────────────────────────────────────────────────────────────────────


def test_saving_keeps_the_edits_and_saves_to_the_same_file_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    assert window.isWindowModified()
    path = tmp_path / "mine.session.h5"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine.session"), "")
    )
    window.actions_["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert not window.isWindowModified()
    assert "Saved" in window.status.currentMessage()
    assert window.windowTitle() == "mine[*] – Braggscope"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked again"))
    window.session.set_cursor(Pixel(2, 3))
    window.actions_["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert read_session(path).saved.cursor == (2, 3)


def test_edits_are_asked_about_before_a_session_takes_their_place(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(edited)
    asked: list[str] = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or "cancel"  # type: ignore[func-returns-value,return-value]
    loaded(qtbot, window, path)
    assert len(asked) == 1
    assert window.session.experiment == edited
    window.ask_about_edits = lambda parent, name: "discard"
    loaded(qtbot, window, path)
    assert window.session.experiment == small_experiment()


@pytest.mark.parametrize("fails", [False, True])
def test_closing_saves_the_session_that_the_title_names(
    fails: bool,
    window: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    asked: list[str] = []
    window.ask_about_edits = lambda parent, name: asked.append(name) or "save"  # type: ignore[func-returns-value,return-value]
    if fails:
        path.unlink()
        path.mkdir()
    window.close()
    assert asked == ["a.session.h5"]
    assert window.isVisible() is fails
    if fails:
        assert "cannot write" in window.message.text.text().lower()
        window.ask_about_edits = lambda parent, name: "discard"
    else:
        found = read_session(path).saved.experiment
        assert found is not None
        assert found.beam.wavelength_A == 1.5


def test_save_experiment_still_writes_its_toml(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    toml = tmp_path / "mine.toml"
    save_experiment(small_experiment(), toml)
    opened(qtbot, window, toml)
    window.experiment.take_experiment(small_experiment().with_override("beam.wavelength_A", 1.5))
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    other.actions_["save"].trigger()
    assert load_experiment(toml).beam.wavelength_A == 1.5


# ── trouble ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "missing"])
def test_a_bad_file_leaves_everything_as_it_was(
    damage: str, window: MainWindow, host: FakeHost, qtbot: QtBot, tmp_path: Path
) -> None:
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    body = path.read_bytes()
    bad = {
        "cut": body[: len(body) // 2],
        "flipped": body[:999] + bytes([body[999] ^ 1]) + body[1000:],
        "empty": b"",
        "foreign": b"no HDF5",
        "missing": b"",
    }[damage]
    path = tmp_path / "bad.session.h5"
    if damage != "missing":
        path.write_bytes(bad)
    before = (window.session.slots, window.session.experiment, window.windowTitle())
    loaded(qtbot, window, path)
    assert window.message.isVisible()
    assert "bad.session.h5" in window.message.text.text()
    assert (window.session.slots, window.session.experiment, window.windowTitle()) == before
    assert len(host.analyses) == 1


def test_a_place_that_cannot_be_written_is_told(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.sessions.write(tmp_path / "missing" / "a.session.h5")
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
    assert "cannot write" in window.message.text.text().lower()
    assert window.document.session is None


def test_writing_shows_its_progress_and_can_be_stopped(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held open until it is stopped; the window serves events meanwhile."""
    begun = threading.Event()

    def slow(path: Path, content: object, watch: commands.Watch) -> None:
        watch.report(0.4)
        begun.set()
        while True:
            watch.check()

    monkeypatch.setattr(commands, "write_session", slow)
    path = tmp_path / "a.session.h5"
    window.sessions.write(path)
    progress = window.sessions._progress
    qtbot.waitUntil(lambda: progress.isVisible())
    assert begun.is_set()
    assert progress.label.text() == "Saving a.session.h5"
    assert progress.bar.value() == 400
    window.sessions.load(path)
    assert "Another session" in window.status.currentMessage()
    progress.button.click()
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
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


# ── dropped, recent ───────────────────────────────────────────────────────────────────────────────


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
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
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
    qtbot.waitUntil(lambda: not window.sessions.is_busy)
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
