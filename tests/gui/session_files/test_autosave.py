"""What a window keeps while it lives, and what the next one offers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import BraggscopeError, ImageRegion, Masked, Pixel
from braggscope.gui.main import install_hooks
from braggscope.gui.session_files.snapshot import snapshot
from braggscope.gui.window import MainWindow
from braggscope.host.settings import LimitSettings, Settings, save_settings
from braggscope.session_files.journal import Journal, Keeper, Record, abandoned
from tests.gui.fake_host import FakeHost, image_of, small_experiment
from tests.gui.session_files.steps import LIMIT_MS, ran

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]

REGION = ImageRegion(name="gaps", shape=Masked())


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for journals of this test alone."""
    monkeypatch.setenv("BRAGGSCOPE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "unsaved"


def folders(state: Path) -> list[Path]:
    return sorted(state.iterdir()) if state.is_dir() else []


def keep(qtbot: QtBot, window: MainWindow) -> None:
    """Look now, and wait until that is on disk; nor does the window look for others any more."""
    tasks = window.sessions.unsaved._tasks
    qtbot.waitUntil(lambda: not tasks.is_busy, timeout=LIMIT_MS)
    window.sessions.autosave.look()
    worker = window.sessions.autosave._worker
    done: list[bool] = []
    worker.submit("after that", lambda: True, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=LIMIT_MS)


def die(window: MainWindow) -> None:
    """As if the process were killed: nothing is tidied, the lock is free."""
    autosave = window.sessions.autosave
    autosave._timer.stop()
    autosave._worker.close()
    assert autosave._keeper is not None
    autosave._keeper.journal.release()
    autosave._keeper = None


def offered(qtbot: QtBot, window: MainWindow) -> str:
    bar = window.sessions.unsaved.bar
    qtbot.waitUntil(lambda: bar.isVisible(), timeout=LIMIT_MS)
    return bar.text.text()


def test_a_change_is_kept_within_two_seconds(window: MainWindow, qtbot: QtBot, state: Path) -> None:
    window.session.markings.set_regions((REGION,))
    qtbot.waitUntil(lambda: bool(list(state.glob("*/record.json"))), timeout=4_000)
    assert window.sessions.autosave._timer.interval() <= 2_000


def test_nothing_is_kept_of_what_nobody_would_miss(
    window: MainWindow, qtbot: QtBot, state: Path
) -> None:
    keep(qtbot, window)
    assert folders(state) == []
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    assert len(folders(state)) == 1
    window.session.markings.set_regions(())
    keep(qtbot, window)
    assert list(state.glob("*/record.json")) == []


def test_images_wait_until_nothing_runs(
    window: MainWindow, host: FakeHost, qtbot: QtBot, state: Path
) -> None:
    host.auto = False
    window.session.run()
    host.finish(0)
    qtbot.waitUntil(lambda: window.session.slot("A").image is not None, timeout=LIMIT_MS)
    window.session.set_cursor(Pixel(3, 3))
    keep(qtbot, window)
    ((folder),) = folders(state)
    record = Record.model_validate_json((folder / "record.json").read_bytes())
    assert record.session.cursor == (3, 3)
    assert record.images == {}
    host.finish(1)
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=LIMIT_MS)
    keep(qtbot, window)
    assert len(list(folder.glob("image-*.h5"))) == 2


def test_a_clean_end_leaves_nothing(window: MainWindow, qtbot: QtBot, state: Path) -> None:
    ran(qtbot, window)
    keep(qtbot, window)
    assert len(list(state.glob("*/image-*.h5"))) == 2
    window.close()
    assert folders(state) == []


