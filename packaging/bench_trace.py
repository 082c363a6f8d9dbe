"""Measure how long traces take, from the click to what is on screen, without a screen.

usage: python packaging/bench_trace.py  (from the repository, in the environment of `make bench`)

Both sides of a row are traced. Images of the 4096² example come from memory: no trace needs them,
and the C program alone would compute them for minutes.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

EXAMPLE = Path(__file__).parents[1] / "resources" / "examples" / "lysozyme.toml"
SIDE = 4096
MOSAIC = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 0.4"
    " -detpixels 128 -mosaic_spread 0.6 -mosaic_domains 8 -misset 3 1 2"
)
REPEATS = 15
PIXELS = 1000
CLICK_TORCH_BUDGET_S, CLICK_C_BUDGET_S, SURVEY_BUDGET_S = 0.15, 0.4, 60.0
_PATIENCE_S = 300.0


class Window:
    """The whole window, on a host whose large images are made up."""

    def __init__(self) -> None:
        from braggscope.gui.main import make_application
        from braggscope.gui.window import MainWindow
        from braggscope.host.host import Host
        from braggscope.host.plugins import PluginRegistry

        self.application = make_application()
        registry = PluginRegistry()
        registry.discover()
        self.window = MainWindow(_host_with_prepared_images(Host(registry)), registry)
        self.window.resize(1720, 980)
        self.window.show()
        self.window.start()

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Handle events until something is so.

        Raises:
            TimeoutError: it takes minutes.
        """
        end = time.monotonic() + _PATIENCE_S
        while not condition():
            self.application.processEvents()
            time.sleep(0.0005)
            if time.monotonic() > end:
                raise TimeoutError("the window does not do what is measured")

    def show(self, experiment: Any, engines: tuple[str, str]) -> None:
        """Show an experiment's images on two engines."""
        session = self.window.session
        self.window.set_experiment(experiment)
        for side, engine in zip("AB", engines, strict=True):
            session.edit(session.slot(side).id, engine=engine, options={}, overrides=())  # type: ignore[arg-type]
        session.run()
        runs = [session.run_of(session.slot(side)) for side in session.sides]
        self.wait_for(
            lambda: (
                [session.slot(side).image_run for side in session.sides] == runs
                and not session.is_busy
            )
        )

    def click_s(self, pixel: tuple[int, int]) -> float:
        """From a click on a pixel to its trace, painted."""
        from PySide6.QtCore import QEvent, QObject

        from braggscope.api import Pixel

        view = self.window.views.docks["pixel-trace"].widget()
        assert view is not None

        class Painted(QObject):
            count = 0

            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                self.count += event.type() == QEvent.Type.Paint
                return False

        painted = Painted()
        view.table.viewport().installEventFilter(painted)  # type: ignore[attr-defined]
        started = time.perf_counter()
        self.window.images._clicked(Pixel(*pixel))

        self.wait_for(lambda: self._shows(pixel))
        before = painted.count
        view.table.viewport().update()  # type: ignore[attr-defined]
        self.wait_for(lambda: painted.count > before)
        spent = time.perf_counter() - started
        view.table.viewport().removeEventFilter(painted)  # type: ignore[attr-defined]
        return spent

    def _shows(self, pixel: tuple[int, int]) -> bool:
        state = self.window.workspace.trace
        if state.problem:
            raise RuntimeError(state.problem)
        return state.comparison is not None and state.pixel == pixel

    def survey_s(self, pixels: int) -> tuple[float, int]:
        """From Start to the whole map, and how many pixels were traced."""
        self.window.views.bring_up("divergence-map")
        place: Any = self.window.views.docks["divergence-map"].widget()
        self.wait_for(lambda: place.dock is not None)
        dock = place.dock
        dock.controls.many_box.setValue(pixels)
        dock.controls.refine_box.setChecked(False)
        for way, box in dock.controls.where_boxes.items():
            box.setChecked(way == "grid")
        started = time.perf_counter()
        dock.start()
        self.wait_for(lambda: not dock.surveyor.state.running)
        dock.map.repaint()
        spent = time.perf_counter() - started
        if dock.surveyor.state.problem:
            raise RuntimeError(dock.surveyor.state.problem)
        return spent, len(dock.surveyor.state.found.samples)


def _host_with_prepared_images(real: Any) -> Any:
    """The real host, but for images of 4096²."""
    import numpy as np

    from braggscope.api import DetectorImage, Provenance
    from braggscope.host.jobs import Job

    data = np.random.default_rng(0).gamma(2.0, 5.0, (SIDE, SIDE))

    class Prepared:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def render(self, run: Any, on_progress: Any = None, **more: Any) -> Any:
            if run.setup.detector.shape != data.shape:
                return real.render(run, on_progress, **more)
            job: Job[DetectorImage] = Job("run")
            job.run(lambda _: DetectorImage(data, None, Provenance(run, "1", "bench")))
            return job

    return Prepared()


def large_example() -> Any:
    """The example on a detector of 4096², the direct beam in its middle."""
    from braggscope.experiment.toml import load_experiment

    experiment = load_experiment(EXAMPLE)
    middle_mm = SIDE / 2 * experiment.detector.pixel_mm
    changes = {"pixels_fast": SIDE, "pixels_slow": SIDE, "beam_x_mm": middle_mm,
               "beam_y_mm": middle_mm}  # fmt: skip
    return experiment.with_overrides({f"detector.{name}": v for name, v in changes.items()})


def main() -> int:
    """Print the measurements; 1 when one is over its budget."""
    from braggscope.experiment import Experiment

    with tempfile.TemporaryDirectory() as folder:
        os.environ["BRAGGSCOPE_CONFIG_DIR"] = folder
        window = Window()
        try:
            good = _clicks(window, ("torch-cpu", "torch-cpu"), CLICK_TORCH_BUDGET_S)
            good &= _clicks(window, ("torch-cpu", "nanobragg-c"), CLICK_C_BUDGET_S)
            window.show(Experiment.from_nanobragg(MOSAIC.split()), ("torch-cpu", "nanobragg-c"))
            spent, traced = window.survey_s(PIXELS)
            budget_s = SURVEY_BUDGET_S * traced / PIXELS
            _print(f"{traced} pixels, mosaic, both", [spent], budget_s)
        finally:
            window.window.close_at_once()
    return int(not (good and spent <= budget_s))


def _clicks(window: Window, engines: tuple[str, str], budget_s: float) -> bool:
    window.show(large_example(), engines)
    places = [(1000 + 97 * n, 1500 + 61 * n) for n in range(REPEATS + 1)]
    # The first one starts the workers, and resolves the run there.
    times = [window.click_s(place) for place in places][1:]
    _print(f"trace of a click, {' and '.join(dict.fromkeys(engines))}", times, budget_s)
    return statistics.median(times) <= budget_s


def _print(name: str, seconds: Sequence[float], budget_s: float) -> None:
    middle, low, high = statistics.median(seconds), min(seconds), max(seconds)
    print(
        f"{name:44}  median {1e3 * middle:7.0f} ms   {1e3 * low:.0f} to {1e3 * high:.0f} ms"
        f"   budget {1e3 * budget_s:.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
