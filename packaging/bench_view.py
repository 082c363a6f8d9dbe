"""Measure how the images obey at 4096²: ours, pyqtgraph's ImageView, and silx's CompareImages.

usage: python packaging/bench_view.py [offscreen|xvfb]

Each row is the median of at least 20, in a window of 1720 × 980, from the call that makes a change
to the end of the paint event that shows it. Ours shows A, B and their difference, as do three
ImageViews side by side; CompareImages shows A against B. BRAGGSCOPE_BENCH_SILX names a Python that
has silx. Pauses and metrics are medians of 3 and 5.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

SIDE = 4096
REPEATS = 24
_TIMEOUT_S = 600
_PAINT_TIMEOUT_S = 10
#: A pair takes a second or two; one whose pyramids cannot be built is never shown.
_LOAD_TIMEOUT_S = 60.0
#: Row -> (what it is, goal in ms for float32, for float64).
GOALS: dict[str, tuple[str, float | None, float | None]] = {
    "pan": ("pan step to painted", 10, 10),
    "zoom": ("zoom step to painted", 10, 10),
    "levels": ("level change to painted", 12, 12),
    "colormap": ("colour-map change to painted", 12, 12),
    "log pan": ("pan step to painted, log", 10, 10),
    "log levels": ("level change to painted, log", 12, 12),
    "cursor": ("cursor handler", 1, 1),
    "cursor painted": ("cursor to painted", None, None),
    "arrangement": ("switch of arrangement to painted", 30, 30),
    "new pair": ("new pair to painted", 150, 300),
    "first paint": ("first pair to painted", None, None),
    "memory": ("memory, in arrays A, B, difference", 1.5, 1.5),
    "pause": ("longest pause while a pair loads and is measured", 50, 50),
    "simulated": ("the same while two engines simulate it", 50, 50),
    "verdict": ("metrics of the verdict", 400, 400),
    "all metrics": ("all metrics", 8000, 8000),
}


def arrays(kind: str, seed: int = 0) -> tuple[Any, Any, Any]:
    """A, B and B − A: background, and peaks one pixel wide."""
    import numpy as np

    random = np.random.default_rng(seed)
    a = random.gamma(2.0, 5.0, (SIDE, SIDE)).astype(kind)
    places = random.integers(0, SIDE, (2, 4000))
    a[places[0], places[1]] += random.exponential(1e4, 4000).astype(kind)
    b = a * random.normal(1.0, 1e-3, (SIDE, 1)).astype(kind)
    return a, b, b - a


def median_ms(
    step: Callable[[int], object], painted: Callable[[], object], repeats: int = REPEATS
) -> float:
    """Median time of a change with its painting, ms."""
    found = []
    for number in range(repeats + 2):
        started = time.perf_counter()
        step(number)
        painted()
        found.append(time.perf_counter() - started)
    return statistics.median(found[2:]) * 1e3


def resident_bytes() -> int:
    """Memory of this process that is in use."""
    gc.collect()
    text = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


# ── ours ──────────────────────────────────────────────────────────────────────────────────────


class Ours:
    """The whole window with images that come from memory instead of engines."""

    def __init__(self, kind: str) -> None:
        from PySide6.QtCore import QEventLoop

        from braggscope.api import DetectorImage, Provenance
        from braggscope.experiment import Experiment
        from braggscope.gui.main import make_application
        from braggscope.gui.window import MainWindow
        from braggscope.host.host import Analysis, Host
        from braggscope.host.jobs import Job
        from braggscope.host.plugins import PluginRegistry

        self.kind = kind
        self.application = make_application()
        self.until_events = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        registry = PluginRegistry()
        registry.discover()
        self.real = self.simulates = False
        outer = self
        self.next: tuple[Any, Any, Any] | None = None

        class Memory(Host):
            """Gives prepared images; images and analyses are the real ones where asked for."""

            def render(self, run: Any, on_progress: Any = None, *, use_cache: bool = True) -> Any:
                if outer.simulates:
                    return super().render(run, on_progress, use_cache=use_cache)
                job: Job[DetectorImage] = Job("run")
                data = outer.next[0 if run.engine == outer.engines[0] else 1]
                job.run(lambda _: DetectorImage(data, None, Provenance(run, "1", "bench")))
                return job

            def analyse(
                self, a: Any, b: Any, metrics: Any = None, difference: Any = None, **more: Any
            ) -> Any:
                if outer.real:
                    return super().analyse(a, b, metrics=metrics, difference=difference, **more)
                job: Job[Analysis] = Job("analyse")
                job.run(lambda _: Analysis({}, {}, outer.next[2], None, ()))
                return job

            def taken_in(self, arrays: tuple[Any, Any, Any]) -> tuple[Any, ...]:
                """Where images are that come from workers: in mapped files."""
                return tuple(self._scratch.copy_of(array).array for array in arrays)

        self.host = Memory(registry, steps_back=True)
        self.window = MainWindow(self.host, registry)
        self.window.apply_theme("light")
        flags = "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 500 -pixel 0.1"
        flags += f" -detpixels_x {SIDE} -detpixels_y {SIDE}"
        self.window.set_experiment(Experiment.from_nanobragg(flags.split()))
        self.engines = [slot.engine for slot in self.window.session.slots]
        self.window.resize(1720, 980)
        self.window.show()
        self.window.start()
        self.settle()
        self.panel = self.window.images
        self.presenter = self.panel.presenter

    def settle(self, seconds: float = 0.3) -> None:
        """Let everything that waits happen."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.application.processEvents()
            time.sleep(0.001)

    def paint(self) -> None:
        """Paint what has to be, now."""
        canvases = [t.canvas for t in self.panel.all_tiles() if t.canvas.isVisible()]
        before = [canvas.painted for canvas in canvases]
        end = time.perf_counter() + _PAINT_TIMEOUT_S
        while any(c.painted == old for c, old in zip(canvases, before, strict=True)):
            self.application.processEvents()
            if time.perf_counter() > end:
                raise RuntimeError("a change was not painted: was it one?")

    def load(self, pair: tuple[Any, Any, Any]) -> None:
        """Give the window a new pair and wait until all three images show it.

        Raises:
            RuntimeError: they do not in time.
        """
        from PySide6.QtCore import QTimer

        self.next = pair
        said_before = self.window.workspace.log.end
        self.window.session.run(afresh=True)
        # Its end is an event, which wakes us even where no other comes.
        limit = QTimer(singleShot=True, interval=round(_LOAD_TIMEOUT_S * 1e3))
        limit.start()
        while missing := self._missing(pair):
            if not limit.isActive():
                raise RuntimeError(
                    f"after {_LOAD_TIMEOUT_S:g} s the window does not show {', '.join(missing)} of"
                    f" a new pair; {self._errors_since(said_before)}"
                )
            # As in a window that is used: asleep until there is something to do. To ask again and
            # again would take a processor, and Python's lock, from the threads that build.
            self.application.processEvents(self.until_events)
        self.paint_rest()

    def paint_rest(self) -> None:
        """Paint what is waiting to be."""
        self.application.processEvents()

    def _errors_since(self, number: int) -> str:
        """What the window's log says of errors, in one line."""
        entries = [entry for _, entry in self.window.workspace.log.since(number)]
        texts = [" ".join(entry.text.split()) for entry in entries if entry.level == "error"]
        return "its log: " + "; ".join(dict.fromkeys(texts)) if texts else "its log names no error"

    def _missing(self, pair: tuple[Any, Any, Any]) -> list[str]:
        """The tiles that show something else."""
        pictures = {tile: self.presenter.picture(tile) for tile in ("A", "B", "D")}
        return [
            tile
            for (tile, picture), data in zip(pictures.items(), pair, strict=True)
            if picture is None or picture.pyramid.data is not data
        ]

    def measure(self) -> dict[str, float]:
        """All rows."""
        found: dict[str, float] = {}
        first, second = (self.host.taken_in(arrays(self.kind, seed)) for seed in (0, 1))
        data = sum(array.nbytes for array in first)
        before = resident_bytes() - 2 * data
        started = time.perf_counter()
        self.load(first)
        found["first paint"] = (time.perf_counter() - started) * 1e3
        self.presenter.set_scale("linear")
        self.settle()
        self._memory(found, before, data)
        self._views(found)
        pairs = [first, second]
        found["new pair"] = median_ms(lambda n: self.load(pairs[n % 2]), lambda: None)
        self.real = True
        found["pause"] = self._pause(pairs)
        self._metrics(found, pairs)
        self.simulates = True
        found["simulated"] = self._pause(pairs)
        self.window.close_at_once()
        return found

    def _memory(self, found: dict[str, float], before: int, data: int) -> None:
        # The second pair waits in memory: it is not the window's.
        found["memory"] = (resident_bytes() - before - data) / data

    def _views(self, found: dict[str, float]) -> None:
        view, presenter = self.panel.view_state, self.presenter
        view.zoom(0.35, SIDE / 2, SIDE / 2)
        self.settle()
        turn = lambda n: 23.0 if n % 2 else -23.0  # noqa: E731
        factor = lambda n: 0.8 if n % 2 else 1.25  # noqa: E731

        def levels(n: int) -> None:
            presenter.set_levels("A", (0.0, 50.0 + n))
            presenter.set_levels("D", (-0.1 - 0.01 * n, 0.1 + 0.01 * n))

        def colors(n: int) -> None:
            # What is there already comes second: nothing is painted that looks as it did.
            presenter.set_colormap(("lagoon", "ember")[n % 2])
            presenter.set_difference_colormap(("blue-orange", "blue-red")[n % 2])

        for prefix in ("", "log "):
            presenter.set_scale("log" if prefix else "linear")
            self.settle()
            found[f"{prefix}pan"] = median_ms(lambda n: view.pan(turn(n), turn(n)), self.paint)
            found[f"{prefix}levels"] = median_ms(levels, self.paint)
        view.fit()
        found["zoom"] = median_ms(lambda n: view.zoom(factor(n), 900.0, 900.0), self.paint)
        found["colormap"] = median_ms(colors, self.paint)
        self._cursor(found)
        names = ("split", "blink", "overlay", "difference", "grid", "side")
        found["arrangement"] = median_ms(
            lambda n: self.panel.set_arrangement(names[n % 6]), self.paint, 30
        )
        self.panel.set_arrangement("side")
        self.settle()

    def _cursor(self, found: dict[str, float]) -> None:
        from braggscope.api import Pixel

        status = self.window.status

        def move(n: int) -> None:
            status.hover(Pixel(100 + n, 200 + n))

        found["cursor"] = median_ms(move, lambda: None)
        found["cursor painted"] = median_ms(
            lambda n: self.window.workspace.set_cursor(Pixel(1000 + n, 1000 + n)), self.paint
        )

    def _pause(self, pairs: list[Any]) -> float:
        """The longest time between two beats of a 5-ms timer, with the real analysis worker, ms."""
        from PySide6.QtCore import QTimer

        worst = []
        for number in range(3):
            beats = [time.perf_counter()]
            timer = QTimer(interval=5)
            timer.timeout.connect(lambda beats=beats: beats.append(time.perf_counter()))
            timer.start()
            self.next = pairs[number % 2]
            self.window.session.run(afresh=True)
            self.finish()
            timer.stop()
            worst.append(max(b - a for a, b in pairwise(beats)))
        return statistics.median(worst) * 1e3

    def finish(self) -> None:
        """Wait until nothing runs and nothing is being measured."""
        session = self.window.session
        while session.analyser.is_busy or session.is_busy:
            self.application.processEvents(self.until_events)
        self.settle()

    def _metrics(self, found: dict[str, float], pairs: list[Any]) -> None:
        times = [self._measured(*pairs[number % 2][:2]) for number in range(5)]
        for row, values in zip(("verdict", "all metrics"), zip(*times, strict=True), strict=True):
            found[row] = statistics.median(values) * 1e3

    def _measured(self, a: Any, b: Any) -> tuple[float, float]:
        """From two images that the analysis worker has not seen to the verdict, and to all, s."""
        from braggscope.api import DetectorImage, Provenance, Run

        run = Run(experiment=self.window.session.experiment, engine="bench")
        images = [DetectorImage(data, None, Provenance(run, "1", "bench")) for data in (a, b)]
        heard: list[float] = []
        started = time.perf_counter()

        def listen(found: Any) -> None:
            if found.agrees is not None:
                heard.append(time.perf_counter() - started)

        self.host.analyse(*images, on_found=listen).result()
        return heard[0], time.perf_counter() - started


