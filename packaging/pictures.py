"""Make the pictures of docs/guide.md: the real window with real engines on the bundled example.

usage: [QT_QPA_PLATFORM=offscreen] python packaging/pictures.py [-o FOLDER] [NAME …]

Each function below is a picture, or a few that belong together, and is named by what it shows.
BRAGGSCOPE_GUIDE_IMAGE names a detector image (miniCBF with gaps) for the picture of a measured one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from picture_stage import Stage, stacked
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit

from braggscope.api import Ellipse, ImageRegion, Rectangle, Shell

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "images" / "guide"
#: So many B's spots are out of place that everybody sees it, and none is gone.
SHIFTED: Final = ("beam.wavelength_A*=1.002",)
#: A bright reflection of the example, and the slow and fast axes' middle of its image.
SPOT: Final = (721, 590)
MIDDLE: Final = (531, 514)


# ── images ────────────────────────────────────────────────────────────────────────────────────


def first_frame(stage: Stage) -> None:
    """The window after F5, light and dark."""
    for theme in ("light", "dark"):
        stage.open(theme)
        stage.run()
        stage.save(f"window-{theme}")


def arrangements(stage: Stage) -> None:
    """A and B in one image, and all runs in a grid: where spots have moved by two pixels."""
    window = stage.open()
    stage.run(("beam.wavelength_A*=1.006",))
    stage.look_at(250, 780, 110)
    for name in ("split", "blink", "overlay", "difference"):
        window.image_commands.arrange(name)  # type: ignore[arg-type]
        stage.save(name, window.images)
    window.image_commands.arrange("side")
    stage.save("side", window.images)
    for options in ({"precision": "mixed"}, {"kernel": "eager"}):
        slot = window.session.add_slot()
        window.session.edit(slot.id, engine="torch-cpu", options=options)
        window.session.run_slot(slot.id)
    stage.compared()
    window.image_commands.arrange("grid")
    stage.save("grid", window.images)


def pixel_values(stage: Stage) -> None:
    """So near that values stand in the pixels."""
    window = stage.open()
    stage.run(SHIFTED)
    stage.trace(*SPOT)
    stage.look_at(*SPOT, 4)
    stage.save("pixel-values", window.images)


def difference_maps(stage: Stage) -> None:
    """Every difference map, at one place."""
    window = stage.open()
    stage.run(SHIFTED)
    stage.look_at(*SPOT, 120)
    pictures = []
    analyser = window.session.analyser
    # The census of special values is for the picture of special pixels.
    for name in [n for n in window.images.presenter.maps if not n.startswith("census")]:
        analyser.choose_map(name)
        stage.until(lambda: not analyser.is_busy, name)
        pictures.append(window.images.tiles["D"].grab())
    stage.save_pixmap("difference-maps", stacked(pictures, columns=4))


def levels(stage: Stage) -> None:
    """Linear, square root and logarithmic."""
    window = stage.open()
    stage.run()
    stage.look_at(*MIDDLE, 500)
    pictures = []
    for scale in ("linear", "sqrt", "log"):
        window.images.presenter.set_scale(scale)  # type: ignore[arg-type]
        stage.rest()
        pictures.append(window.images.tiles["A"].grab())
    stage.save_pixmap("scales", stacked(pictures, columns=3))


def legend(stage: Stage) -> None:
    """Pixels that hold no value of the scale: from a file, since no engine of ours makes any."""
    window = stage.open()
    stage.run()
    image = window.session.slot("A").image
    assert image is not None
    data, mask = image.data.astype(np.float32), np.zeros(image.shape, np.bool_)
    mask[700:712, :] = True
    data[730:736, 560:640] = np.nan
    data[738:742, 560:640] = np.inf
    data[744:748, 560:640] = -5.0
    path = stage.scratch / "patched.npz"
    np.savez(path, data=data, mask=mask)
    window.actions_["clipped"].setChecked(True)
    stage.run(engine="file", path=str(path))
    stage.look_at(*SPOT, 110)
    stage.save("legend", window.images)


def overlays(stage: Stage) -> None:
    """Beam centre, rings, axes, predicted reflections, and numbers at the border."""
    window = stage.open()
    stage.run()
    commands = window.image_commands
    commands.show_overlays({"beam-centre", "resolution-rings", "detector-axes"})
    commands.show_look(commands.look().__class__("split", unit="mm"))
    stage.save("overlays", window.images)
    commands.show_overlays({"predicted"})
    stage.trace(*SPOT)
    stage.look_at(*SPOT, 90)
    stage.save("predicted", window.images)


def measured(stage: Stage) -> None:
    """A detector image from disk beside a simulation of its geometry."""
    path = os.environ.get("BRAGGSCOPE_GUIDE_IMAGE", "")
    if not path:
        raise Skipped("BRAGGSCOPE_GUIDE_IMAGE names no detector image")
    from braggscope.gui.images_dialog import ImagesDialog

    window = stage.open()
    # The picture shows where it lies.
    copy = Path(tempfile.gettempdir()) / Path(path).name
    shutil.copyfile(path, copy)
    try:
        window.files.images.offer([copy])
        dialog = stage.dialog(ImagesDialog)
        dialog.geometry_box.setChecked(True)
        stage.save("measured-dialog", dialog)
        dialog.accept()
        stage.until(lambda: window.session.slot("B").image is not None, "the image")
        stage.compared()
        window.image_commands.show_overlays({"mask-outline", "resolution-rings"})
        stage.until(lambda: not window.status.currentMessage(), "the end of what it says")
        stage.save("measured")
    finally:
        stage.close()
        copy.unlink()


# ── agreement ─────────────────────────────────────────────────────────────────────────────────


def regions(stage: Stage) -> None:
    """Regions on the images, with the metrics of each."""
    window = stage.open()
    window.panels["experiment"].hide()
    # All columns are to be seen.
    window.resizeDocks([window.panels["runs"]], [585], Qt.Orientation.Horizontal)
    shapes = {
        "peak": Rectangle(slow=690, fast=560, height=60, width=60),
        "edge": Ellipse(slow=200, fast=800, half_height=90, half_width=150),
        "shell": Shell(d_min_A=2.0, d_max_A=3.0),
    }
    window.session.markings.set_regions(
        tuple(ImageRegion(name=name, shape=shape) for name, shape in shapes.items())
    )
    stage.run(SHIFTED)
    stage.save("regions")
    window.image_commands.show_regions()
    from braggscope.gui.images.regions_dialog import RegionsDialog

    stage.save("regions-dialog", stage.dialog(RegionsDialog))


def agreement(stage: Stage) -> None:
    """Noise floor, thresholds, the next worst difference, and the matrix of all runs."""
    from braggscope.gui.agreement.matrix_dialog import MatrixDialog
    from braggscope.gui.agreement.thresholds_dialog import ThresholdsDialog

    window = stage.open(size=(1600, 1000))
    stage.run(("semantics.omega=mean",))
    panel = window.agreement
    panel.measure_noise()
    stage.until(lambda: not panel.noise.is_busy, "the noise floor")
    for _ in range(2):
        panel.next_worst()
    stage.save("agreement", panel)
    panel.edit_thresholds()
    stage.save("thresholds", stage.dialog(ThresholdsDialog))
    stage.dialog(ThresholdsDialog).reject()
    slot = window.session.add_slot()
    window.session.edit(slot.id, engine="torch-cpu", options={"precision": "mixed"})
    window.session.run_slot(slot.id)
    stage.compared()
    panel.show_matrix()
    dialog = stage.dialog(MatrixDialog)
    stage.until(lambda: not dialog.matrix.is_busy, "the matrix")
    stage.save("matrix", dialog)


def plots(stage: Stage) -> None:
    """All plots of a pair that differs."""
    window = stage.open(size=(1600, 900))
    stage.run(SHIFTED)
    row, column = SPOT
    window.session.markings.set_line(((row - 60.0, column - 60.0), (row + 60.0, column + 60.0)))
    names = ("histogram", "line-profile", "a-against-b", "radial-mean", "relative-difference",
             "bragg-peaks")  # fmt: skip
    for name in names:
        stage.dock(name, 330)
        stage.save(name, window.views.docks[name])


# ── traces ────────────────────────────────────────────────────────────────────────────────────


def trace(stage: Stage) -> None:
    """A pixel's physics on both engines, with the first divergence."""
    window = stage.open(size=(1600, 900))
    stage.run(SHIFTED)
    stage.dock("pixel-trace", 420)
    stage.trace(*SPOT)
    stage.save("trace", window.views.docks["pixel-trace"])


