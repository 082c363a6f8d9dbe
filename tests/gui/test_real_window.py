"""The window with the real engines: runs, verdict, trace, and failures on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QTreeView
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.experiment import Experiment
from braggscope.gui.images.legend import legend
from braggscope.gui.images_dialog import ImagesDialog
from braggscope.gui.main import install_hooks, make_application
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from tests.experiment.test_nanobragg_dialect import CUBIC
from tests.plugins_under_test.plugin_fixtures import example_plugin, fault, site

__all__ = ["example_plugin", "fault", "site"]

LIMIT_MS = 120_000
SMALL = f"{CUBIC} -detpixels 64 -oversample 2"
#: Minutes on the native kernel and two processors: nothing here waits for its end.
LONG = f"{CUBIC} -detpixels 2000 -oversample 200"
ISSUE_VARIABLES = (
    "pos_m", "R_m", "omega_now", "d", "k", "q", "hkl", "hkl0", "F_latt_a", "F_latt_b", "F_latt_c",
    "F_cell", "I_total", "steps", "polar", "omega", "val",
)  # fmt: skip

pytestmark = [
    pytest.mark.gui,
    pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"),
]


@pytest.fixture
def make_window(qtbot: QtBot) -> Iterator[Callable[[], MainWindow]]:
    hooks = (sys.excepthook,)
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        make_application()
        registry = PluginRegistry()
        registry.discover()
        window = MainWindow(Host(registry), registry)
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.start()
        return window

    yield make
    for window in windows:
        window.close()
    (sys.excepthook,) = hooks


def show(window: MainWindow, flags: str) -> None:
    window.set_experiment(Experiment.from_nanobragg(flags.split()))


def run_and_wait(qtbot: QtBot, window: MainWindow) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=LIMIT_MS)
    analyser = window.session.analyser
    qtbot.waitUntil(
        lambda: analyser.findings is not None and not analyser.is_busy, timeout=LIMIT_MS
    )


def trace_at(qtbot: QtBot, window: MainWindow, pixel: Pixel) -> object:
    window.workspace.request_trace(pixel)
    tracer = window.session.tracer
    qtbot.waitUntil(lambda: not tracer.is_busy, timeout=LIMIT_MS)
    assert tracer.state.comparison is not None, tracer.state.problem
    return tracer.state.comparison


def test_from_experiment_to_verdict_to_trace(
    qtbot: QtBot, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    show(window, SMALL)
    run_and_wait(qtbot, window)
    findings = window.session.analyser.findings
    assert findings is not None
    assert findings.agrees is True
    assert findings.metrics["correlation"].value == pytest.approx(1.0)
    assert findings.difference is not None
    comparison = trace_at(qtbot, window, Pixel(30, 36))
    assert comparison.first_divergence is None
    assert {row.name for row in comparison.rows} >= set(ISSUE_VARIABLES)
    assert comparison.a.agrees_with_image
    assert comparison.b.agrees_with_image
    assert comparison.a.image_value is not None


def test_the_trace_keeps_its_height_beside_views_that_are_hidden(
    qtbot: QtBot, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    window.resize(1366, 768)
    dock = window.views.docks["pixel-trace"]
    qtbot.waitUntil(lambda: dock.widget() is not None and window.height() == 768)
    QCoreApplication.processEvents()
    assert dock.height() > 180  # Shrunk, it would have 145: no table to see.


@pytest.mark.parametrize("change", [(), ("beam.wavelength_A*=1.005",)])
def test_nothing_needs_to_be_scrolled_sideways_at_1366_by_768(
    qtbot: QtBot, make_window: Callable[[], MainWindow], change: tuple[str, ...]
) -> None:
    window = make_window()
    window.apply_theme("light")
    window.resize(1366, 768)
    assert (window.width(), window.height()) == (1366, 768)
    show(window, f"{SMALL} -misset 11.5 22.5 33.5")
    window.session.edit(window.session.slot("B").id, overrides=change)
    run_and_wait(qtbot, window)
    trace_at(qtbot, window, Pixel(30, 36))
    # Docks behind the tab in front are not laid out.
    areas = [
        area
        for area in window.findChildren(QAbstractScrollArea)
        if area.isVisible() and not area.visibleRegion().isEmpty()
    ]
    assert window.agreement.table in areas
    assert any(isinstance(area, QTreeView) for area in areas)
    for area in areas:
        qtbot.waitUntil(lambda area=area: area.horizontalScrollBar().maximum() == 0)
        if isinstance(area, QScrollArea):
            assert area.widget().minimumSizeHint().width() <= area.viewport().width()


def test_a_wavelength_a_little_off_is_seen_and_found(
    qtbot: QtBot, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    show(window, CUBIC)
    slot = window.session.slot("B")
    window.session.edit(slot.id, overrides=("beam.wavelength_A*=1.0001",))
    run_and_wait(qtbot, window)
    findings = window.session.analyser.findings
    assert findings.metrics["within_tolerance"].value < 0.9
    assert abs(findings.difference).max() > 0
    assert trace_at(qtbot, window, Pixel(67, 67)).first_divergence == "lambda0_m"
    window.session.edit(slot.id, overrides=("beam.wavelength_A*=1.005",))
    run_and_wait(qtbot, window)
    assert window.session.analyser.findings.agrees is False


def test_real_structure_factors_on_a_large_detector(
    qtbot: QtBot, make_window: Callable[[], MainWindow], shared: Path
) -> None:
    window = make_window()
    mtz = shared / "data" / "lysozyme_microed.mtz"
    flags = (
        f"-hkl {mtz} -cell 104.44 67.54 31.83 90 90 90 -misset 10 20 30 -N 9 -lambda 0.9"
        " -distance 100 -pixel 0.1 -detpixels 1024 -oversample 1"
    )
    experiment = Experiment.from_nanobragg(flags.split())
    factors = experiment.crystal.structure_factors.model_copy(update={"column": "FC"})
    window.set_experiment(experiment.with_override("crystal.structure_factors", factors))
    run_and_wait(qtbot, window)
    image = window.workspace.image("A")
    assert image.shape == (1024, 1024)
    assert window.session.analyser.findings.metrics["correlation"].value > 0.999999
    slow, fast = divmod(int(image.data.argmax()), 1024)
    comparison = trace_at(qtbot, window, Pixel(slow, fast))
    assert comparison.first_divergence is None, comparison.explanation
    assert {row.name for row in comparison.rows} >= set(ISSUE_VARIABLES)
    assert {row.verdict for row in comparison.rows} <= {"equal", "within"}


def test_a_measured_image_is_held_against_a_simulation_of_its_geometry(
    qtbot: QtBot, make_window: Callable[[], MainWindow], shared: Path
) -> None:
    window = make_window()
    window.ask_about_edits = lambda parent, name: "discard"
    show(window, f"{SMALL} -N 20")
    window.files.images.offer([shared / "data" / "pilatus6m_i03.cbf.gz"])
    dialog = window.findChild(ImagesDialog)
    dialog.geometry_box.setChecked(True)
    dialog.accept()
    analyser = window.session.analyser
    qtbot.waitUntil(
        lambda: analyser.findings is not None and not analyser.is_busy, timeout=LIMIT_MS
    )
    experiment, b = window.session.experiment, window.workspace.image("B")
    assert (experiment.detector.pixels_slow, experiment.detector.pixels_fast) == (2527, 2463)
    assert experiment.detector.distance_mm == pytest.approx(291.47)
    assert experiment.beam.wavelength_A == pytest.approx(0.97625)
    # Between the modules of 195 × 487 pixels there are 17 and 7; some pixels are dead besides.
    gaps = b.data.size - 12 * 5 * 195 * 487
    assert gaps < b.mask.sum() < gaps + 5000
    assert b.mask[195 : 195 + 17].all()
    assert window.session.analyser.findings.metrics["not_comparable"].value == 0
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None)
    difference = window.images.presenter.picture("D")
    assert difference.is_masked(200, 30)
    assert [entry.text for entry in legend(difference)] == ["masked"]


@pytest.mark.parametrize("side", ["A", "B"])
def test_a_killed_engine_is_told_and_the_next_run_succeeds(
    qtbot: QtBot, make_window: Callable[[], MainWindow], side: str
) -> None:
    window = make_window()
    session = window.session
    show(window, LONG)
    slot = session.slot(side)
    session.run_slot(slot.id)
    qtbot.waitUntil(lambda: slot.engine in session.host.worker_pids(), timeout=LIMIT_MS)
    pid = session.host.worker_pids()[slot.engine]
    if slot.engine == "nanobragg-c":
        qtbot.waitUntil(lambda: bool(_programs(pid)), timeout=LIMIT_MS)
        _programs(pid)[0].kill()
    else:
        qtbot.waitUntil(lambda: session.slot(side).progress.fraction > 0, timeout=LIMIT_MS)
        os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: session.slot(side).phase is Phase.FAILED, timeout=LIMIT_MS)
    assert "signal 9" in str(session.slot(side).problem)
    show(window, SMALL)
    run_and_wait(qtbot, window)
    assert session.analyser.findings.agrees is True


def _programs(pid: int) -> list[psutil.Process]:
    try:
        return [p for p in psutil.Process(pid).children() if "-cell" in p.cmdline()]
    except psutil.NoSuchProcess:
        return []


def test_cancel_frees_the_window(qtbot: QtBot, make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    show(window, LONG)
    window.session.run_slot(window.session.slot("A").id)
    qtbot.waitUntil(lambda: window.session.slot("A").progress.fraction > 0, timeout=LIMIT_MS)
    window.session.cancel()
    assert not window.session.is_busy
    show(window, SMALL)
    run_and_wait(qtbot, window)
    assert window.session.analyser.findings.agrees is True


WINDOW_SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from braggscope.gui import main
from braggscope.experiment import Experiment

flags = {flags!r}.split()
original = main.MainWindow.start

def start(window):
    original(window)
    QTimer.singleShot(0, window, lambda: run(window))

def run(window):
    if window.files.is_opening:
        QTimer.singleShot(20, window, lambda: run(window))
        return
    window.set_experiment(Experiment.from_nanobragg(flags))
    window.session.run()
    {then}

main.MainWindow.start = start
status = main.run_window()
print("torch" in sys.modules, flush=True)
sys.exit(status)
"""