def measure_ours(kind: str) -> dict[str, float]:
    """Rows of Braggscope's window."""
    return Ours(kind).measure()


# ── the others ────────────────────────────────────────────────────────────────────────────────


def measure_pyqtgraph(kind: str) -> dict[str, float]:
    """Rows of three ImageViews side by side with A, B and B − A, each set by itself."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QHBoxLayout, QWidget

    pg.setConfigOptions(imageAxisOrder="row-major")
    application = pg.mkQApp()
    first, second = arrays(kind), arrays(kind, 1)
    before = resident_bytes()
    window = QWidget()
    layout = QHBoxLayout(window)
    views = [pg.ImageView(window) for _ in first]
    window.resize(1720, 980)
    for view in views:
        layout.addWidget(view)
    window.show()

    def paint() -> None:
        application.processEvents()
        for view in views:
            view.ui.graphicsView.viewport().repaint()

    def show(images: tuple[Any, ...], **choices: bool) -> None:
        for view, image in zip(views, images, strict=True):
            view.setImage(image, **choices)

    def each(change: Callable[[Any, int], object]) -> Callable[[int], None]:
        def step(number: int) -> None:
            for view in views:
                change(view, number)

        return step

    found = {}
    started = time.perf_counter()
    show(first)
    paint()
    found["first paint"] = (time.perf_counter() - started) * 1e3
    data = sum(image.nbytes for image in first)
    found["memory"] = 1.0 + (resident_bytes() - before) / data
    middle = (1000, 2400)
    each(lambda view, _: view.getView().setRange(xRange=middle, yRange=middle, padding=0))(0)
    turn = lambda n: 23.0 if n % 2 else -23.0  # noqa: E731
    pan = each(lambda view, n: view.getView().translateBy(x=turn(n), y=turn(n)))
    zoom = each(lambda view, n: view.getView().scaleBy((0.8, 0.8) if n % 2 else (1.25, 1.25)))
    found["pan"] = median_ms(pan, paint)
    found["zoom"] = median_ms(zoom, paint)
    found["levels"] = median_ms(each(lambda view, n: view.setLevels(0.0, 50.0 + n)), paint)
    maps = [pg.colormap.get("viridis"), pg.colormap.get("inferno")]
    found["colormap"] = median_ms(each(lambda view, n: view.setColorMap(maps[n % 2])), paint)
    pairs = [first, second]
    again = {"autoRange": False, "autoLevels": False}
    found["new pair"] = median_ms(lambda n: show(pairs[n % 2], **again), paint)
    return found


def measure_silx(kind: str) -> dict[str, float]:
    """Rows of silx's CompareImages."""
    from silx.gui import qt
    from silx.gui.colors import Colormap
    from silx.gui.plot.CompareImages import CompareImages

    application = qt.QApplication([])
    first, second = arrays(kind), arrays(kind, 1)
    before = resident_bytes()
    view = CompareImages()
    view.resize(1720, 980)
    view.show()
    plot = view.getPlot()

    def paint() -> None:
        application.processEvents()
        plot.replot()
        application.processEvents()

    found = {}
    started = time.perf_counter()
    view.setData(first[0], first[1])
    paint()
    found["first paint"] = (time.perf_counter() - started) * 1e3
    data = first[0].nbytes * 2
    found["memory"] = 1.0 + (resident_bytes() - before) / data
    few = 20

    def pan(n: int) -> None:
        shift = 23.0 * (n % 2)
        plot.setLimits(1000 + shift, 2400 + shift, 1000 + shift, 2400 + shift)

    def zoom(n: int) -> None:
        half = 700.0 * (1.25 if n % 2 else 1.0)
        plot.setLimits(1700 - half, 1700 + half, 1700 - half, 1700 + half)

    found["pan"] = median_ms(pan, paint, few)
    found["zoom"] = median_ms(zoom, paint, few)
    colormap = view.getColormap()
    found["levels"] = median_ms(lambda n: colormap.setVRange(0.0, 50.0 + n), paint, few)
    names = ("viridis", "gray")
    found["colormap"] = median_ms(lambda n: colormap.setName(names[n % 2]), paint, few)
    colormap.setNormalization(Colormap.LOGARITHM)
    found["log pan"] = median_ms(pan, paint, few)
    found["log levels"] = median_ms(lambda n: colormap.setVRange(1.0, 50.0 + n), paint, few)
    colormap.setNormalization(Colormap.LINEAR)
    modes = view.VisualizationMode
    order = (modes.VERTICAL_LINE, modes.COMPOSITE_RED_BLUE_GRAY, modes.ONLY_A, modes.ONLY_B)
    found["arrangement"] = median_ms(
        lambda n: view.setVisualizationMode(order[n % len(order)]), paint, few
    )
    pairs = [first, second]
    found["new pair"] = median_ms(lambda n: view.setData(*pairs[n % 2][:2]), paint, few)
    return found


