"""What this plugin adds: metrics with their default bounds, and difference maps."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    Bounds,
    DifferenceMapContribution,
    Manifest,
    MetricContribution,
    hookimpl,
)

MANIFEST = Manifest(
    id="parity",
    title="Parity",
    api_version=API_VERSION,
    description="Metrics, thresholds and difference maps for two images.",
)

_METRICS = "braggscope_parity.metrics"
_MAPS = "braggscope_parity.differences"


@hookimpl
def braggscope_metrics() -> list[MetricContribution]:
    """Correlation and sum ratio decide by default; the rest informs."""
    return [
        MetricContribution(
            id="correlation",
            title="Correlation",
            factory=f"{_METRICS}:correlation",
            bounds=Bounds(lower=0.999),
            format=".9f",
            description="Pearson's correlation coefficient of all counted pixels, in float64.",
        ),
        MetricContribution(
            id="sum_ratio",
            title="Sum ratio B/A",
            factory=f"{_METRICS}:sum_ratio",
            bounds=Bounds(lower=1 - 5e-3, upper=1 + 5e-3),
            format=".9f",
            description="Sum of B over sum of A.",
        ),
        MetricContribution(
            id="rmse",
            title="RMSE",
            factory=f"{_METRICS}:rmse",
            description="Root of the mean squared difference, photons.",
        ),
        MetricContribution(
            id="max_abs_difference",
            title="Largest |B−A|",
            factory=f"{_METRICS}:max_abs_difference",
            description="Largest absolute difference, photons, and its pixel.",
        ),
        MetricContribution(
            id="max_rel_difference",
            title="Largest |B−A|/max A",
            factory=f"{_METRICS}:max_rel_difference",
            format=".3e",
            description="Largest absolute difference over the largest value of A, and its pixel.",
        ),
        MetricContribution(
            id="within_tolerance",
            title="Within tolerance",
            factory=f"{_METRICS}:within_tolerance",
            format=".4%",
            description="Share of pixels with |B−A| ≤ 1e-6·max|A| + 1e-5·|A|.",
        ),
        MetricContribution(
            id="not_comparable",
            title="Not comparable",
            factory=f"{_METRICS}:not_comparable",
            bounds=Bounds(upper=0),
            format=".0f",
            description="Pixels that are NaN or infinite in one image and not alike in the other.",
        ),
    ]


@hookimpl
def braggscope_difference_maps() -> list[DifferenceMapContribution]:
    """Signed, absolute, ratio and relative difference."""
    return [
        DifferenceMapContribution(
            id="b_minus_a",
            title="B − A",
            factory=f"{_MAPS}:b_minus_a",
            description="Signed difference, photons.",
        ),
        DifferenceMapContribution(
            id="abs_difference",
            title="|B − A|",
            factory=f"{_MAPS}:abs_difference",
            diverging=False,
            description="Absolute difference, photons.",
        ),
        DifferenceMapContribution(
            id="ratio",
            title="B / A",
            factory=f"{_MAPS}:ratio",
            neutral=1.0,
            description="Ratio; NaN where both are 0.",
        ),
        DifferenceMapContribution(
            id="relative",
            title="(B − A) / max(|A|, ε)",
            factory=f"{_MAPS}:relative",
            description="Relative difference with ε = 1e-6·max|A|.",
        ),
    ]
