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

_MODULE = "braggscope_parity"
_METRICS = f"{_MODULE}.metrics"
_MAPS = f"{_MODULE}.differences"


@hookimpl
def braggscope_metrics() -> list[MetricContribution]:
    """Correlation and sum ratio decide by default, and that no pixel is NaN on one side only."""
    return [*_deciding(), *_quick(), *_ulp(), *_slow(), *_census()]


def _deciding() -> list[MetricContribution]:
    return [
        MetricContribution(
            id="correlation",
            title="Correlation",
            factory=f"{_METRICS}:correlation",
            possible=(-1.0, 1.0),
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
            id="not_comparable",
            title="Not comparable",
            factory=f"{_METRICS}:not_comparable",
            bounds=Bounds(upper=0),
            format=".0f",
            description="Pixels that are NaN or infinite in one image and not alike in the other.",
        ),
    ]


def _quick() -> list[MetricContribution]:
    return [
        MetricContribution(
            id="rmse",
            title="RMSE",
            factory=f"{_METRICS}:rmse",
            unit="photons",
            description="Root of the mean squared difference, photons.",
        ),
        MetricContribution(
            id="normalised_rmse",
            title="RMSE / RMS of A",
            factory=f"{_METRICS}:normalised_rmse",
            format=".3e",
            description="‖B−A‖/‖A‖: RMSE, normalised by the root mean square of A.",
        ),
        MetricContribution(
            id="max_abs_difference",
            title="Largest |B−A|",
            factory=f"{_METRICS}:max_abs_difference",
            unit="photons",
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
            id="max_pixel_relative",
            title="Largest |B−A|/|A|",
            factory=f"{_METRICS}:max_pixel_relative",
            format=".3e",
            description="Largest relative difference, and its pixel; where |A| is below"
            " 1e-6·max|A|, that stands in its place.",
        ),
        MetricContribution(
            id="within_tolerance",
            title="Within tolerance",
            factory=f"{_METRICS}:within_tolerance",
            possible=(0.0, 1.0),
            format=".4%",
            description="Share of pixels with |B−A| ≤ 1e-6·max|A| + 1e-5·|A|.",
        ),
        MetricContribution(
            id="first_outside",
            title="Outside, the first at",
            factory=f"{_METRICS}:first_outside",
            format=".0f",
            description="Pixels with |B−A| > 1e-6·max|A| + 1e-5·|A|, and the first one of them"
            " in raster order.",
        ),
    ]


def _ulp() -> list[MetricContribution]:
    return [
        MetricContribution(
            id="ulp_distance",
            title="Largest in ULP",
            factory=f"{_MODULE}.ulp:ulp_distance",
            format=".0f",
            description="Most float32 numbers from A to B, and the pixel.",
            slow=True,
        ),
        MetricContribution(
            id="within_rounding",
            title="Within 1 ULP",
            factory=f"{_MODULE}.ulp:within_rounding",
            possible=(0.0, 1.0),
            format=".4%",
            description="Share of pixels at most one float32 number apart: so much comes of"
            " storing one and the same image as float32.",
            slow=True,
        ),
    ]


def _slow() -> list[MetricContribution]:
    quantiles = (("median", "median"), ("percentile_99", "99 %"), ("percentile_999", "99.9 %"))
    return [
        MetricContribution(
            id="clusters",
            title="Clusters outside",
            factory=f"{_MODULE}.clusters:clusters",
            format=".0f",
            description="Groups of touching pixels out of tolerance; the worst of them are shown"
            " one after the other by Next worst.",
            slow=True,
        ),
        *(
            MetricContribution(
                id=f"relative_{name}",
                title=f"Relative, {text}",
                factory=f"{_MODULE}.quantiles:{name}",
                format=".3e",
                description=f"Quantile of |B−A|/max(|A|, 1e-6·max|A|): {text}.",
                slow=True,
            )
            for name, text in quantiles
        ),
        MetricContribution(
            id="ssim",
            title="Structural similarity",
            factory=f"{_MODULE}.similarity:ssim",
            possible=(-1.0, 1.0),
            format=".9f",
            description="Mean SSIM over windows of 7 × 7 pixels, K1 = 0.01, K2 = 0.03,"
            " L = max A − min A.",
            slow=True,
        ),
        MetricContribution(
            id="peak_displacement",
            title="Peaks apart, mean",
            factory=f"{_MODULE}.peaks:mean_displacement",
            format=".4f",
            description="Mean distance of the strongest peaks of A and B, pixels; two match where"
            " each is the other's nearest, at most 5 pixels away.",
            slow=True,
        ),
        MetricContribution(
            id="peak_displacement_max",
            title="Peaks apart, largest",
            factory=f"{_MODULE}.peaks:largest_displacement",
            format=".4f",
            description="Largest distance of matching peaks, pixels.",
            slow=True,
        ),
    ]


def _census() -> list[MetricContribution]:
    return [
        MetricContribution(
            id=f"census_{letter.lower()}",
            title=f"Special in {letter}",
            factory=f"{_MODULE}.census:census_{letter.lower()}",
            format=".0f",
            description=f"NaN, ±∞, −0 and denormals in {letter}, and the first of them.",
            slow=True,
        )
        for letter in "AB"
    ]


@hookimpl
def braggscope_difference_maps() -> list[DifferenceMapContribution]:
    """Signed, absolute, ratio, relative, by counting statistics, in ULP, by tolerance; a census."""
    return [*_differences(), *_coded()]


def _differences() -> list[DifferenceMapContribution]:
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
            lowest=0.0,
            description="Ratio; 1 where both are equal, also both 0.",
        ),
        DifferenceMapContribution(
            id="relative",
            title="(B − A) / max(|A|, ε)",
            factory=f"{_MAPS}:relative",
            description="Relative difference with ε = 1e-6·max|A|.",
        ),
        DifferenceMapContribution(
            id="poisson",
            title="(B − A) / σ",
            factory=f"{_MAPS}:poisson",
            description="In standard deviations of counting photons, σ = √max(A, 1).",
        ),
        DifferenceMapContribution(
            id="ulp",
            title="B − A in ULP",
            factory=f"{_MAPS}:ulp",
            description="Signed count of float32 numbers from A to B.",
        ),
    ]


def _coded() -> list[DifferenceMapContribution]:
    return [
        DifferenceMapContribution(
            id="pass_fail",
            title="Tolerance",
            factory=f"{_MAPS}:pass_fail",
            description="Which pixels keep |B−A| ≤ 1e-6·max|A| + 1e-5·|A|: −1 below, 0 within,"
            " +1 above.",
            meanings={-1.0: "B below tolerance", 0.0: "within tolerance", 1.0: "B above tolerance"},
        ),
        *(
            DifferenceMapContribution(
                id=f"census_{letter.lower()}",
                title=f"Special values of {letter}",
                factory=f"{_MAPS}:census_{letter.lower()}",
                diverging=False,
                description=f"Where {letter} holds NaN, ±∞, −0 or denormals.",
                meanings={
                    0.0: "ordinary",
                    1.0: "denormal",
                    2.0: "−0",
                    3.0: "−∞",
                    4.0: "+∞",
                    5.0: "NaN",
                },
            )
            for letter in "AB"
        ),
    ]