# ── the table ─────────────────────────────────────────────────────────────────────────────────

_SIDES: dict[str, Callable[[str], dict[str, float]]] = {
    "braggscope": measure_ours,
    "pyqtgraph": measure_pyqtgraph,
    "silx": measure_silx,
}


def measured(side: str, kind: str, platform: str) -> dict[str, float] | str:
    """The rows of one side in a process of its own, or why there are none."""
    python = sys.executable
    if side == "silx":
        python = os.environ.get("BRAGGSCOPE_BENCH_SILX", "")
        if not python:
            return "not measured: BRAGGSCOPE_BENCH_SILX names no Python with silx"
    command = [python, str(Path(__file__)), "--measure", side, kind]
    # Nothing of a measurement is to be offered to the next window.
    environment = {**os.environ, "BRAGGSCOPE_STATE_DIR": ""}
    if platform == "offscreen":
        environment["QT_QPA_PLATFORM"] = "offscreen"
    else:
        if shutil.which("xvfb-run") is None:
            return "not measured: there is no xvfb-run"
        environment["QT_QPA_PLATFORM"] = "xcb"
        command = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", *command]
    choices = {"env": environment, "capture_output": True, "text": True, "check": False}
    try:
        done = subprocess.run(command, timeout=_TIMEOUT_S, **choices)
    except subprocess.TimeoutExpired:
        return f"failed: it was not ready after {_TIMEOUT_S} s"
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return f"failed: {(done.stderr.strip().splitlines() or ['no output'])[-1]}"
    answer: dict[str, float] = json.loads(lines[-1])
    return answer


