"""nanoBragg's `h k l F` text as it is written; `experiment.hkl_text` reads it (spec 6.1)."""

from __future__ import annotations

from pathlib import Path

from braggscope.experiment.reflection_files.table import Reflections


def write_hkl(reflections: Reflections, path: Path) -> None:
    """Write nanoBragg's text form; amplitudes keep every bit."""
    with path.open("w", encoding="ascii") as stream:
        for (h, k, index_l), amplitude in zip(
            reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True
        ):
            stream.write(f"{h} {k} {index_l} {amplitude!r}\n")
