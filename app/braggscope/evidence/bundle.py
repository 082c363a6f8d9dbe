"""What a bundle holds, and the names of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Bounds,
    DetectorImage,
    MetricContribution,
    MetricResult,
    PixelTrace,
    Run,
)

FORMAT: Final = 1
MANIFEST: Final = "bundle.json"
CHECKSUMS: Final = "SHA256SUMS"
EXPERIMENT: Final = "experiment.toml"
INPUTS: Final = "inputs"
SIDES: Final = ("a", "b")


@dataclass(frozen=True, eq=False)
class Evidence:
    """One comparison.

    Attributes:
        runs: A and B.
        images: of A and B.
        metrics: id -> result.
        known: id -> what the metric is.
        bounds: id -> bounds that decided.
        agrees: the verdict; None where none could be given.
        reasons: one line per deciding metric.
        difference: [slow, fast], B − A; None where there is none.
        traces: of A and B for some pixels.
    """

    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    metrics: Mapping[str, MetricResult]
    known: Mapping[str, MetricContribution]
    bounds: Mapping[str, Bounds | None]
    agrees: bool | None
    reasons: tuple[str, ...]
    difference: NDArray[np.generic] | None = None
    traces: tuple[tuple[PixelTrace, PixelTrace], ...] = field(default_factory=tuple)


def image_name(side: str) -> str:
    """The image of a side in the bundle."""
    return f"images/{side}.npy"


def trace_name(side: str, trace: PixelTrace) -> str:
    """A trace of a side in the bundle."""
    return f"traces/slow{trace.pixel.slow}_fast{trace.pixel.fast}_{side}.json"