def rows(kind: str, results: dict[str, dict[str, float] | str]) -> Iterator[str]:
    """The lines of a table."""
    yield f"{'':50}{'goal':>8}" + "".join(f"{side:>13}" for side in results)
    for row, (title, *goals) in GOALS.items():
        goal = goals[kind == "float64"]
        texts = []
        for side, found in results.items():
            value = None if isinstance(found, str) else found.get(row)
            text = "–" if value is None else f"{value:.2f}"
            missed = side == "braggscope" and None not in (value, goal) and value > goal
            texts.append(f"{text + (' !' if missed else ''):>13}")
        yield f"{title:50}{'–' if goal is None else f'{goal:g}':>8}" + "".join(texts)
    for side, found in results.items():
        if isinstance(found, str):
            yield f"{side}: {found}"


def main(platforms: list[str]) -> int:
    """Print all tables."""
    for platform in platforms or ["offscreen", "xvfb"]:
        for kind in ("float32", "float64"):
            print(f"\nimages at {SIDE}² {kind}, {platform}, ms (median of {REPEATS})", flush=True)
            results = {side: measured(side, kind, platform) for side in _SIDES}
            for line in rows(kind, results):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        SIDE = int((*sys.argv[4:], SIDE)[0])
        print(json.dumps(_SIDES[sys.argv[2]](sys.argv[3])), flush=True)
        os._exit(0)
    sys.exit(main(sys.argv[1:]))