def test_a_killed_windows_session_is_offered_and_restored(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(edited)
    ran(qtbot, window)
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    die(window)
    other = another()
    text = offered(qtbot, other)
    assert "2 images, 1 region" in text
    other.sessions.unsaved.bar.restore.click()
    qtbot.waitUntil(lambda: other.session.experiment == edited, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: not other.session.is_busy, timeout=LIMIT_MS)
    assert other.session.markings.regions == (REGION,)
    assert other.isWindowModified()
    for side in other.session.sides:
        now, was = other.session.slot(side).image, window.session.slot(side).image
        assert now is not None
        assert was is not None
        assert np.array_equal(now.data, was.data)
    assert not other.sessions.unsaved.bar.isVisible()
    # Killed again, it is offered again; the images were not written anew.
    before = {path: path.stat().st_mtime_ns for path in state.glob("*/image-*.h5")}
    other.session.set_cursor(Pixel(1, 2))
    keep(qtbot, other)
    assert {path: path.stat().st_mtime_ns for path in state.glob("*/image-*.h5")} == before
    die(other)
    ((journal, record),) = abandoned(state)
    assert record is not None
    assert record.session.cursor == (1, 2)
    assert record.images.keys() == {1, 2}
    journal.remove()


def test_later_loses_nothing_and_can_be_had_from_the_menu(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    die(window)
    other = another()
    offered(qtbot, other)
    assert abandoned(state) == []
    other.sessions.unsaved.bar.later.click()
    assert not other.sessions.unsaved.bar.isVisible()
    menu = other.actions_.recent_menu
    menu.aboutToShow.emit()
    again = next(action for action in menu.actions() if "unexpectedly" in action.text())
    again.trigger()
    offered(qtbot, other)
    other.close()
    third = another()
    assert "1 region" in offered(qtbot, third)
    third.close()
    assert len(list(state.glob("*/record.json"))) == 1


def test_discard_removes_it_and_offers_the_next_one(
    another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    for number in (1, 2):
        window = another()
        if number == 2:
            offered(qtbot, window)
            window.sessions.unsaved.bar.later.click()
        window.session.markings.set_regions((REGION,))
        window.session.set_cursor(Pixel(number, number))
        keep(qtbot, window)
        die(window)
        window.sessions.unsaved.close()
    last = another()
    assert "1 more after it" in offered(qtbot, last)
    last.sessions.unsaved.bar.discard.click()
    assert "more" not in offered(qtbot, last)
    qtbot.waitUntil(lambda: len(list(state.glob("*/record.json"))) == 1)
    last.sessions.unsaved.bar.restore.click()
    qtbot.waitUntil(lambda: last.session.cursor == Pixel(1, 1), timeout=LIMIT_MS)
    last.close()
    assert folders(state) == []


def test_all_are_discarded_however_quickly_that_goes(
    another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    for _ in range(3):
        journal = Journal.begin(state)
        (journal.folder / "record.json").write_text("{torn")
        journal.release()
    window = another()
    offered(qtbot, window)
    for _ in range(3):
        window.sessions.unsaved.bar.discard.click()
    qtbot.waitUntil(lambda: folders(state) == [], timeout=LIMIT_MS)
    assert not window.sessions.unsaved.bar.isVisible()


def test_two_windows_keep_apart(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    other = another()
    other.session.markings.set_line(((0.0, 0.0), (5.0, 5.0)))
    keep(qtbot, other)
    assert not other.sessions.unsaved.bar.isVisible()
    assert len(list(state.glob("*/record.json"))) == 2
    other.close()
    assert len(list(state.glob("*/record.json"))) == 1


def test_what_cannot_be_read_is_offered_to_be_discarded_only(
    another: Callable[[], MainWindow], qtbot: QtBot, state: Path
) -> None:
    journal = Journal.begin(state)
    (journal.folder / "record.json").write_text("{torn")
    journal.release()
    window = another()
    assert "cannot be read" in offered(qtbot, window)
    assert not window.sessions.unsaved.bar.restore.isEnabled()
    window.sessions.unsaved.bar.discard.click()
    qtbot.waitUntil(lambda: folders(state) == [], timeout=LIMIT_MS)


def test_images_beyond_the_limit_are_named_when_the_rest_is_restored(
    qtbot: QtBot, state: Path, own_settings: Path, another: Callable[[], MainWindow]
) -> None:
    save_settings(Settings(limits=LimitSettings(autosave_bytes=10_000)))
    window = another()
    ran(qtbot, window)
    keep(qtbot, window)
    die(window)
    other = another()
    assert "1 image" in offered(qtbot, other)
    other.sessions.unsaved.bar.restore.click()
    qtbot.waitUntil(lambda: other.message.isVisible(), timeout=LIMIT_MS)
    assert "image of row 2 was not kept: limits.autosave_bytes" in other.message.text.text()
    assert other.session.slot("A").image is not None
    assert other.session.slot("B").image is None


def test_edits_are_asked_about_before_a_restored_session_takes_their_place(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    die(window)
    other = another()
    offered(qtbot, other)
    edited = small_experiment().with_override("beam.wavelength_A", 1.5)
    other.experiment.take_experiment(edited)
    other.ask_about_edits = lambda parent, name: "cancel"
    other.sessions.unsaved.bar.restore.click()
    assert other.session.experiment == edited
    assert other.sessions.unsaved.bar.isVisible()


def test_no_room_is_said_once_and_taken_back(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.session.markings.set_regions((REGION,))
    keep(qtbot, window)
    real = Keeper.keep

    def full(self: Keeper, *_: object) -> None:
        raise BraggscopeError("No space left on device")

    monkeypatch.setattr(Keeper, "keep", full)
    for number in (1, 2):
        window.session.set_cursor(Pixel(number, 1))
        keep(qtbot, window)
        assert window.message.isVisible() is (number == 1)
        assert number == 2 or "No space left" in window.message.text.text()
        window.message.hide()
    monkeypatch.setattr(Keeper, "keep", real)
    window.session.set_cursor(Pixel(3, 1))
    keep(qtbot, window)
    assert not window.message.isVisible()


def test_ctrl_c_keeps_what_nobody_gave_up(window: MainWindow, qtbot: QtBot, state: Path) -> None:
    hook = sys.excepthook
    install_hooks(window)
    try:
        window.session.markings.set_regions((REGION,))
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        sys.excepthook = hook
    ((journal, record),) = abandoned(state)
    assert record is not None
    assert record.session.regions == (REGION,)
    journal.remove()


def test_ctrl_c_right_after_a_run_keeps_its_images(
    window: MainWindow, qtbot: QtBot, state: Path
) -> None:
    ran(qtbot, window)
    window.close_at_once()
    ((journal, record),) = abandoned(state)
    assert record is not None
    assert len(record.images) == 2
    assert record.left_out == {}
    journal.remove()


def test_a_look_takes_no_time_in_the_windows_thread(window: MainWindow, qtbot: QtBot) -> None:
    """As much as it does for small images: arrays are not touched."""
    ran(qtbot, window)
    session = window.session
    small = snapshot(window)
    huge = np.broadcast_to(np.float64(1.0), (10**6, 10**6))
    for slot in session.slots:
        assert slot.image is not None
        run = slot.image_run
        assert run is not None
        image = image_of(run)
        object.__setattr__(image, "data", huge)
        session._replace(slot.id, image=image)
    assert snapshot(window).images[1].data is huge
    assert snapshot(window).saved == small.saved


KILLED = """
    import sys
    from pathlib import Path
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication
    import braggscope.gui.main as main
    from braggscope.api import ImageRegion, Masked, Pixel
    from braggscope.gui.window import MainWindow

    def drive():
        window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        session = window.session
        if session.experiment is None or not window._started:
            return
        if not session.slots[1].overrides:
            session.edit(2, overrides=("beam.wavelength_A*=1.001",))
            session.markings.set_regions((ImageRegion(name="gaps", shape=Masked()),))
            session.set_cursor(Pixel(11, 12))
            session.run()
        root = Path(sys.argv[1]) / "unsaved"
        if len(list(root.glob("*/image-*.h5"))) == 2 and not session.is_busy:
            print("ready", flush=True)

    timer = QTimer()
    main.make_application()
    timer.timeout.connect(drive)
    timer.start(100)
    main.run_window(Path(sys.argv[2]))
"""


def test_kill_9_of_a_real_window(
    another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path, state: Path
) -> None:
    """With the real engines; the window's process is killed, and its workers end with it."""
    toml = tmp_path / "small.toml"
    toml.write_text(
        "[crystal]\ndefault_F = 100\ncells_a = 5\n[crystal.cell]\na_A = 50\nb_A = 60\nc_A = 70\n"
        "[detector]\npixels_fast = 48\npixels_slow = 40\n".replace("\\\n", "\n")
    )
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(state.parent), str(toml)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert abandoned(state) == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    window = another()
    text = offered(qtbot, window)
    assert "small.toml, 2 images, 1 region" in text
    window.sessions.unsaved.bar.restore.click()
    qtbot.waitUntil(lambda: window.session.cursor == Pixel(11, 12), timeout=LIMIT_MS)
    assert window.session.slot("B").overrides == ("beam.wavelength_A*=1.001",)
    a, b = (window.session.slot(side).image for side in window.session.sides)
    assert a is not None
    assert b is not None
    assert a.shape == b.shape == (40, 48)
    assert not np.array_equal(a.data, b.data)
    assert not window.session.is_outdated(window.session.slot("B"))
    assert a.provenance.engine_version
    assert window.document.path == toml
    window.close()
    assert folders(state) == []