def divergence(stage: Stage) -> None:
    """Which variable differs first, where."""
    window = stage.open(size=(1600, 900))
    stage.run(SHIFTED)
    dock = stage.dock("divergence-map", 420)
    dock.start()
    stage.until(lambda: not dock.surveyor.state.running, "the survey")
    stage.until(lambda: dock.map.is_up_to_date, "the map")
    stage.save("divergence", window.views.docks["divergence-map"])


def explain(stage: Stage) -> None:
    """Which one change of A gives the image of B."""
    from braggscope.gui.explaining.dialog import ExplainDialog

    window = stage.open()
    stage.run(("beam.polarized=false",), engine="torch-cpu")
    window.actions_["explain"].trigger()
    dialog = stage.dialog(ExplainDialog)
    dialog.start()
    stage.until(lambda: not dialog.explainer.state.running, "the search")
    stage.save("explain", dialog)


# ── the rest of the window ────────────────────────────────────────────────────────────────────


def form(stage: Stage) -> None:
    """A wrong value is explained at its field."""
    window = stage.open()
    panel = window.experiment
    panel.search.setText("-lambda")
    stage.rest()
    editor = panel.form.first_found()
    assert isinstance(editor, QLineEdit)
    editor.setText("-1")
    editor.textEdited.emit("-1")
    stage.rest()
    below = panel.form.row("beam.wavelength_A")
    height = below.mapTo(panel, below.rect().bottomLeft()).y() + 12
    stage.save_pixmap("form", panel.grab(QRect(0, 0, panel.width(), height)))


