"""What can be done to a region's shape with the pointer. No Qt; points are (slow, fast) pixels."""

from __future__ import annotations

import math
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Ellipse, ImageRegion, Masked, Rectangle, RegionShape, Shell

Point = tuple[float, float]
Boxed = Rectangle | Ellipse
#: A handle pulls the sides of the box that it names: -1 the lower, 1 the upper, 0 neither.
Handle = tuple[int, int]
Grip = Handle | Literal["move"]

HANDLES: Final[tuple[Handle, ...]] = tuple(
    (slow, fast) for slow in (-1, 0, 1) for fast in (-1, 0, 1) if (slow, fast) != (0, 0)
)
_LEAST: Final = 1.0
_AROUND: Final = np.linspace(0.0, 2.0 * np.pi, 97)


def box(shape: Boxed) -> tuple[float, float, float, float]:
    """(slow from, slow to, fast from, fast to)."""
    if isinstance(shape, Rectangle):
        return shape.slow, shape.slow + shape.height, shape.fast, shape.fast + shape.width
    return (
        shape.slow - shape.half_height,
        shape.slow + shape.half_height,
        shape.fast - shape.half_width,
        shape.fast + shape.half_width,
    )


def in_box(kind: type[Boxed], one: Point, other: Point) -> Boxed:
    """The shape between two corners, at least a pixel large."""
    slow, fast = min(one[0], other[0]), min(one[1], other[1])
    height, width = max(abs(one[0] - other[0]), _LEAST), max(abs(one[1] - other[1]), _LEAST)
    if kind is Rectangle:
        return Rectangle(slow=slow, fast=fast, height=height, width=width)
    return Ellipse(
        slow=slow + height / 2, fast=fast + width / 2, half_height=height / 2, half_width=width / 2
    )


def whole_pixels(shape: Boxed) -> Boxed:
    """The shape with its box on the borders of pixels."""
    top, bottom, left, right = (float(round(side)) for side in box(shape))
    return in_box(type(shape), (top, left), (max(bottom, top + 1), max(right, left + 1)))


def outline(shape: Boxed) -> NDArray[np.float64]:
    """(n, 2) points around it."""
    top, bottom, left, right = box(shape)
    if isinstance(shape, Rectangle):
        return np.array([[top, left], [top, right], [bottom, right], [bottom, left], [top, left]])
    slow = shape.slow + shape.half_height * np.sin(_AROUND)
    return np.stack([slow, shape.fast + shape.half_width * np.cos(_AROUND)], axis=1)


def handle_points(shape: Boxed) -> NDArray[np.float64]:
    """(8, 2) where its handles are, in the order of `HANDLES`."""
    top, bottom, left, right = box(shape)
    slow, fast = (top, (top + bottom) / 2, bottom), (left, (left + right) / 2, right)
    return np.array([[slow[s + 1], fast[f + 1]] for s, f in HANDLES])


def grip_at(shape: RegionShape, point: Point, reach: float, resizes: bool) -> Grip | None:
    """What a press at a point takes hold of.

    Args:
        reach: how near is near enough, in pixels.
        resizes: whether its handles are shown.
    """
    if isinstance(shape, Shell | Masked):
        return None
    if resizes:
        distances = np.abs(handle_points(shape) - np.array(point)).max(axis=1)
        nearest = int(distances.argmin())
        if distances[nearest] <= reach:
            return HANDLES[nearest]
    top, bottom, left, right = box(shape)
    inside = top - reach <= point[0] <= bottom + reach and left - reach <= point[1] <= right + reach
    if not inside:
        return None
    # A region is held by its edge or its name, not by its inside, where pixels are picked.
    return "move" if _edge_distance(shape, point) <= reach else None


def _edge_distance(shape: Boxed, point: Point) -> float:
    top, bottom, left, right = box(shape)
    if isinstance(shape, Rectangle):
        sides = (point[0] - top, bottom - point[0], point[1] - left, right - point[1])
        return min(abs(side) for side in sides)
    across = (point[0] - shape.slow) / shape.half_height
    along = (point[1] - shape.fast) / shape.half_width
    return abs(math.hypot(across, along) - 1.0) * min(shape.half_height, shape.half_width)


def pulled(shape: Boxed, grip: Grip, start: Point, end: Point) -> Boxed:
    """The shape after its grip went from start to end."""
    top, bottom, left, right = box(shape)
    slow, fast = end[0] - start[0], end[1] - start[1]
    if grip == "move":
        return in_box(type(shape), (top + slow, left + fast), (bottom + slow, right + fast))
    top, bottom = top + slow * (grip[0] < 0), bottom + slow * (grip[0] > 0)
    left, right = left + fast * (grip[1] < 0), right + fast * (grip[1] > 0)
    return in_box(type(shape), (top, left), (bottom, right))


def free_name(regions: tuple[ImageRegion, ...], shape: RegionShape) -> str:
    """A name that no other region has."""
    word = {"rectangle": "Box", "ellipse": "Ellipse", "shell": "Shell", "masked": "Masked"}
    taken = {region.name for region in regions}
    if shape.kind == "masked" and "Masked" not in taken:
        return "Masked"
    number = 1
    while f"{word[shape.kind]} {number}" in taken:
        number += 1
    return f"{word[shape.kind]} {number}"


def summary(shape: RegionShape) -> str:
    """A shape in a few words."""
    if isinstance(shape, Rectangle):
        return f"slow {shape.slow:g}+{shape.height:g}, fast {shape.fast:g}+{shape.width:g}"
    if isinstance(shape, Ellipse):
        return (
            f"middle {shape.slow:g}, {shape.fast:g}; "
            f"half axes {shape.half_height:g}, {shape.half_width:g}"
        )
    if isinstance(shape, Shell):
        outer = "∞" if math.isinf(shape.d_max_A) else f"{shape.d_max_A:g}"
        return f"{shape.d_min_A:g} to {outer} Å"
    return "pixels that do not count"
