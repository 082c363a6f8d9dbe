"""MOSFLM orientation matrices as files (spec 5.2)."""

from __future__ import annotations

import math
from pathlib import Path

from braggscope.errors import InvalidInput
from braggscope.experiment.files import read_bytes
from braggscope.experiment.model import OrientationMatrix


def matrix_from(path: Path) -> OrientationMatrix:
    """Read the first nine numbers of a matrix file, row by row.

    Raises:
        InvalidInput: the file is missing or holds fewer than nine numbers.
    """
    path = path.absolute()
    words = read_bytes(path, "matrix").decode("ascii", errors="replace").split()[:9]
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        numbers = []
        why = str(error)
    else:
        why = f"it holds {len(numbers)}"
        if not all(map(math.isfinite, numbers)):
            numbers, why = [], "it holds numbers that are not finite"
    if len(numbers) != 9:
        raise InvalidInput(
            f"{path.name} is not an orientation matrix",
            where=str(path),
            why=why,
            remedy="A MOSFLM matrix file starts with nine numbers: rows x, y, z of a*, b*, c*",
        )
    x, y, z = (tuple(numbers[i : i + 3]) for i in (0, 3, 6))
    return OrientationMatrix.model_validate({"rows": (x, y, z), "path": path})


def write_matrix(matrix: OrientationMatrix, path: Path) -> None:
    """Write a matrix so that reading it back gives the same bits."""
    lines = [" ".join(repr(value) for value in row) for row in matrix.rows]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
