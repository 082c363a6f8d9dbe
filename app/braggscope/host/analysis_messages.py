"""What the host and the analysis worker say to each other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from braggscope.api import ImageRegion
from braggscope.host.wire import ArrayReference, WireFloat, WireMessage
from braggscope.physics.resolution import ScatteringGeometry


class Analyse(WireMessage):
    """Hold b against a; answered by `Result` with an `AnalysisReport`.

    First comes the difference map, then the quick metrics of the whole image and of each region,
    then the slow ones; a `Finding` brings each as soon as it is there. `Progress.message` is the id
    of the metric or map that begins, so that the host knows whose fault it is when the process
    dies.

    Attributes:
        whole: whether metrics of the whole image are wanted, beside those of the regions.
        geometry: for regions that are shells; None: not known.
    """

    type: Literal["analyse"] = "analyse"
    id: int
    a: ArrayReference
    b: ArrayReference
    mask: ArrayReference | None = None
    metrics: tuple[str, ...] = ()
    difference: str | None = None
    output: ArrayReference | None = None
    whole: bool = True
    regions: tuple[ImageRegion, ...] = ()
    geometry: ScatteringGeometry | None = None


class WirePlace(WireMessage):
    """`braggscope.api.Place` as plain data."""

    pixel: tuple[int, int]
    value: WireFloat
    note: str = ""


class WireMetric(WireMessage):
    """`braggscope.api.MetricResult` as plain data."""

    value: WireFloat | None
    note: str = ""
    pixel: tuple[int, int] | None = None
    places: tuple[WirePlace, ...] = ()


class WireFault(WireMessage):
    """What a metric or difference map raised."""

    message: str
    traceback: str = ""


class AnalysisReport(WireMessage):
    """Results and faults by id, and whether the images are equal in all pixels that count.

    Attributes:
        regions: name of a region -> results by id.
        region_faults: name of a region whose pixels could not be found -> why.
    """

    identical: bool = False
    metrics: dict[str, WireMetric] = Field(default_factory=dict)
    faults: dict[str, WireFault] = Field(default_factory=dict)
    regions: dict[str, dict[str, WireMetric]] = Field(default_factory=dict)
    region_faults: dict[str, WireFault] = Field(default_factory=dict)


class Finding(WireMessage):
    """A part of the answer to come: what is new in the report, and whether the map is there."""

    type: Literal["finding"] = "finding"
    id: int
    report: AnalysisReport
    difference: bool = False


def merged(report: AnalysisReport, fresh: AnalysisReport) -> AnalysisReport:
    """A report with what was found since."""
    regions = dict(report.regions)
    for name, results in fresh.regions.items():
        regions[name] = {**regions.get(name, {}), **results}
    return AnalysisReport(
        identical=report.identical or fresh.identical,
        metrics={**report.metrics, **fresh.metrics},
        faults={**report.faults, **fresh.faults},
        regions=regions,
        region_faults={**report.region_faults, **fresh.region_faults},
    )
