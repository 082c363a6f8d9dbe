"""Mosaic domains as rotations of the crystal (spec sections 3.8, 8 and 12.4)."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.arrays import Array, cos, like, number, sin, stack
from braggscope.physics.random import Stream
from braggscope.physics.rotation import Matrix, unit

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


def draw_deviates(stream: Stream, rotations: int) -> NDArray[np.float64]:
    """(rotations, 3) deviates in (-1, 1), three for each rotation, in the order of spec 12.4."""
    return draw_with_states(stream, rotations)[0]


def draw_with_states(
    stream: Stream, rotations: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As `draw_deviates`, with the generator's (z, y) before each rotation and after the last.

    Returns:
        (rotations, 3) deviates, and (rotations + 1, 2) states.
    """
    rows, states = [], [stream.state]
    for _ in range(rotations):
        rows.append([2.0 * float(stream.next()) - 1.0 for _ in range(3)])
        states.append(stream.state)
    return np.array(rows, dtype=np.float64).reshape(-1, 3), np.array(states, dtype=np.int64)


def cap_angle_float32(deviate: float, largest_angle: np.float32) -> float:
    """Angle of a random rotation in nanoBragg's single precision (spec 12.4, Q28)."""
    power = _powf()(float(np.float32(1.0 - deviate * deviate)), float(np.float32(1.0 / 3.0)))
    return float(np.float32(largest_angle * np.float32(power)))


def axis_rotation(r1: float, r2: float, angle_rad: Array) -> Array:
    """(3, 3) active rotation by an angle about the axis of two deviates (spec 12.4)."""
    angle = like(angle_rad)
    in_plane = math.sqrt(1.0 - r2 * r2)
    x, y, z = in_plane * math.sin(math.pi * r1), in_plane * math.cos(math.pi * r1), r2
    c, s = cos(angle), sin(angle)
    d = 1.0 - c
    return stack(
        stack(c + d * x * x, d * x * y - z * s, d * x * z + y * s),
        stack(d * y * x + z * s, c + d * y * y, d * y * z - x * s),
        stack(d * z * x - y * s, d * z * y + x * s, c + d * z * z),
    )


def cap_rotation(deviates: NDArray[np.float64], largest_angle: np.float32) -> Matrix:
    """CAP: a rotation about a random axis by up to largest_angle radians (spec 12.4).

    Args:
        deviates: (3,) in (-1, 1).
        largest_angle: radians.
    """
    r1, r2, r3 = (float(r) for r in deviates)
    rotation: Matrix = axis_rotation(r1, r2, np.float64(cap_angle_float32(r3, largest_angle)))
    return rotation


def domain_angles(
    spread_rad: float, deviates: NDArray[np.float64], generator: str
) -> NDArray[np.float64]:
    """(domains,) rotation angle of each domain as drawn, also of the first, radians (spec 12.4)."""
    if generator == "float64":
        return np.array(
            [spread_rad * (1.0 - r * r) ** (1.0 / 3.0) for r in deviates[:, 2].tolist()]
        )
    largest = np.float32(spread_rad)
    return np.array([cap_angle_float32(r, largest) for r in deviates[:, 2].tolist()])


def mosaic_rotations(spread_rad: Array, deviates: NDArray[np.float64], generator: str) -> Array:
    """Rotations of all domains; the first is the identity (spec 8).

    Args:
        spread_rad: largest rotation of a domain, radians.
        deviates: (domains, 3) of the mosaic stream; the first domain's count for nothing.
        generator: option `mosaic_generator`: "float32" draws angles as nanoBragg does, "float64"
            in double precision, differentiable in the spread.

    Returns:
        (domains, 3, 3) float64.
    """
    identity = like(np.eye(3), spread_rad)
    if len(deviates) == 1:
        return stack(identity)
    rotations = [identity]
    # A spread beyond single precision is infinite there, as it is in C.
    with np.errstate(over="ignore"):
        largest = np.float32(number(spread_rad))
    for r1, r2, r3 in deviates[1:].tolist():
        if generator == "float64":
            angle = spread_rad * (1.0 - r3 * r3) ** (1.0 / 3.0)
        else:
            angle = np.float64(cap_angle_float32(r3, largest))
        rotations.append(like(axis_rotation(r1, r2, angle), spread_rad))
    return stack(*rotations)


def random_misset_rad(stream: Stream) -> tuple[float, float, float]:
    """Three angles of a random orientation; the number 90 is used as radians (spec 5.3, Q29)."""
    rotation = cap_rotation(draw_deviates(stream, 1)[0], np.float32(90.0))
    return angles_of(rotation)


def angles_of(rotation: Matrix) -> tuple[float, float, float]:
    """The angles about lab x, y, z, radians, that make a rotation matrix (spec 12.5)."""
    rows = [unit(row) for row in rotation]
    (xx, xy, _), (yx, yy, _), (zx, zy, zz) = (row.tolist() for row in rows)
    if zx * zx < 1.0:
        return (
            math.atan2(zy, zz),
            math.atan2(-zx, math.sqrt(zy * zy + zz * zz)),
            math.atan2(yx, xx),
        )
    return math.pi, math.pi / 2.0, math.atan2(xy, -yy)