def _script(flags: str, then: str) -> str:
    return WINDOW_SCRIPT.format(flags=flags, then=textwrap.dedent(then).strip())


def test_the_windows_process_does_not_import_torch() -> None:
    watch = (
        "timer = QTimer(window); timer.timeout.connect("
        "lambda: window.session.analyser.findings and window.close()); timer.start(50)"
    )
    done = subprocess.run(
        [sys.executable, "-c", _script(SMALL, watch)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout.strip() == "False", done.stderr
    assert done.returncode == 0, done.stderr


def test_the_first_frame_does_not_wait_for_the_plotting_library() -> None:
    script = "import sys, braggscope.gui.main; print('pyqtgraph' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


def test_nothing_is_left_after_the_window_was_killed(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = _script(LONG, "print('started', flush=True)")
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "started\n"
        family = psutil.Process(killed.pid)
        end = time.monotonic() + LIMIT_MS / 1000
        while not family.children() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(3)
        left = family.children(recursive=True)
        assert left
        killed.kill()
    while (_alive(left) or list(temporary.iterdir())) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(left)
    assert list(temporary.iterdir()) == []


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(
    "point", ["import", "manifest", "engines", "metrics", "difference_maps", "views",
              "view-import", "view-factory", "view-widget", "metric", "difference-map"],
)  # fmt: skip
def test_a_hostile_plugin_leaves_the_window_working(
    qtbot: QtBot,
    make_window: Callable[[], MainWindow],
    example_plugin: Path,
    fault: Callable[[str], None],
    point: str,
) -> None:
    fault(point)
    window = make_window()
    install_hooks(window)
    show(window, SMALL)
    run_and_wait(qtbot, window)
    analyser = window.session.analyser
    assert analyser.findings.metrics["correlation"].value == pytest.approx(1.0)
    if point == "metric":
        assert "example-mean-difference" in analyser.findings.faults
        return
    if point == "difference-map":
        analyser.choose_map("example-squared")
        qtbot.waitUntil(lambda: "example-squared" in analyser.findings.faults, timeout=LIMIT_MS)
        return
    record = next(r for r in window.registry.records if r.name == "example")
    qtbot.waitUntil(lambda: bool(record.problems), timeout=LIMIT_MS)
    text = "".join(problem.message + problem.traceback for problem in record.problems)
    assert "deliberate fault" in text or point == "manifest"
