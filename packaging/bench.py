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

#: Opens the window as the command does, and leaves when its first frame is on the screen.
_FIRST_FRAME = """
import os, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

def run(*_arguments):
    application = QApplication.instance()
    def look():
        windows = [w.windowHandle() for w in application.topLevelWidgets() if w.isVisible()]
        if any(window is not None and window.isExposed() for window in windows):
            timer.stop()
            print("first frame", time.time() - float(os.environ["BENCH_START"]), flush=True)
            application.exit(0)
    timer = QTimer(interval=5, timeout=look)
    timer.start()
    return execute()

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
    if hasattr(os, "getloadavg"):
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start")
    _print("braggscope --version", [_wall_time_s([COMMAND, "--version"]) for _ in range(REPEATS)])
    frames = [_first_frame_s() for _ in range(REPEATS)]
    _print("window, first frame", frames, f"budget {WINDOW_BUDGET_S} s")
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


def _first_frame_s() -> float:
    """From the start of the interpreter to the first exposed window, on a virtual screen."""
    command = [sys.executable, "-c", _FIRST_FRAME, str(EXAMPLE)]
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
    return float(answer.stdout.split("first frame")[1].split()[0])


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
