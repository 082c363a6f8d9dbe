"""The metric and the difference map."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult
from braggscope_example.faults import fault_point, wanted

fault_point("metric-import")


def mean_difference(pair: ImagePair) -> MetricResult:
    """Mean of B − A over all counted pixels."""
    fault_point("metric")
    if wanted("metric-exit"):
        os._exit(7)
    a, b = pair.counted()
    return MetricResult(float(np.mean(b - a))) if a.size else MetricResult(None, "no pixels")


def squared_difference(pair: ImagePair) -> NDArray[np.float64]:
    """(B − A)²."""
    fault_point("difference-map")
    return np.square(pair.b.astype(np.float64) - pair.a)
