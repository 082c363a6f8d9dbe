"""Where divergence starts over a whole image: sampled pixels, traced on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage, Pixel, Run, compare_traces

#: Pixels of one request: few enough for progress and cancel, many enough to hide the request.
_AT_ONCE: Final = 25
Tell = Callable[[float, str], None]


class HostLike(Protocol):
    """What is asked of the host; see `braggscope.host.host.Host`."""

    def trace(self, run: Run, pixels: Sequence[Pixel]) -> Any: ...


@dataclass(frozen=True)
class Beginnings:
    """First divergences of sampled pixels.

    Attributes:
        pixels: in the order sampled: the largest differences, the strongest, the grid.
        firsts: for each pixel the first diverging variable, or None where none diverges.
        sentences: variable -> what was said of it where it came first.
    """

    pixels: tuple[Pixel, ...]
    firsts: tuple[str | None, ...]
    sentences: dict[str, str]

    @property
    def shares(self) -> dict[str | None, float]:
        """Variable (None: nothing diverges) -> share of the pixels, the largest first."""
        counted = Counter(self.firsts).most_common()
        return {name: count / len(self.firsts) for name, count in counted}


def sample_pixels(a: DetectorImage, b: DetectorImage, many: int) -> tuple[Pixel, ...]:
    """Pixels that tell most: a quarter the largest differences, a quarter the strongest of A, the
    rest a grid with the corners; those that do not count are left out.

    Args:
        a, b: images of one shape.
        many: how many at most; at least 4.
    """
    counts = np.isfinite(a.data) & np.isfinite(b.data)
    for image in (a, b):
        if image.mask is not None:
            counts &= ~image.mask
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(np.subtract(b.data, a.data, dtype=np.float64))
    quarter = max(1, many // 4)
    raster = [
        *_largest(difference, counts & (difference > 0.0), quarter),
        *_largest(np.asarray(a.data, dtype=np.float64), counts, quarter),
        *_grid(counts, max(1, many - 2 * quarter)),
    ]
    width = a.shape[1]
    chosen = list(dict.fromkeys(raster))[:many]
    return tuple(Pixel(*divmod(int(number), width)) for number in chosen)


def _largest(values: NDArray[np.float64], counts: NDArray[np.bool_], many: int) -> list[int]:
    """Raster numbers of the largest values, largest first."""
    numbers = np.flatnonzero(counts)
    if len(numbers) == 0:
        return []
    found = values.reshape(-1)[numbers]
    many = min(many, len(numbers))
    top = np.argpartition(found, len(found) - many)[len(found) - many :]
    return [int(numbers[n]) for n in top[np.argsort(-found[top], kind="stable")]]


def _grid(counts: NDArray[np.bool_], many: int) -> list[int]:
    """Raster numbers of an even grid over the rectangle of pixels that count."""
    rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
    if len(rows) == 0:
        return []
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    across = max(1, round((many * width / height) ** 0.5))
    down = max(1, many // across)
    slow = np.linspace(rows[0], rows[-1], min(down, height)).round().astype(int)
    fast = np.linspace(columns[0], columns[-1], min(across, width)).round().astype(int)
    places = [(s, f) for s in slow for f in fast if counts[s, f]]
    return [int(s) * counts.shape[1] + int(f) for s, f in places]


def beginnings(
    host: HostLike,
    a: Run,
    b: Run,
    pixels: Sequence[Pixel],
    tell: Tell = lambda fraction, what: None,
) -> Beginnings:
    """Trace pixels on A and B and note where each begins to differ.

    Args:
        tell: told the share that is done; what it raises ends the work.

    Raises:
        BraggscopeError: a pixel cannot be traced on one of the two.
    """
    firsts: list[str | None] = []
    sentences: dict[str, str] = {}
    for start in range(0, len(pixels), _AT_ONCE):
        tell(start / len(pixels), f"pixel {start + 1} of {len(pixels)}")
        some = list(pixels[start : start + _AT_ONCE])
        jobs = [host.trace(run, some) for run in (a, b)]
        for in_a, in_b in zip(*(job.result() for job in jobs), strict=True):
            comparison = compare_traces(in_a, in_b)
            first = comparison.first_divergence
            firsts.append(first)
            if first is not None:
                sentences.setdefault(first, comparison.explanation)
    return Beginnings(tuple(pixels), tuple(firsts), sentences)
