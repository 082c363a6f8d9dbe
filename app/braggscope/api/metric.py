"""What metric and difference-map plugins get and give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from braggscope.api.run import Pixel

T = TypeVar("T")


def _go_on() -> None:
    """Nobody wants to stop."""


@dataclass(frozen=True, eq=False)
class ImagePair:
    """Two images of equal shape, to be compared.

    Attributes:
        a, b: [slow, fast], any numeric type; a is the reference.
        mask: [slow, fast] bool, True where a pixel does not count in either image; None: all count.
        checkpoint: raises `Cancelled` when nobody wants the answer any more. Whatever takes over
            0.1 s calls it now and then; it may be called from any thread.
        output: [slow, fast] float64 where a difference map may be put; None: nowhere yet.
    """

    a: NDArray[np.generic]
    b: NDArray[np.generic]
    mask: NDArray[np.bool_] | None = None
    checkpoint: Callable[[], None] = _go_on
    output: NDArray[np.float64] | None = None
    _known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def memo(self, name: str, make: Callable[[ImagePair], T]) -> T:
        """What make gives for this pair, made once: metrics share passes over the pixels.

        Args:
            name: unique among all plugins, such as "parity.moments".
        """
        if name not in self._known:
            self._known[name] = make(self)
        return cast(T, self._known[name])

    def room(self) -> NDArray[np.float64]:
        """[slow, fast] float64 for a difference map, its values undefined."""
        return np.empty(self.a.shape, np.float64) if self.output is None else self.output

    def counted(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The unmasked pixels that are finite in both, as two (n,) float64 arrays."""
        a, b = self.a.astype(np.float64), self.b.astype(np.float64)
        keep = np.isfinite(a) & np.isfinite(b)
        if self.mask is not None:
            keep &= ~self.mask
        return a[keep], b[keep]

    def unmasked(self) -> NDArray[np.bool_]:
        """[slow, fast] True where a pixel counts."""
        if self.mask is None:
            return np.ones(self.a.shape, dtype=np.bool_)
        return ~self.mask


@dataclass(frozen=True)
class Bounds:
    """What a metric's value must keep to; None is open, both ends belong to the allowed range."""

    lower: float | None = None
    upper: float | None = None

    def hold(self, value: float | None) -> bool:
        """Whether a value is defined and within bounds."""
        if value is None or not np.isfinite(value):
            return False
        above = self.lower is None or value >= self.lower
        return above and (self.upper is None or value <= self.upper)

    def __str__(self) -> str:
        if self.lower is not None and self.upper is not None:
            return f"{self.lower:g} … {self.upper:g}"
        if self.lower is not None:
            return f"≥ {self.lower:g}"
        return f"≤ {self.upper:g}" if self.upper is not None else "no bound"


@dataclass(frozen=True)
class Place:
    """A pixel worth a look.

    Attributes:
        value: how much is there, in the metric's own measure.
        note: what is there, such as "spot, 12 pixels".
    """

    pixel: Pixel
    value: float
    note: str = ""


@dataclass(frozen=True)
class MetricResult:
    """A metric's answer.

    Attributes:
        value: the number; None when it is undefined for these images (note says why).
        note: what to know about the value.
        pixel: the pixel that the value belongs to, if it belongs to one.
        places: what to look at one after the other, the worst first.
    """

    value: float | None
    note: str = ""
    pixel: Pixel | None = None
    places: tuple[Place, ...] = ()
