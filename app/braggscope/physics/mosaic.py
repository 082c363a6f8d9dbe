"""Mosaic domains as rotations of the crystal (spec sections 3.8, 8 and 12.4)."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import math
from collections.abc import Callable

import numpy as np

from braggscope.physics.random import ShuffledGenerator
from braggscope.physics.rotation import Matrix

DEFAULT_MOSAIC_DOMAINS = 10


@functools.cache
def _powf() -> Callable[[float, float], float]:
    """The C library's single-precision power.

    Other single-precision powers differ in the last bit in up to a sixth of all draws (spec 12.4).
    """
    library = ctypes.util.find_library("m") or ctypes.util.find_library("msvcrt")
    try:
        powf = ctypes.CDLL(library).powf
    except (OSError, AttributeError):
        return lambda base, exponent: float(np.float32(base**exponent))
    powf.argtypes = (ctypes.c_float, ctypes.c_float)
    powf.restype = ctypes.c_float
    return lambda base, exponent: float(powf(base, exponent))


def domain_count(spread_rad: float, domains: int | None) -> int:
    """Number of mosaic domains: 1 without spread, else what was asked for or 10 (spec 3.8)."""
    if spread_rad <= 0.0:
        return 1
    return domains if domains is not None and domains > 0 else DEFAULT_MOSAIC_DOMAINS


def random_cap_rotation(generator: ShuffledGenerator, largest_angle: np.float32) -> Matrix:
    """CAP: a rotation about a uniform random axis by up to largest_angle radians (spec 12.4).

    Returns:
        (3, 3) float64, active, rows of the matrix.
    """
    r1, r2, r3 = (2.0 * float(generator.next()) - 1.0 for _ in range(3))
    in_plane = math.sqrt(1.0 - r2 * r2)
    power = _powf()(float(np.float32(1.0 - r3 * r3)), float(np.float32(1.0 / 3.0)))
    angle = float(np.float32(largest_angle * np.float32(power)))
    x, y, z = (
        in_plane * math.sin(math.pi * r1),
        in_plane * math.cos(math.pi * r1),
        r2,
    )
    c, s = math.cos(angle), math.sin(angle)
    d = 1.0 - c
    return np.array(
        [
            [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
            [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
            [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
        ]
    )


def mosaic_rotations(spread_rad: float, domains: int, seed: int) -> Matrix:
    """Rotations of all domains; the first is the identity, but draws its deviates all the same.

    Args:
        spread_rad: largest rotation of a domain, radians.
        domains: number of domains, at least 1.
        seed: the user's seed.

    Returns:
        (domains, 3, 3) float64.
    """
    if spread_rad <= 0.0:
        return np.eye(3)[None]
    generator = ShuffledGenerator(-seed)
    rotations = [random_cap_rotation(generator, np.float32(spread_rad)) for _ in range(domains)]
    rotations[0] = np.eye(3)
    return np.stack(rotations)
