"""Numbers and vectors of files, and vectors whose length is exactly 1."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.resolving.units import neighbours
from braggscope.physics.rotation import Vector

#: Numbers of a file beyond these are no lengths, angles or directions.
_SHORTEST: Final = 1e-12
_LARGEST: Final = 1e12


def exact_unit(vector: Vector) -> Vector:
    """A unit vector whose computed length is exactly 1.

    nanoBragg replaces a detector normal of any other length by fast × slow (spec Q6).
    """
    normalised = vector / np.linalg.norm(vector)
    largest = int(np.argmax(np.abs(normalised)))
    for value in neighbours(float(normalised[largest])):
        candidate = normalised.copy()
        candidate[largest] = value
        x, y, z = candidate.tolist()
        if math.sqrt(x * x + y * y + z * z) == 1.0:
            return candidate
    return normalised


def triple(vector: Vector) -> tuple[float, float, float]:
    """A (3,) array as plain numbers, without negative zeros."""
    x, y, z = (float(value) + 0.0 for value in vector)
    return (x, y, z)


def vector_of(value: Any, what: str) -> Vector:
    """Three finite numbers from a file, a vector with a length.

    Raises:
        InvalidInput: they are not.
    """
    vector = numbers_of(value, 3, what)
    if np.linalg.norm(vector) < _SHORTEST:
        raise InvalidInput(f"{what} is the zero vector")
    return vector


def numbers_of(value: Any, count: int, what: str) -> Vector:
    """A number of finite numbers from a file.

    Raises:
        InvalidInput: they are not.
    """
    if isinstance(value, list | tuple) and len(value) == count:
        try:
            array = np.array([float(item) for item in value])
        except (TypeError, ValueError):
            array = np.array([math.nan])
        if np.all(np.abs(array) < _LARGEST):  # False for NaN.
            return array
    raise InvalidInput(f"{what} is not {count} finite numbers", why=f"it is {value!r:.80}")
