"""The Bragg peaks of two images: where they are, their indices, and their sums in A and B. No Qt.

A peak is the brightest pixel of its neighbourhood in max(A, B) that stands out from what lies
around it. Its pixel's direction gives the nearest reciprocal-lattice point; pixels of one
reflection are one peak, the brightest. Both images are then summed in a small box about it, less
the median of the frame around the box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.rotation import rotate_axis
from braggscope_plots.geometry import Geometry
from braggscope_plots.pixels import Check, Flags, Floats, Image, go_on

#: Pixels to each side of a peak that no brighter pixel may be in.
ALONE: Final = 2
#: Half sizes of the box that is summed and of the frame around it, pixels.
BOX: Final = 3
FRAME: Final = 6
#: Peaks that are listed at most: the brightest.
MOST: Final = 3000
#: How far a peak's pixel stands above the frame's median, in robust standard deviations of it.
_CONTRAST: Final = 8.0
_ROBUST: Final = 1.4826
#: Rows that are searched at once.
_BAND: Final = 256


@dataclass(frozen=True, eq=False)
class Peaks:
    """One entry a reflection, the brightest first; arrays are (n,) but for hkl.

    Attributes:
        hkl: (n, 3) int64 indices.
        slow, fast: int64, the brightest pixel.
        d_A: resolution there, Å.
        off: distance of the pixel's fractional indices from whole ones; no unit.
        a, b: photons in the box above the frame's median; NaN where no pixel of the box counts.
        found: peaks that stand out, before those of one reflection were joined and the rest cut.
    """

    hkl: NDArray[np.int64]
    slow: NDArray[np.int64]
    fast: NDArray[np.int64]
    d_A: Floats
    off: Floats
    a: Floats
    b: Floats
    found: int

    @property
    def ratio(self) -> Floats:
        """B / A; NaN where both are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.b / self.a


def bragg_peaks(
    a: Image,
    b: Image,
    keep: Flags | None,
    geometry: Geometry,
    *,
    most: int = MOST,
    check: Check = go_on,
) -> Peaks:
    """Find, index and sum the Bragg peaks of two images of one shape.

    Args:
        keep: [slow, fast] True where a pixel counts; None: all do.

    Raises:
        Cancelled: check gave up.
    """
    slow, fast, height = _summits(a, b, keep, check)
    # Enough candidates that reflections with two summits and false ones leave `most`.
    order = np.argsort(-height, kind="stable")[: 4 * most]
    slow, fast, height = slow[order], fast[order], height[order]
    check()
    windows = _windows(a, b, keep, slow, fast)
    stands = _stands_out(np.fmax(windows[0], windows[1]), height)
    slow, fast, windows = slow[stands], fast[stands], windows[:, stands]
    hkl, off = nearest_hkl(geometry, _middle(slow), _middle(fast))
    first = _first_of_each(hkl)[:most]
    slow, fast, windows = slow[first], fast[first], windows[:, first]
    return Peaks(
        hkl[first],
        slow,
        fast,
        geometry.resolution_A(_middle(slow), _middle(fast)),
        off[first],
        box_sums(windows[0]),
        box_sums(windows[1]),
        int(np.count_nonzero(stands)),
    )


