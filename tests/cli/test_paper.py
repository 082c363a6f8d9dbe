"""What is printed to a reader that leaves early."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100 -pixel 1 -detpixels 40"
)


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_reader_that_leaves_does_not_end_the_work(tmp_path: Path) -> None:
    bundle = tmp_path / "evidence"
    code = "import sys; from braggscope.cli.main import main; sys.exit(main(sys.argv[1:]))"
    asked = ["compare", "--flags", SMALL, "--b", "torch-cpu", "--bundle", str(bundle)]
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *asked],
            stdout=writes, stderr=subprocess.PIPE, text=True, check=False, timeout=280,
        )  # fmt: skip
    finally:
        os.close(writes)
    assert done.returncode == 0, done.stderr
    assert (bundle / "bundle.json").exists()
