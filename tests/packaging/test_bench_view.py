"""The measurement of the images goes through: it stands outside the package and breaks unseen."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "bench_view.py"


def ended(arguments: list[str], folder: Path, limit_s: float) -> subprocess.CompletedProcess[str]:
    """Python has run with them, in a process without a screen and with settings of its own."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "BRAGGSCOPE_STATE_DIR": "",
        "BRAGGSCOPE_CONFIG_DIR": str(folder),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=limit_s, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("side", ["braggscope", "pyqtgraph"])
def test_all_rows_are_measured(side: str, tmp_path: Path) -> None:
    done = ended([str(SCRIPT), "--measure", side, "float32", "256"], tmp_path, 300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    rows = {"pan", "zoom", "levels", "colormap", "new pair", "first paint"}
    if side == "braggscope":
        rows |= {"cursor", "arrangement", "pause", "simulated", "verdict", "all metrics"}
    assert rows <= set(found)
    assert all(found[row] > 0 for row in rows), found


FAILING = """
    import runpy, sys
    from braggscope.gui.images import pyramids

    def fail(*_, **__):
        raise MemoryError("no room for a pyramid")

    bench = runpy.run_path(sys.argv[1])
    here = bench["Ours"].load.__globals__
    here["SIDE"] = 64
    ours = bench["Ours"]("float32")
    pair = ours.host.taken_in(bench["arrays"]("float32"))
    if sys.argv[2] == "second":
        ours.load(pair)
        print("first shown")
        pair = ours.host.taken_in(bench["arrays"]("float32", 1))
    pyramids.build, here["_LOAD_TIMEOUT_S"] = fail, 2.0
    ours.load(pair)
"""


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_pair_that_is_never_shown_ends_it_and_says_why(which: str, tmp_path: Path) -> None:
    """A window logs what it cannot build, and lives on: nothing more would ever happen."""
    done = ended(["-c", textwrap.dedent(FAILING), str(SCRIPT), which], tmp_path, 60)
    assert done.returncode == 1, done.stderr
    assert ("first shown" in done.stdout) is (which == "second")
    # What the table repeats of a failure.
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "RuntimeError: after 2 s the window does not show A, B, D of a new pair; its log: "
        "an image cannot be shown: MemoryError: no room for a pyramid"
    )


def test_a_side_that_hangs_leaves_the_others_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("bench_view", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    monkeypatch.setattr(bench, "_TIMEOUT_S", 0.01)
    said = bench.measured("pyqtgraph", "float32", "offscreen")
    assert said.startswith("failed: it was not ready")
    assert any(said in line for line in bench.rows("float32", {"pyqtgraph": said}))
