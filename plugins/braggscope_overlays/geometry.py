"""Beam centre, rings, axes and region of interest, from the run's set-up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Line, Marks, OverlayItem, OverlayScene
from braggscope.physics.places import beam_centre, ring
from braggscope.physics.resolution import geometry_of, resolution_A
from braggscope.physics.setup import Setup

_MOST_RINGS = 6

_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


def setup_of(scene: OverlayScene) -> Setup | None:
    """The set-up, if there is one with a source."""
    if scene.run is None:
        return None
    setup = scene.run.setup
    return setup if len(setup.beam.incident) else None


def beam_centre_marks(scene: OverlayScene) -> list[OverlayItem]:
    """A cross where the direct beam goes."""
    setup = setup_of(scene)
    place = None if setup is None else beam_centre(setup)
    if place is None:
        return []
    return [Marks(np.array([place]), "plus", ("beam",), "strong")]


def resolution_rings(scene: OverlayScene) -> list[OverlayItem]:
    """Rings at round d between the extremes that are in view."""
    setup = setup_of(scene)
    geometry = None if setup is None else geometry_of(setup)
    if setup is None or geometry is None:
        return []
    (slow_from, slow_to), (fast_from, fast_to) = scene.visible
    rows, columns = scene.image.shape
    slow = np.linspace(max(slow_from, 0.0), min(slow_to, rows), 33)
    fast = np.linspace(max(fast_from, 0.0), min(fast_to, columns), 33)
    d = resolution_A(geometry, slow[:, np.newaxis], fast[np.newaxis])
    d = d[np.isfinite(d)]
    if not d.size:
        return []
    items: list[OverlayItem] = []
    for value in round_resolutions(float(d.min()), float(d.max())):
        points = ring(setup, value)
        if len(points):
            items.append(Line(points, f"{value:g} Å", _label_at(points, scene), "plain", True))
    return items


def round_resolutions(lowest: float, highest: float, most: int = _MOST_RINGS) -> list[float]:
    """Round numbers between two resolutions, evenly spread in 1/d as rings are in the image."""
    if not 0.0 < lowest < highest:
        return []
    decades = range(int(np.floor(np.log10(lowest))), int(np.floor(np.log10(highest))) + 1)
    known = [
        round(number * 10.0**power, 12)
        for power in decades
        for number in _ROUND
        if lowest < number * 10.0**power < highest
    ]
    if len(known) < 2:
        return _fine(lowest, highest, most)
    step = (1.0 / lowest - 1.0 / highest) / most
    chosen: list[float] = []
    for value in known:
        if not chosen or abs(1.0 / chosen[-1] - 1.0 / value) >= 0.8 * step:
            chosen.append(value)
    return chosen


def _fine(lowest: float, highest: float, most: int) -> list[float]:
    """Multiples of a round step, for views deep in the image."""
    rough = (highest - lowest) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = int(np.ceil(lowest / step))
    count = int((highest - first * step) // step) + 1
    return [float(f"{(first + n) * step:.12g}") for n in range(max(count, 0))]


def _label_at(points: NDArray[np.float64], scene: OverlayScene) -> tuple[float, float] | None:
    """The ring's point in view that is nearest to the direction up and right."""
    (slow_from, slow_to), (fast_from, fast_to) = scene.visible
    rows, columns = scene.image.shape
    margin = 0.03 * max(slow_to - slow_from, fast_to - fast_from)
    low = max(slow_from, 0.0) + margin, max(fast_from, 0.0) + margin
    high = min(slow_to, rows) - margin, min(fast_to, columns) - margin
    inside = np.all((points > low) & (points < high), axis=1)
    if not inside.any():
        return None
    seen = points[inside]
    best = seen[np.argmin(seen[:, 0] - seen[:, 1])]
    return float(best[0]), float(best[1])


def detector_axes(scene: OverlayScene) -> list[OverlayItem]:
    """Arrows along fast and slow from the first pixel, and the edge of the detector."""
    rows, columns = scene.image.shape
    length, inside = 0.2 * min(rows, columns), 0.04 * min(rows, columns)
    edge = np.array([[0, 0], [0, columns], [rows, columns], [rows, 0], [0, 0]], np.float64)
    return [
        Line(edge, emphasis="faint"),
        Line(inside + _arrow(length, 1), "fast", (inside, inside + length * 1.25), "strong"),
        Line(inside + _arrow(length, 0), "slow", (inside + length * 1.15, inside), "strong"),
    ]


def _arrow(length: float, axis: int) -> NDArray[np.float64]:
    head = length * 0.08
    along = np.array([0.0, length, length - head, length, length - head])
    across = np.array([0.0, 0.0, head * 0.6, 0.0, -head * 0.6])
    return np.stack([across, along] if axis else [along, across], axis=1)


def region_of_interest(scene: OverlayScene) -> list[OverlayItem]:
    """The box of pixels that were rendered, unless it is all of them."""
    setup = setup_of(scene)
    if setup is None:
        return []
    roi, (rows, columns) = setup.detector.roi, scene.image.shape
    low, high = (roi.slow_min, roi.fast_min), (roi.slow_max + 1, roi.fast_max + 1)
    if roi.is_empty or (low <= (0, 0) and high >= (rows, columns)):
        return []
    corners = [
        [low[0], low[1]],
        [low[0], high[1]],
        [high[0], high[1]],
        [high[0], low[1]],
        [low[0], low[1]],
    ]
    return [Line(np.array(corners, np.float64), "region of interest", low, "plain", True)]
