"""What this plugin adds. Light: the factories import the rest."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    Bounds,
    DifferenceMapContribution,
    EngineContribution,
    EngineOption,
    Manifest,
    MetricContribution,
    ViewContribution,
    hookimpl,
)
from braggscope_example.faults import fault_point, wanted

fault_point("import")

MANIFEST: object = Manifest(
    id="example",
    title="Example",
    api_version=API_VERSION,
    description="An engine that knows only the wavelength, and things to look at it with.",
)
if wanted("manifest"):
    MANIFEST = {"id": "example"}


@hookimpl
def braggscope_engines() -> list[EngineContribution]:
    """Two engines, so that one can wait for the other."""
    fault_point("engines")
    return [
        EngineContribution(
            id=f"example-{name}",
            title=f"Example {name}",
            factory="braggscope_example.engine:create",
            options=(EngineOption("gain", "Gain", ("1", "2"), "Factor on every pixel."),),
            semantics={"omega": ("last",)},
            description="A flat image, as bright as the wavelength is long.",
        )
        for name in ("flat", "other")
    ]


@hookimpl
def braggscope_metrics() -> list[MetricContribution]:
    """The mean of the difference."""
    fault_point("metrics")
    return [
        MetricContribution(
            id="example-mean-difference",
            title="Mean B−A",
            factory="braggscope_example.analysis:mean_difference",
            bounds=Bounds(-0.5, 0.5),
            description="Mean of B − A over all counted pixels, photons.",
        )
    ]


@hookimpl
def braggscope_difference_maps() -> list[DifferenceMapContribution]:
    """The square of the difference."""
    fault_point("difference_maps")
    return [
        DifferenceMapContribution(
            id="example-squared",
            title="(B−A)²",
            factory="braggscope_example.analysis:squared_difference",
            diverging=False,
        )
    ]


@hookimpl
def braggscope_views() -> list[ViewContribution]:
    """A dock that shows the cursor."""
    fault_point("views")
    return [
        ViewContribution(
            id="example-cursor",
            title="Example: cursor",
            factory="braggscope_example.view:create",
            area="right",
        )
    ]
