"""Where pixels out of tolerance hang together, and what lies there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult, Pixel, Place
from braggscope_parity.blocks import Block, over_blocks
from braggscope_parity.metrics import NOTHING
from braggscope_parity.moments import moments
from braggscope_parity.tolerance import allowed, outside, peak

Kind = Literal["spot", "background", "edge"]
#: Clusters that are looked at one by one.
LISTED = 200
#: A spot stands out of the box around it by this factor.
_SPOT = 2.0
_AROUND = 15
#: How far from a cluster's worst pixel one is looked for that does not count.
_NEAR = 64


@dataclass(frozen=True)
class Cluster:
    """Pixels out of tolerance that touch each other, also by a corner.

    Attributes:
        worst: the pixel with the largest |B−A|.
        difference: B−A there, photons.
        size: how many pixels.
        kind: "edge" where it touches the image's border or a pixel that does not count; "spot"
            where the brighter image at the worst pixel is over twice the median of the 31 × 31
            pixels around; else "background".
    """

    worst: Pixel
    difference: float
    size: int
    kind: Kind


def clusters(pair: ImagePair) -> MetricResult:
    """Number of clusters out of tolerance; the 200 worst are its places."""
    if moments(pair).n == 0:
        return NOTHING
    count, found = clusters_of_difference(pair)
    places = tuple(
        Place(c.worst, c.difference, f"{c.kind}, {c.size} pixel{'s' * (c.size > 1)}") for c in found
    )
    if not places:
        return MetricResult(0.0)
    kinds = [cluster.kind for cluster in found]
    shares = ", ".join(
        f"{kinds.count(kind)} {kind}" for kind in ("spot", "background", "edge") if kind in kinds
    )
    which = f"of the {LISTED} worst: " if count > len(found) else ""
    return MetricResult(float(count), f"{which}{shares}", places[0].pixel, places)


def clusters_of_difference(pair: ImagePair) -> tuple[int, tuple[Cluster, ...]]:
    """How many clusters there are, and the worst of them by |B−A|, falling."""
    if outside(pair).count == 0:
        return 0, ()
    labels, count = _labels(pair)
    pair.checkpoint()
    sizes, worst = np.zeros(count + 1, np.int64), np.zeros(count + 1)
    lock = threading.Lock()

    def measure(block: Block) -> None:
        here = labels[block.rows].reshape(-1)
        inside = np.flatnonzero(here)
        if not inside.size:
            return
        numbers = here[inside]
        heights = np.abs(block.b[inside] - block.a[inside])
        with lock:
            sizes[:] += np.bincount(numbers, minlength=count + 1) if count < 4096 else 0
            if count >= 4096:
                np.add.at(sizes, numbers, 1)
            np.maximum.at(worst, numbers, heights)

    over_blocks(pair, measure)
    worst[0] = -1.0
    listed = np.argsort(-worst, kind="stable")[: min(LISTED, count)]
    pixels = _pixels_of(pair, labels, worst, listed)
    return count, tuple(
        _cluster(pair, labels, int(number), pixels[int(number)], int(sizes[number]))
        for number in listed
    )


def _labels(pair: ImagePair) -> tuple[NDArray[np.int32], int]:
    """[slow, fast] number of each pixel's cluster, 0 within tolerance; and how many there are."""
    from scipy import ndimage

    peak_a = peak(pair)
    out = np.zeros(pair.a.shape, dtype=np.bool_)

    def mark(block: Block) -> None:
        limit = allowed(block.a, peak_a, block.spare(0))
        delta = np.abs(np.subtract(block.b, block.a, out=block.spare(1)), out=block.spare(1))
        out[block.rows] = (delta > limit).reshape(-1, block.width)

    over_blocks(pair, mark)
    labels = np.empty(out.shape, np.int32)
    count = ndimage.label(out, structure=np.ones((3, 3)), output=labels)
    return labels, int(count)


def _pixels_of(
    pair: ImagePair,
    labels: NDArray[np.int32],
    worst: NDArray[np.float64],
    listed: NDArray[np.intp],
) -> dict[int, Pixel]:
    """The first pixel of each listed cluster that is as far off as its worst."""
    wanted = np.zeros(worst.size, dtype=np.bool_)
    wanted[listed] = True

    def look(block: Block) -> list[tuple[int, Pixel]]:
        here = labels[block.rows].reshape(-1)
        inside = np.flatnonzero(wanted[here])
        if not inside.size:
            return []
        heights = np.abs(block.b[inside] - block.a[inside])
        hits = inside[heights == worst[here[inside]]]
        numbers, first = np.unique(here[hits], return_index=True)
        return [(int(n), block.pixel(hits[i])) for n, i in zip(numbers, first, strict=True)]

    pixels: dict[int, Pixel] = {}
    for part in over_blocks(pair, look):
        for number, pixel in part:
            pixels.setdefault(number, pixel)
    return pixels


def _cluster(
    pair: ImagePair, labels: NDArray[np.int32], number: int, worst: Pixel, size: int
) -> Cluster:
    a, b = float(pair.a[worst]), float(pair.b[worst])
    kind: Kind = "background"
    if _touches_edge(pair, labels, number, worst, size):
        kind = "edge"
    elif max(a, b) > _SPOT * _level_around(pair, worst):
        kind = "spot"
    return Cluster(worst, b - a, size, kind)


def _touches_edge(
    pair: ImagePair, labels: NDArray[np.int32], number: int, worst: Pixel, size: int
) -> bool:
    """Whether a cluster lies at the image's border, or beside a pixel that does not count."""
    ends = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    if any((end == number).any() for end in ends):
        return True
    rows, columns = _around(pair, worst, min(size, _NEAR) + 1)
    inside = labels[rows, columns] == number
    bad = ~(np.isfinite(pair.a[rows, columns]) & np.isfinite(pair.b[rows, columns]))
    if pair.mask is not None:
        bad |= pair.mask[rows, columns]
    if not bad.any():
        return False
    wide = np.pad(bad, 1)
    beside = np.zeros_like(bad)
    for slow in range(3):
        for fast in range(3):
            beside |= wide[slow : slow + bad.shape[0], fast : fast + bad.shape[1]]
    return bool((beside & inside).any())


def _level_around(pair: ImagePair, pixel: Pixel) -> float:
    """Median of the brighter image around a pixel."""
    rows, columns = _around(pair, pixel, _AROUND)
    brighter = np.fmax(pair.a[rows, columns], pair.b[rows, columns]).astype(np.float64)
    finite = brighter[np.isfinite(brighter)]
    return float(np.median(finite)) if finite.size else 0.0


def _around(pair: ImagePair, pixel: Pixel, reach: int) -> tuple[slice, slice]:
    height, width = pair.a.shape
    return (
        slice(max(0, pixel.slow - reach), min(height, pixel.slow + reach + 1)),
        slice(max(0, pixel.fast - reach), min(width, pixel.fast + reach + 1)),
    )
