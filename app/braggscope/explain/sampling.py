"""Which pixels of two images are worth a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage, ImageRegion, Pixel, Run, pixels_of
from braggscope.physics.resolution import geometry_of

#: A way to choose pixels: largest differences, strongest of A, an even grid with the corners.
Where = Literal["difference", "strongest", "grid"]
WHERE: Final[tuple[Where, ...]] = ("difference", "strongest", "grid")

Flags = NDArray[np.bool_]
#: Strips of rows [slow from, slow to) as values; −∞ where a pixel is not to be taken.
_Values = Callable[[slice], NDArray[np.float64]]
#: So many neighbourhoods to choose from for each pixel: peaks are looked at all over the image,
#: and not the many pixels of the strongest one.
_NEIGHBOURHOODS: Final = 4


@dataclass(frozen=True, eq=False)
class Plan:
    """What to sample.

    Attributes:
        many: pixels at first; at least 1.
        where: ways to choose them; a quarter of the pixels each, and what is left for the grid.
        inside: [slow, fast] True where pixels may be chosen; None: anywhere.
        refines: whether as many pixels again are traced between neighbours that disagree.
    """

    many: int = 40
    where: tuple[Where, ...] = WHERE
    inside: Flags | None = None
    refines: bool = False


def counted_pixels(a: DetectorImage, b: DetectorImage, inside: Flags | None = None) -> Flags:
    """[slow, fast] True where a pixel is masked in neither image and may be chosen."""
    counts = np.ones(a.shape, np.bool_) if inside is None else inside.copy()
    for image in (a, b):
        if image.mask is not None:
            counts &= ~image.mask
    return counts


def inside_of(region: ImageRegion | None, run: Run, image: DetectorImage) -> Flags | None:
    """[slow, fast] True in a region of an image of that run; None: anywhere."""
    if region is None:
        return None
    return pixels_of(region.shape, image.shape, geometry_of(run.setup), image.mask)


def sample_pixels(
    a: DetectorImage,
    b: DetectorImage,
    many: int,
    where: Sequence[Where] = WHERE,
    inside: Flags | None = None,
) -> tuple[Pixel, ...]:
    """Pixels that tell most, each way's in turn: the largest differences, the strongest of A (both
    the largest of their neighbourhood), a grid with the corners in an order that fills the image
    evenly; those that do not count are left out.

    Args:
        a, b: images of one shape.
        many: how many at most.
        where: ways to choose them.
        inside: [slow, fast] True where pixels may be chosen.
    """
    counts = counted_pixels(a, b, inside)
    shares = _shares(many, where)

    def difference(rows: slice) -> NDArray[np.float64]:
        in_a, in_b = (image.data[rows].astype(np.float64) for image in (a, b))
        with np.errstate(invalid="ignore", over="ignore"):
            found = np.abs(in_b - in_a)
        # What is a number in one image alone differs most of all.
        found[np.isnan(found)] = -np.inf
        found[np.isfinite(in_a) != np.isfinite(in_b)] = np.inf
        return np.where(counts[rows] & (found > 0.0), found, -np.inf)

    def strength(rows: slice) -> NDArray[np.float64]:
        found = a.data[rows].astype(np.float64)
        return np.where(counts[rows] & np.isfinite(found), found, -np.inf)

    raster = [
        *_largest(difference, a.shape, shares.get("difference", 0)),
        *_largest(strength, a.shape, shares.get("strongest", 0)),
        *_grid(counts, shares.get("grid", 0)),
    ]
    chosen = list(dict.fromkeys(raster))[:many]
    return tuple(Pixel(*divmod(number, a.shape[1])) for number in chosen)


def _shares(many: int, where: Sequence[Where]) -> dict[Where, int]:
    ways = [way for way in WHERE if way in where]
    if "grid" not in ways:
        return {way: -(-many // len(ways)) for way in ways}
    quarter = max(1, many // 4) if len(ways) > 1 else 0
    shares = dict.fromkeys(ways, quarter)
    shares["grid"] = max(1, many - quarter * (len(ways) - 1))
    return shares


def _largest(values: _Values, shape: tuple[int, int], many: int) -> list[int]:
    """Raster numbers of the largest values, largest first, each the largest of its square."""
    if many < 1 or 0 in shape:
        return []
    height, width = shape
    side = max(1, isqrt(height * width // (_NEIGHBOURHOODS * many)))
    found: list[tuple[float, int]] = []
    for top in range(0, height, side):
        strip = values(slice(top, min(top + side, height)))
        found += _tops(strip, side, top * width)
    found.sort(key=lambda pair: -pair[0])
    return [number for _, number in found[:many]]


def _tops(strip: NDArray[np.float64], side: int, offset: int) -> Iterator[tuple[float, int]]:
    """The largest value of each square of a strip, and its raster number."""
    rows, width = strip.shape
    columns = -(-width // side)
    padded = np.full((rows, columns * side), -np.inf)
    padded[:, :width] = strip
    squares = padded.reshape(rows, columns, side).transpose(1, 0, 2).reshape(columns, -1)
    places = squares.argmax(axis=1)
    tops = squares[np.arange(columns), places]
    slow, fast = np.divmod(places, side)
    numbers = offset + slow * width + np.arange(columns) * side + fast
    kept = tops > -np.inf
    return zip(tops[kept].tolist(), numbers[kept].tolist(), strict=True)


def _grid(counts: Flags, many: int) -> list[int]:
    """Raster numbers of an even grid over the rectangle of pixels that count, in mixed order."""
    rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
    if many < 1 or len(rows) == 0:
        return []
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    across = max(1, round((many * width / height) ** 0.5))
    down = max(1, many // across)
    slow = np.linspace(rows[0], rows[-1], min(down, height)).round().astype(int)
    fast = np.linspace(columns[0], columns[-1], min(across, width)).round().astype(int)
    places = np.array([s * counts.shape[1] + f for s in slow for f in fast if counts[s, f]], int)
    # A survey that is stopped half-way has then seen all of the image.
    return np.random.default_rng(0).permutation(places).tolist()


def middles_between(places: NDArray[Any], labels: Sequence[str]) -> list[tuple[int, int]]:
    """Pixels half-way between neighbouring samples that disagree, the farthest apart first.

    Args:
        places: (n, 2) (slow, fast) of the samples, no two the same.
        labels: (n,) what was found at each.
    """
    found: dict[tuple[int, int], float] = {}
    for one, other in _neighbours(places):
        if labels[one] != labels[other]:
            slow, fast = ((places[one] + places[other]) // 2).tolist()
            apart = float(np.hypot(*(places[one] - places[other])))
            found[slow, fast] = max(apart, found.get((slow, fast), 0.0))
    return sorted(found, key=lambda place: -found[place])


def _neighbours(places: NDArray[Any]) -> list[tuple[int, int]]:
    """Pairs of samples whose areas of nearest pixels touch."""
    from scipy.spatial import Delaunay, QhullError

    try:
        corners = Delaunay(places).simplices
    except (QhullError, ValueError):  # Too few, or all in one line.
        along = np.lexsort(places.T).tolist()
        return list(pairwise(along))
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return [(one, other) for one, other in np.unique(np.sort(sides, axis=1), axis=0).tolist()]
