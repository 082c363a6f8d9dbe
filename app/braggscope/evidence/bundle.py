"""What a bundle holds, and the names of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Bounds,
    DetectorImage,
    EngineContribution,
    ImageRegion,
    MetricContribution,
    MetricResult,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
)
from braggscope.api.tolerances import UNCHANGED

FORMAT: Final = 1
MANIFEST: Final = "bundle.json"
CHECKSUMS: Final = "SHA256SUMS"
EXPERIMENT: Final = "experiment.toml"
TOLERANCES: Final = "tolerances.toml"
COMMANDS: Final = "commands.sh"
REPORT_TEXT: Final = "report.md"
REPORT_PAGE: Final = "report.html"
INPUTS: Final = "inputs"
ENGINES: Final = "engines"
SIDES: Final = ("a", "b")
#: Notes of images that come from a bundle begin with this.
FROM_EVIDENCE: Final = "from evidence"

#: Told the share that is done and what is at hand; what it raises ends the work.
Tell = Callable[[float, str], None]
#: From and to, (slow, fast) in pixel coordinates.
LineEnds = tuple[tuple[float, float], tuple[float, float]]


class Put(Protocol):
    """Puts a file into a bundle."""

    def __call__(self, name: str, *parts: bytes | memoryview) -> None:
        """Its content is all parts, one after the other."""
        ...


@dataclass(frozen=True)
class Marks:
    """What the user has marked on the images.

    Attributes:
        regions: named parts of the image.
        cursor: the pixel under the crosshair.
        line: of the line profile.
    """

    regions: tuple[ImageRegion, ...] = ()
    cursor: Pixel | None = None
    line: LineEnds | None = None


@dataclass(frozen=True)
class Picture:
    """A picture of an image.

    Attributes:
        png: the file's content.
        caption: what it shows, and how.
    """

    png: bytes
    caption: str


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
        difference: [slow, fast] the difference map; None where there is none.
        difference_map: id and title of that map.
        traces: of A and B for some pixels.
        tolerances: by which they are judged, in place of the profiles' own.
        marks: what is marked on the images.
        region_metrics: name of a region -> its metrics.
        pictures: name -> picture; None: made here.
        engines: id -> what is known of the engine; tells which options are files.
        missing: what could not be had, and why.
    """

    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    metrics: Mapping[str, MetricResult]
    known: Mapping[str, MetricContribution]
    bounds: Mapping[str, Bounds | None]
    agrees: bool | None
    reasons: tuple[str, ...]
    difference: NDArray[np.generic] | None = None
    difference_map: tuple[str, str] = ("b_minus_a", "B − A")
    traces: tuple[tuple[PixelTrace, PixelTrace], ...] = field(default_factory=tuple)
    tolerances: Tolerances = UNCHANGED
    marks: Marks = Marks()
    region_metrics: Mapping[str, Mapping[str, MetricResult]] = field(default_factory=dict)
    pictures: Mapping[str, Picture] | None = None
    engines: Mapping[str, EngineContribution] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class OpenedBundle:
    """A bundle that was read.

    Attributes:
        source: the folder or zip file that the user named.
        folder: where its files lie.
        runs: A and B.
        images: of A and B; None where the image is missing or damaged.
        metrics, bounds: as they were recorded.
        titles: metric id -> what it is called.
        units: metric id -> "photons", or "" for a plain number.
        agrees: the verdict of then.
        changed: files that are not what their checksums say, are missing, or have none.
        environment: what it was made with.
        made: when, as ISO 8601; "" where it does not say.
        marks, region_metrics, difference_map, traces, tolerances: as in `Evidence`.
        problems: what is missing or damaged, in words.
    """

    source: Path
    folder: Path
    runs: tuple[Run, Run]
    images: tuple[DetectorImage | None, DetectorImage | None]
    metrics: Mapping[str, MetricResult]
    bounds: Mapping[str, Bounds | None]
    agrees: bool | None
    changed: tuple[str, ...]
    environment: Mapping[str, Any]
    made: str = ""
    marks: Marks = Marks()
    region_metrics: Mapping[str, Mapping[str, MetricResult]] = field(default_factory=dict)
    difference_map: str = ""
    traces: tuple[tuple[PixelTrace, PixelTrace], ...] = ()
    tolerances: Tolerances = UNCHANGED
    problems: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def image_name(side: str) -> str:
    """The image of a side in the bundle."""
    return f"images/{side}.npy"


def mask_name(side: str) -> str:
    """The mask of a side's image in the bundle; there is none where all pixels count."""
    return f"images/{side}_mask.npy"


def trace_name(side: str, pixel: Pixel) -> str:
    """A trace of a side in the bundle."""
    return f"traces/slow{pixel.slow}_fast{pixel.fast}_{side}.json"
