"""What the window shows of A and B, made into evidence in a thread. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from braggscope.api import (
    Bounds,
    BraggscopeError,
    Cancelled,
    DetectorImage,
    DifferenceMapContribution,
    EngineContribution,
    MetricContribution,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
)
from braggscope.evidence.bundle import Evidence, Marks, Tell
from braggscope.evidence.bundle import Picture as SavedPicture
from braggscope.explain.start import sample_pixels
from braggscope.gui.analysing import Findings
from braggscope.gui.images.pictures import Picture, TileId
from braggscope.gui.numbers import number
from braggscope.gui.session import SIDES, Session
from braggscope.io.pictures import png_of
from braggscope.io.rendering import render_rgb

_FILES: Final[Mapping[TileId, str]] = {"A": "a", "B": "b", "D": "difference"}
Traces = tuple[tuple[PixelTrace, PixelTrace], ...]


@dataclass(frozen=True, eq=False)
class Shown:
    """A and B as the window shows them now.

    Attributes:
        runs, images: of A and B; the runs that made the images.
        labels: what the window calls the runs.
        findings: of these images; None where there are none yet.
        known, engines: what is known of metrics and engines, by id.
        bounds: those that decide, by metric.
        difference_map: id and title.
        pixels: to be traced in any case: under the cursor, traced before, pinned.
        tolerances: of traces.
        pictures: tile -> picture.
    """

    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    labels: tuple[str, str]
    findings: Findings | None
    known: Mapping[str, MetricContribution]
    engines: Mapping[str, EngineContribution]
    bounds: Mapping[str, Bounds | None]
    difference_map: tuple[str, str]
    marks: Marks
    pixels: tuple[Pixel, ...]
    tolerances: Tolerances
    pictures: Mapping[TileId, Picture]

    @property
    def pending(self) -> tuple[str, ...]:
        """Metrics that are still to come."""
        return self.findings.pending if self.findings is not None else ()


def shown_of(
    session: Session,
    pictures: Mapping[TileId, Picture],
    maps: Mapping[str, DifferenceMapContribution],
) -> Shown:
    """What there is to export; it takes no time, arrays are shared.

    Raises:
        BraggscopeError: A or B has no image.
    """
    slots = [session.slot(side) for side in SIDES]
    made = [(slot.image_run, slot.image) for slot in slots]
    (run_a, a), (run_b, b) = made
    if run_a is None or run_b is None or a is None or b is None:
        missing = [side for side, (run, image) in zip(SIDES, made, strict=True) if image is None]
        raise BraggscopeError(
            f"there is no image of {' and '.join(missing)} to export evidence of",
            remedy="Press F5 to run A and B",
        )
    analyser, markings = session.analyser, session.markings
    findings = analyser.findings
    if findings is not None and findings.pair != (a, b):
        findings = None
    name = findings.difference_map if findings is not None else analyser.difference_map
    title = maps[name].title if name in maps else name
    wanted = [session.tracer.state.pixel, *(pin.pixel for pin in session.pins.state.pins)]
    pixels = [p for p in (session.cursor, *wanted) if p is not None and _in(p, a, b)]
    return Shown(
        (run_a, run_b),
        (a, b),
        (session.label(slots[0]), session.label(slots[1])),
        findings,
        analyser.metrics,
        session.engines,
        {n: analyser.bounds.get(n, metric.bounds) for n, metric in analyser.metrics.items()},
        (name, title),
        Marks(markings.regions, session.cursor, markings.line),
        tuple(dict.fromkeys(pixels)),
        session.tracer.tolerances,
        {tile: pictures[tile] for tile in _FILES if tile in pictures},
    )


def gathered(shown: Shown, host: Any, samples: int, tell: Tell) -> Evidence:
    """Trace pixels, draw pictures; no image is simulated again.

    Args:
        host: see `braggscope.gui.evidence.waiting.HostUntil`.
        samples: so many pixels are traced beside those that the window shows.
        tell: told the share that is done; what it raises ends the work.

    Raises:
        Cancelled: the work was.
    """
    findings = shown.findings
    tell(0.0, "tracing pixels")
    traces, missing = _traces(shown, host, samples)
    if shown.pending:
        missing += (f"metrics that were still being measured: {', '.join(shown.pending)}",)
    if findings is not None:
        missing += tuple(f"{n}: {why.partition(chr(10))[0]}" for n, why in findings.faults.items())
    pictures: dict[str, SavedPicture] = {}
    for done, (tile, picture) in enumerate(shown.pictures.items()):
        tell(0.4 + 0.2 * done, "drawing pictures")
        pictures[_FILES[tile]] = _drawn(tile, picture, shown)
    return Evidence(
        runs=shown.runs,
        images=shown.images,
        metrics=findings.metrics if findings is not None else {},
        known=shown.known,
        bounds=shown.bounds,
        agrees=findings.agrees if findings is not None else None,
        reasons=findings.reasons if findings is not None else (),
        difference=findings.difference if findings is not None else None,
        difference_map=shown.difference_map,
        traces=traces,
        tolerances=shown.tolerances,
        marks=shown.marks,
        region_metrics=findings.regions if findings is not None else {},
        pictures=pictures or None,
        engines=shown.engines,
        missing=missing,
    )


def _traces(shown: Shown, host: Any, samples: int) -> tuple[Traces, tuple[str, ...]]:
    """Of the pixels that the window shows and some that tell most; or why there are none."""
    pixels = list(shown.pixels)
    a, b = shown.images
    if samples and a.shape == b.shape:
        # At least four, or the corners would be left out.
        pixels += sample_pixels(a, b, max(4, samples))[:samples]
    pixels = list(dict.fromkeys(pixels))
    if not pixels:
        return (), ()
    try:
        jobs = [
            host.trace(run, pixels, image=image)
            for run, image in zip(shown.runs, shown.images, strict=True)
        ]
        in_a, in_b = (job.result() for job in jobs)
    except Cancelled:
        raise
    except BraggscopeError as error:
        return (), (f"traces: {error}",)
    return tuple(zip(in_a, in_b, strict=True)), ()


def _drawn(tile: TileId, picture: Picture, shown: Shown) -> SavedPicture:
    """As the window shows it, at the image's own resolution."""
    rgb = render_rgb(
        picture.pyramid.data,
        levels=picture.levels,
        scale=picture.scale,
        colormap=picture.colormap,
        mask=picture.pyramid.mask,
        inverted=picture.inverted,
        mark_clipped=picture.mark_clipped,
    )
    names = {"A": f"A: {shown.labels[0]}", "B": f"B: {shown.labels[1]}"}
    low, high = (number(level, 4) for level in picture.levels)
    name = names.get(tile, shown.difference_map[1])
    return SavedPicture(png_of(rgb), f"{name} ({picture.scale}, {low} to {high})")


def _in(pixel: Pixel, *images: DetectorImage) -> bool:
    return all(
        0 <= index < size
        for image in images
        for index, size in zip(pixel, image.shape, strict=True)
    )
