"""How far the strongest peaks of one image lie from those of the other.

A peak is a pixel that no other one in its 5 × 5 box exceeds, all of which count, at least 0.1 % as
far above the mean as the image's highest one. Two peaks match where each is the other's nearest, at
most 5 pixels away. How far they are apart is measured between the centroids, above the lowest
pixel, of one and the same box in both images: where two pixels are the highest but for rounding,
boxes of their own would differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult, Pixel
from braggscope_parity.blocks import PIXELS_PER_BLOCK, in_threads
from braggscope_parity.metrics import NOTHING
from braggscope_parity.moments import moments

STRONGEST = 200
FARTHEST_PIXELS = 5.0
_LEAST_HEIGHT = 1e-3
_REACH = 2
_SIZE = 2 * _REACH + 1
#: The weakest of one image's strongest need not be among the strongest of the other.
_LISTED = 2 * STRONGEST

Places = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Matches:
    """Matching peaks and what is left.

    Attributes:
        displacements: (pairs,) pixels.
        farthest: the pixel in A of the pair that lies farthest apart.
        only_a, only_b: pixels of peaks without a partner.
        found: (peaks of A, peaks of B) that were to be matched.
    """

    displacements: NDArray[np.float64]
    farthest: Pixel | None
    only_a: tuple[Pixel, ...]
    only_b: tuple[Pixel, ...]
    found: tuple[int, int]


def mean_displacement(pair: ImagePair) -> MetricResult:
    """Mean distance of matching peaks, pixels."""
    return _result(pair, largest=False)


def largest_displacement(pair: ImagePair) -> MetricResult:
    """Largest distance of matching peaks, pixels, and the peak's pixel in A."""
    return _result(pair, largest=True)


def _result(pair: ImagePair, largest: bool) -> MetricResult:
    if moments(pair).n == 0:
        return NOTHING
    found = matches(pair)
    note = _note(found)
    if not found.displacements.size:
        return MetricResult(None, f"undefined: {note}")
    if largest:
        return MetricResult(float(found.displacements.max()), note, found.farthest)
    return MetricResult(float(found.displacements.mean()), note)


def _note(found: Matches) -> str:
    if found.found == (0, 0):
        return "no peaks"
    text = f"{found.displacements.size} pairs of the {STRONGEST} strongest peaks of either image"
    left = [
        f"{len(peaks)} of {letter} (first: {peaks[0].slow}, {peaks[0].fast})"
        for letter, peaks in (("A", found.only_a), ("B", found.only_b))
        if peaks
    ]
    return f"{text}; without partner: {' and '.join(left)}" if left else f"{text}; none left over"


def matches(pair: ImagePair) -> Matches:
    """The matching, found once for all metrics."""
    return pair.memo("parity.peaks", _matches)


def _matches(pair: ImagePair) -> Matches:
    from scipy.spatial import cKDTree

    found = moments(pair)
    means = found.total_a / found.n, found.total_b / found.n
    pixels_a, places_a = _peaks(pair, "a", np.ldexp(means[0], found.scale_a), found.high_a)
    pixels_b, places_b = _peaks(pair, "b", np.ldexp(means[1], found.scale_b), found.high_b)
    partner = np.full(len(places_a), -1)
    distance = np.zeros(len(places_a))
    if len(places_a) and len(places_b):
        distance, to_b = cKDTree(places_b).query(places_a)
        _, to_a = cKDTree(places_a).query(places_b)
        mutual = (to_a[to_b] == np.arange(len(places_a))) & (distance <= FARTHEST_PIXELS)
        partner = np.where(mutual, to_b, -1)
    numbers = np.arange(len(places_a))
    strong = (partner >= 0) & ((numbers < STRONGEST) | (partner < STRONGEST))
    apart = np.array(
        [_apart(pair, _pixel(pixels_a[i]), _pixel(pixels_b[partner[i]])) for i in numbers[strong]]
    )
    farthest = _pixel(pixels_a[numbers[strong][int(apart.argmax())]]) if apart.size else None
    with_partner = set(partner[partner >= 0].tolist())
    return Matches(
        apart,
        farthest,
        tuple(_pixel(pixels_a[i]) for i in numbers[:STRONGEST] if partner[i] < 0),
        tuple(_pixel(p) for i, p in enumerate(pixels_b[:STRONGEST]) if i not in with_partner),
        (min(len(pixels_a), STRONGEST), min(len(pixels_b), STRONGEST)),
    )


