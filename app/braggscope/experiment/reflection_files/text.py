"""nanoBragg's `h k l F` text as it is written; `experiment.hkl_text` reads it (spec 6.1)."""

from __future__ import annotations

from pathlib import Path

from braggscope.experiment.reflection_files.table import Reflections


def hkl_of(reflections: Reflections) -> str:
    """nanoBragg's text form; amplitudes keep every bit."""
    rows = zip(reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True)
    return "".join(f"{h} {k} {index_l} {amplitude!r}\n" for (h, k, index_l), amplitude in rows)


def write_hkl(reflections: Reflections, path: Path) -> None:
    """Write nanoBragg's text form."""
    path.write_text(hkl_of(reflections), encoding="ascii")
