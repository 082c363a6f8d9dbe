"""nanoBragg's `h k l F` text (spec 6.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.reflection_files.table import Reflections


def read_text(path: Path, content: bytes) -> Reflections:
    """`h k l F` lines. Stricter than nanoBragg, which stops silently at a bad line (spec Q37)."""
    remedy = "Each line holds four numbers: h k l F, with whole h, k and l"
    if not content.strip():
        raise InvalidInput(f"{path.name} holds no reflections", where=str(path), remedy=remedy)
    try:
        rows = np.loadtxt(content.decode("ascii").splitlines(), dtype=np.float64, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path.name} is not a list of reflections",
            where=str(path),
            why=str(error),
            remedy=remedy,
        ) from error
    if rows.shape[1] != 4:
        raise InvalidInput(
            f"{path.name} has {rows.shape[1]} columns", where=str(path), remedy=remedy
        )
    indices = rows[:, :3]
    bad = ~np.all(np.isfinite(rows), axis=1) | np.any(indices != np.round(indices), axis=1)
    bad |= np.any(np.abs(indices) > 1e6, axis=1)
    if np.any(bad):
        first = int(np.argmax(bad))
        raise InvalidInput(
            f"reflection {first + 1} of {path.name} is not usable: {rows[first].tolist()}",
            where=str(path),
            remedy=remedy,
        )
    return Reflections(indices.astype(np.int32), rows[:, 3].copy())


def write_hkl(reflections: Reflections, path: Path) -> None:
    """Write nanoBragg's text form; amplitudes keep every bit."""
    with path.open("w", encoding="ascii") as stream:
        for (h, k, index_l), amplitude in zip(
            reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True
        ):
            stream.write(f"{h} {k} {index_l} {amplitude!r}\n")