def _apart(pair: ImagePair, in_a: Pixel, in_b: Pixel) -> float:
    """Distance of the centroids of A and B in the box that holds both peaks' boxes."""
    box = tuple(
        slice(max(0, min(ends) - _REACH), min(size, max(ends) + _REACH + 1))
        for ends, size in zip(zip(in_a, in_b, strict=True), pair.a.shape, strict=True)
    )
    a, b = pair.a[box].astype(np.float64), pair.b[box].astype(np.float64)
    counted = np.isfinite(a) & np.isfinite(b)
    if pair.mask is not None:
        counted &= ~pair.mask[box]
    one, other = _centroid(a, counted), _centroid(b, counted)
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def _centroid(box: Places, counted: NDArray[np.bool_]) -> tuple[float, float]:
    """Centroid of a box above its lowest pixel, from its first one."""
    top = float(np.abs(box[counted]).max()) or 1.0
    weights = np.where(counted, box, 0.0) / top
    weights = np.where(counted, weights - weights[counted].min(), 0.0)
    total = float(weights.sum()) or 1.0
    slow, fast = np.arange(box.shape[0])[:, None], np.arange(box.shape[1])
    return float((weights * slow).sum()) / total, float((weights * fast).sum()) / total


def _pixel(place: NDArray[np.intp]) -> Pixel:
    return Pixel(int(place[0]), int(place[1]))


def _peaks(
    pair: ImagePair, letter: str, mean: float, highest: float
) -> tuple[NDArray[np.intp], Places]:
    """Pixels (n, 2) and places (n, 2) of the strongest peaks of one image, falling."""
    image = pair.a if letter == "a" else pair.b
    height, width = image.shape
    least = mean + _LEAST_HEIGHT * (highest - mean)
    if min(height, width) < _SIZE or not highest > mean:
        return np.empty((0, 2), np.intp), np.empty((0, 2))
    step = max(16, PIXELS_PER_BLOCK // width)

    def work(start: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        pair.checkpoint()
        rows = slice(start, min(start + step, height - _SIZE + 1) + _SIZE - 1)
        values, pixels = _maxima(_shown(pair, image, rows), least)
        kept = np.argsort(-values, kind="stable")[:_LISTED]
        return values[kept], pixels[kept] + (rows.start, 0)

    parts = in_threads(work, range(0, height - _SIZE + 1, step), image.size)
    values = np.concatenate([part[0] for part in parts])
    pixels = np.concatenate([part[1] for part in parts])
    kept = np.argsort(-values, kind="stable")[:_LISTED]
    return pixels[kept], _centroids(image, pixels[kept])


def _shown(pair: ImagePair, image: NDArray[np.generic], rows: slice) -> NDArray[np.generic]:
    """Rows of an image, infinite where a pixel does not count: no box with it has a peak."""
    part, other = image[rows], (pair.b if image is pair.a else pair.a)[rows]
    bad = ~(np.isfinite(part) & np.isfinite(other))
    if pair.mask is not None:
        bad |= pair.mask[rows]
    return np.where(bad, np.inf, part) if bad.any() else part


def _maxima(image: NDArray[Any], least: float) -> tuple[Places, NDArray[np.intp]]:
    """Heights and pixels of maxima over 5 × 5; of a flat top only its first pixel."""
    two = np.maximum(image[:-1], image[1:])
    five = np.maximum(np.maximum(two[:-3], two[2:-1]), image[4:])
    two = np.maximum(five[:, :-1], five[:, 1:])
    five = np.maximum(np.maximum(two[:, :-3], two[:, 2:-1]), five[:, 4:])
    middle = image[_REACH:-_REACH, _REACH:-_REACH]
    pixels = np.argwhere((middle >= five) & (middle >= least) & np.isfinite(middle)) + _REACH
    values = image[pixels[:, 0], pixels[:, 1]].astype(np.float64)
    first = np.ones(len(pixels), dtype=np.bool_)
    for number in range(_SIZE**2 // 2):
        slow, fast = divmod(number, _SIZE)
        first &= image[pixels[:, 0] + slow - _REACH, pixels[:, 1] + fast - _REACH] < values
    return values[first], pixels[first]


def _centroids(image: NDArray[np.generic], pixels: NDArray[np.intp]) -> Places:
    """(n, 2) centroids of boxes around pixels, each weighted above its lowest pixel."""
    reach = np.arange(-_REACH, _REACH + 1)
    slow, fast = pixels[:, 0, None, None] + reach[:, None], pixels[:, 1, None, None] + reach
    boxes = image[slow, fast].astype(np.float64)
    top = np.abs(boxes).max(axis=(1, 2), keepdims=True, initial=0.0)
    boxes = boxes / np.where(top > 0.0, top, 1.0)
    boxes -= boxes.min(axis=(1, 2), keepdims=True, initial=np.inf)
    total = boxes.sum(axis=(1, 2))
    total[total == 0.0] = 1.0
    offsets = [(boxes * r).sum(axis=(1, 2)) / total for r in (reach[:, None], reach)]
    return pixels + np.stack(offsets, axis=1)