def nearest_hkl(geometry: Geometry, slow: Floats, fast: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(n, 3) nearest whole indices of points, and how far theirs are from them.

    Of all phi steps the one counts that brings the point nearest to a lattice point.
    """
    crystal = geometry.setup.crystal
    direction = np.stack(geometry.directions(slow, fast), axis=-1)
    q_per_m = (direction - geometry.incident) / geometry.wavelength_m
    best = np.full(slow.shape, np.inf)
    hkl = np.zeros((*slow.shape, 3), dtype=np.int64)
    for phi in crystal.phi_rad if len(crystal.phi_rad) else [0.0]:
        cell = np.stack([rotate_axis(axis, crystal.spindle, phi) for axis in crystal.direct_m])
        at = q_per_m @ cell.T
        # Half-way indices go as in the simulation (spec 5).
        whole = np.ceil(at - 0.5)
        off = np.sqrt(((at - whole) ** 2).sum(axis=-1))
        nearer = off < best
        best[nearer] = off[nearer]
        hkl[nearer] = whole[nearer].astype(np.int64)
    return hkl, best


def box_sums(windows: Floats) -> Floats:
    """(n,) sums over the box of windows about peaks, less the frame's median per pixel.

    Args:
        windows: (n, 2·FRAME + 1, 2·FRAME + 1), NaN where a pixel does not count.
    """
    box, frame = _parts(windows)
    counted = np.isfinite(box)
    there = counted.sum(axis=1)
    total = np.where(counted, box, 0.0).sum(axis=1) - _median(frame) * there
    return np.where(there > 0, total, np.nan)


def _summits(
    a: Image, b: Image, keep: Flags | None, check: Check
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Pixels above zero that are the first brightest one of their neighbourhood in max(A, B)."""
    rows = a.shape[0]
    slows, fasts, heights = [], [], []
    for first in range(0, rows, _BAND):
        check()
        low, high = max(first - ALONE, 0), min(first + _BAND + ALONE, rows)
        top = _brighter(a[low:high], b[low:high], None if keep is None else keep[low:high])
        inner = slice(first - low, min(first + _BAND, rows) - low)
        summit = (top >= _largest_around(top))[inner] & (top[inner] > 0.0)
        slow, fast = np.nonzero(summit)
        slows.append(slow + first)
        fasts.append(fast)
        heights.append(top[inner][slow, fast])
    height = np.concatenate(heights).astype(np.float64)
    return np.concatenate(slows), np.concatenate(fasts), height


def _brighter(a: Image, b: Image, keep: Flags | None) -> Floats:
    """max(A, B) as floats; −∞ where a pixel does not count."""
    kind = np.result_type(a.dtype, b.dtype, np.float32)
    top = np.fmax(a, b, dtype=kind)
    top[~np.isfinite(top)] = -np.inf
    if keep is not None:
        top[~keep] = -np.inf
    return top


def _largest_around(top: Floats) -> Floats:
    """The largest value within ALONE pixels, along both axes."""
    for axis in (0, 1):
        wide = top.copy()
        for step in range(1, ALONE + 1):
            here = [slice(None)] * 2
            there = [slice(None)] * 2
            here[axis], there[axis] = slice(None, -step), slice(step, None)
            np.maximum(wide[tuple(here)], top[tuple(there)], out=wide[tuple(here)])
            np.maximum(wide[tuple(there)], top[tuple(here)], out=wide[tuple(there)])
        top = wide
    return top


def _windows(
    a: Image,
    b: Image,
    keep: Flags | None,
    slow: NDArray[np.int64],
    fast: NDArray[np.int64],
) -> Floats:
    """(2, n, w, w) A and B about pixels; NaN where a pixel does not count or there is none."""
    around = np.arange(-FRAME, FRAME + 1)
    rows, columns = slow[:, None, None] + around[:, None], fast[:, None, None] + around
    inside = (rows >= 0) & (rows < a.shape[0]) & (columns >= 0) & (columns < a.shape[1])
    rows, columns = np.clip(rows, 0, a.shape[0] - 1), np.clip(columns, 0, a.shape[1] - 1)
    if keep is not None:
        inside = inside & keep[rows, columns]
    windows = np.stack([image[rows, columns].astype(np.float64) for image in (a, b)])
    # What is summed has to be summed in both.
    windows[:, ~(inside & np.isfinite(windows).all(axis=0))] = np.nan
    return windows


def _stands_out(top: Floats, height: Floats) -> Flags:
    _, frame = _parts(top)
    middle = _median(frame)
    deviation = _median(np.abs(frame - middle[:, None])) * _ROBUST
    return np.asarray(height - middle > _CONTRAST * deviation)


def _parts(windows: Floats) -> tuple[Floats, Floats]:
    """Pixels of the box and of the frame around it, (n, pixels) each."""
    is_box = np.zeros(windows.shape[1:], dtype=np.bool_)
    is_box[FRAME - BOX : FRAME + BOX + 1, FRAME - BOX : FRAME + BOX + 1] = True
    return windows[:, is_box], windows[:, ~is_box]


def _median(values: Floats) -> Floats:
    """Along the rows, of what is finite; 0 where nothing is."""
    there = np.isfinite(values).any(axis=1)
    middle = np.zeros(len(values))
    if there.any():
        middle[there] = np.nanmedian(values[there], axis=1)
    return middle


def _middle(index: NDArray[np.int64]) -> Floats:
    return index.astype(np.float64) + 0.5


def _first_of_each(hkl: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the first occurrence of each row, rising."""
    if not len(hkl):
        return np.zeros(0, dtype=np.int64)
    _, first = np.unique(hkl, axis=0, return_index=True)
    return np.sort(first)