def palette(stage: Stage) -> None:
    """The command palette finds what is meant."""
    window = stage.open()
    stage.run()
    opened = window.palette_command.show()
    opened.search.setText("levels")
    stage.save_over("palette", opened)
    opened.reject()


def log(stage: Stage) -> None:
    """What was said, by whom, and when."""
    window = stage.open()
    stage.run(SHIFTED)
    stage.dock("log", 300)
    stage.save("log", window.views.docks["log"])


def restore(stage: Stage) -> None:
    """A window that was killed is offered to the next one."""
    state = stage.scratch / "state"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import os, pathlib\n"
        "from picture_stage import Stage\n"
        "stage = Stage(pathlib.Path(), pathlib.Path(sys.argv[2]))\n"
        "os.environ['BRAGGSCOPE_STATE_DIR'] = sys.argv[3]\n"
        "window = stage.open()\n"
        "stage.run(['beam.wavelength_A*=1.002'])\n"
        "stage.until(lambda: list(pathlib.Path(sys.argv[3]).rglob('image-*.h5'))[1:], 'kept')\n"
        "os._exit(1)\n"
    )
    arguments = [str(Path(__file__).parent), str(stage.scratch), str(state)]
    subprocess.run([sys.executable, "-c", code, *arguments], check=False, timeout=180)
    os.environ["BRAGGSCOPE_STATE_DIR"] = str(state)
    try:
        window = stage.open()
        bar = window.sessions.unsaved.bar
        stage.until(bar.isVisible, "the offer")
        stage.save("restore", bar)
    finally:
        stage.close()
        os.environ["BRAGGSCOPE_STATE_DIR"] = ""


def evidence(stage: Stage) -> None:
    """What an export of evidence asks."""
    from braggscope.gui.evidence.export_dialog import ExportDialog

    window = stage.open()
    stage.run()
    window.actions_["export_evidence"].trigger()
    stage.save("evidence", stage.dialog(ExportDialog))


def benchmark(stage: Stage) -> None:
    """Engines measured on this machine."""
    from braggscope.gui.benchmark.dialog import BenchmarkDialog

    window = stage.open()
    os.environ["BRAGGSCOPE_BENCHMARK_DIR"] = str(stage.scratch / "benchmarks")
    window.actions_["bench"].trigger()
    dialog = stage.dialog(BenchmarkDialog)
    for row in range(dialog.workloads.count()):
        item = dialog.workloads.item(row)
        chosen = item.data(Qt.ItemDataRole.UserRole) == "W1"
        item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
    dialog.repeats.setValue(3)
    dialog.measure.click()
    stage.until(lambda: not dialog.presenter.is_busy, "the benchmark")
    stage.save("benchmark", dialog)


# ── all of them ───────────────────────────────────────────────────────────────────────────────


class Skipped(Exception):
    """A picture needs what is not here."""


SCENES: Final[tuple[Callable[[Stage], None], ...]] = (
    first_frame, arrangements, pixel_values, difference_maps, levels, legend, overlays, measured,
    regions, agreement, plots, trace, divergence, explain, form, palette, log, restore, evidence,
    benchmark,
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Make the pictures that are named, or all."""
    scenes = {scene.__name__: scene for scene in SCENES}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("-o", "--output", type=Path, default=FOLDER)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(scenes))
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(scenes)
    if unknown:
        parser.error(
            f"no picture is called {', '.join(sorted(unknown))}; there are {', '.join(scenes)}"
        )
    chosen.output.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="pictures-"))
    stage = Stage(chosen.output, scratch)
    try:
        for name in chosen.names or scenes:
            started, before = time.monotonic(), len(stage.written)
            try:
                scenes[name](stage)
            except Skipped as reason:
                print(f"{name}: skipped, {reason}", flush=True)
                continue
            sizes = [f"{p.name} {p.stat().st_size // 1000} kB" for p in stage.written[before:]]
            took = time.monotonic() - started
            print(f"{name}: {', '.join(sizes)} ({took:.0f} s)", flush=True)
        stage.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
