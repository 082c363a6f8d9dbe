"""The Triton kernel compiled for graphics cards that need not be there.

What the interpreter takes, the compiler may refuse.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from braggscope_torch.card.kernels import Kernels, kernels
from tests.engines.braggscope_torch.compiled import machine_code
from tests.engines.braggscope_torch.test_triton import few_reflections, run_of, tables_of
from tests.experiment.test_nanobragg_dialect import CUBIC

pytest.importorskip("triton", reason="Triton is not installed here: pip install triton")


def compilable() -> Kernels:
    """The kernels for the compiler, which comes with Triton's wheel."""
    from triton import knobs

    try:
        assert knobs.nvidia.ptxas.path
    except (AttributeError, RuntimeError) as error:
        pytest.skip(f"Triton has no assembler here: {error}")
    return kernels()


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("precision", ["float64", "mixed", "float32-naive"])
def test_the_compiler_takes_every_precision(
    precision: str, capability: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    tables = tables_of(run_of(f"{CUBIC} -detpixels 16", precision))
    assert machine_code(compilable(), tables, capability)[:4] == b"\x7fELF"


@pytest.mark.parametrize(
    ("flags", "how"),
    [
        ("-round_xtal -oversample 2 -polar 0.5", {"split": True}),
        ("-gauss_xtal -detector_abs 500 -detector_thick 450 -detector_thicksteps 2", {}),
        ("-tophat_spots -dmin 3 -nopolar", {}),
        ("-N 60 -point_pixel", {}),
        ("table", {"split": True}),
        ("table -nointerpolate", {}),
        ("table -gauss_xtal", {"scans": True}),
    ],
)
def test_the_compiler_takes_every_variant(
    flags: str, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    if flags.startswith("table"):
        flags = few_reflections(tmp_path, flags.removeprefix("table"))
    else:
        flags = f"{CUBIC} -detpixels 16 {flags}"
    tables = tables_of(run_of(flags, "mixed"))
    assert machine_code(compilable(), tables, 90, **how)[:4] == b"\x7fELF"
