"""Measure what a user waits for: the start of the command and of the window, and the example.

usage: python packaging/bench.py        (from the repository, in the environment of `make bench`)
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "resources" / "examples" / "lysozyme.toml"
COMMAND = str(Path(sys.executable).with_name("braggscope"))
REPEATS = 5
WINDOW_BUDGET_S = 1.5
_TIMEOUT_S = 120

#: Opens the window as the command does; tells when its first frame is painted and when all of it
#: is there and takes input.
_OPENING = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

def tell(what):
    print(what, time.time() - float(os.environ["BENCH_START"]), flush=True)

class Watch(QObject):
    window = None
    def eventFilter(self, watched, event):
        if self.window is None and event.type() == QEvent.Type.Paint:
            window = watched.window() if watched.isWidgetType() else None
            if isinstance(window, QMainWindow):
                self.window = window
                # The frame goes to the screen at the end of this event.
                QTimer.singleShot(0, lambda: tell("frame"))
                timer.start()
        return False
    def look(self):
        if self.window._started and self.window.experiment.experiment() is not None:
            timer.stop()
            tell("ready")
            QApplication.exit(0)

def run(*_arguments):
    QApplication.instance().installEventFilter(watch)
    return execute()

watch = Watch()
timer = QTimer(interval=5, timeout=watch.look)
execute = QApplication.exec
QApplication.exec = run
from braggscope.cli.main import main
main(["window", sys.argv[1]])
"""


#: Builds the form with the example, the second time with all modules imported.
_FORM = """
import sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from braggscope.experiment.toml import load_experiment
from braggscope.gui.experiment_panel import ExperimentPanel
application, kept = QApplication([]), []
for _ in range(2):
    started = time.perf_counter()
    kept.append(ExperimentPanel())
    kept[-1].set_experiment(load_experiment(Path(sys.argv[1])))
    spent = time.perf_counter() - started
print(spent)
"""


def main() -> int:
    """Print the measurements; 1 when the window is slower than its budget."""
    # An installed program has its bytecode; compiling it anew at each start is not what users do.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if hasattr(os, "getloadavg"):
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start")
    _print("braggscope --version", [_wall_time_s([COMMAND, "--version"]) for _ in range(REPEATS)])
    _opening_s()
    frames, ready = zip(*(_opening_s() for _ in range(REPEATS)), strict=True)
    _print("window, first frame", frames, f"budget {WINDOW_BUDGET_S} s")
    _print("window, example shown", ready)
    _print("form, built", [_form_s() for _ in range(REPEATS)], "budget 0.1 s")
    for engines in (("torch-cpu", "nanobragg-c"), ("torch-cpu,precision=mixed", "nanobragg-c")):
        _print_comparison(*engines)
    return int(statistics.median(frames) > WINDOW_BUDGET_S)


def _print(name: str, seconds: Sequence[float], note: str = "") -> None:
    middle, low, high = statistics.median(seconds), min(seconds), max(seconds)
    print(f"{name:28}  median {middle:6.2f} s   {low:.2f} to {high:.2f} s   {note}", flush=True)


def _wall_time_s(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=_TIMEOUT_S)
    return time.perf_counter() - started


def _opening_s() -> tuple[float, float]:
    """From the start of the interpreter to the first frame, and to the example shown."""
    command = [sys.executable, "-c", _OPENING, str(EXAMPLE)]
    environment = dict(os.environ)
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        if shutil.which("xvfb-run"):
            # The clock starts inside: the virtual screen takes seconds to come up.
            shell = 'BENCH_START=$(date +%s.%N) exec "$@"'
            command = ["xvfb-run", "-a", "sh", "-c", shell, "sh", *command]
        else:
            environment["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        environment.update(HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
        environment["BENCH_START"] = str(time.time())
        answer = subprocess.run(
            command,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT_S,
        )
    words = answer.stdout.split()
    return float(words[words.index("frame") + 1]), float(words[words.index("ready") + 1])


def _form_s() -> float:
    """To build the form and show the example in it."""
    answer = subprocess.run(
        [sys.executable, "-c", _FORM, str(EXAMPLE)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_TIMEOUT_S,
    )
    return float(answer.stdout)


def _print_comparison(a: str, b: str) -> None:
    """Run the example's comparison and print each engine's own time."""
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "compare", str(EXAMPLE), "-a", a, "-b", b, "-o", folder]
        total = _wall_time_s(command)
        report = json.loads(Path(folder, "metrics.json").read_text(encoding="utf-8"))
    for letter, name in (("A", a), ("B", b)):
        run = report["runs"][letter]
        print(f"example, {name:26}  {run['wall_time_s']:6.2f} s on {run['device']}", flush=True)
    print(f"example, whole comparison      {total:6.2f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
