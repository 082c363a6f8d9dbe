"""The measurement of the images goes through: it stands outside the package and breaks unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "bench_view.py"


@pytest.mark.parametrize("side", ["braggscope", "pyqtgraph"])
def test_all_rows_are_measured(side: str, tmp_path: Path) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "BRAGGSCOPE_STATE_DIR": "",
        "BRAGGSCOPE_CONFIG_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--measure", side, "float32", "256"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    rows = {"pan", "zoom", "levels", "colormap", "new pair", "first paint"}
    if side == "braggscope":
        rows |= {"cursor", "arrangement", "pause", "simulated", "verdict", "all metrics"}
    assert rows <= set(found)
    assert all(found[row] > 0 for row in rows), found
