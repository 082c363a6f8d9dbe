"""Whether what a bundle says still holds: run again, compare again, trace again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Bounds,
    BraggscopeError,
    Cancelled,
    DetectorImage,
    ImageRegion,
    MetricResult,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
    compare_traces,
)
from braggscope.evidence.bundle import OpenedBundle, Tell

#: Metrics may move by as much where machines round differently.
_METRIC_TOLERANCE: Final = 1e-6
_ROUNDING: Final = 1e-9
#: Largest difference of an image to the recorded one, over its maximum, by what it is stored in.
_IMAGE_TOLERANCE: Final = {"float64": 1e-9, "float32": 1e-4}

Outcome = Literal["holds", "differs", "cannot be repeated"]


class HostLike(Protocol):
    """What is asked of the host; see `braggscope.host.host.Host`."""

    def render(self, run: Run, on_progress: Any = None, *, use_cache: bool = True) -> Any: ...
    def trace(self, run: Run, pixels: Any) -> Any: ...
    def analyse(
        self,
        a: DetectorImage,
        b: DetectorImage,
        metrics: Any = None,
        difference: Any = None,
        bounds: Mapping[str, Bounds | None] | None = None,
        *,
        regions: Sequence[ImageRegion] = (),
    ) -> Any: ...


@dataclass(frozen=True)
class Check:
    """One thing that was held against the bundle.

    Attributes:
        what: in words.
        outcome: whether it is as recorded, or why nobody knows.
        detail: then and now, or why it cannot be repeated.
    """

    what: str
    outcome: Outcome
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is as recorded."""
        return self.outcome == "holds"


def outcome_of(checks: tuple[Check, ...]) -> Outcome:
    """Of the bundle: a difference counts more than what could not be repeated."""
    found = {check.outcome for check in checks}
    return next((o for o in ("differs", "cannot be repeated") if o in found), "holds")


def verify(
    bundle: OpenedBundle, host: HostLike, tell: Tell = lambda fraction, what: None
) -> tuple[Check, ...]:
    """Run A and B again and hold images, metrics, verdict and traces against the recorded ones.

    Args:
        tell: told what is being done; perhaps in another thread, where it must not raise.

    Raises:
        Cancelled: a job of the host was.
    """
    changed = ", ".join(bundle.changed)
    checks = [_check("The bundle’s files are unchanged", not bundle.changed, changed)]
    checks += [Check("A part of the bundle", "differs", problem) for problem in bundle.problems]
    images: list[DetectorImage | None] = []
    for number, (letter, run) in enumerate(zip("AB", bundle.runs, strict=True)):
        check, image = _rendered(letter, run, bundle.images[number], host, _part(tell, number))
        checks.append(check)
        images.append(image)
    a, b = images
    tell(0.8, "comparing A and B")
    checks += _compared(bundle, a, b, host)
    tell(0.9, "tracing")
    checks += _traced(bundle, host)
    return tuple(checks)


def _part(tell: Tell, number: int) -> Tell:
    """Of the progress, what the run of that number takes."""

    def told(fraction: float, what: str = "") -> None:
        tell(0.4 * (number + fraction), f"running {'AB'[number]} again")

    return told


def _check(what: str, holds: bool, detail: str = "") -> Check:
    return Check(what, "holds" if holds else "differs", detail)


def _rendered(
    letter: str, run: Run, then: DetectorImage | None, host: HostLike, tell: Tell
) -> tuple[Check, DetectorImage | None]:
    what = f"The image of {letter} is the recorded one"
    tell(0.0, "")
    try:
        # From memory it would hold against itself.
        now: DetectorImage = host.render(run, tell, use_cache=False).result()
    except Cancelled:
        raise
    except BraggscopeError as error:
        return Check(what, "cannot be repeated", str(error)), None
    if then is None:
        why = "the bundle has none that could be read"
        return Check(what, "cannot be repeated", why), now
    return _image_check(what, then, now), now


def _image_check(what: str, then: DetectorImage, now: DetectorImage) -> Check:
    if then.shape != now.shape:
        return Check(what, "differs", f"then {_size(then)}, now {_size(now)}")
    if not np.array_equal(_masked(then), _masked(now)):
        return Check(what, "differs", "other pixels are masked")
    before, after = (np.asarray(image.data, dtype=np.float64) for image in (then, now))
    if np.array_equal(before, after, equal_nan=True):
        return Check(what, "holds", "to the last bit")
    finite = np.isfinite(before) & np.isfinite(after)
    if not np.array_equal(np.isfinite(before), np.isfinite(after)) or not finite.any():
        return Check(what, "differs", "other pixels are finite")
    size = float(np.abs(before[finite]).max()) or 1.0
    largest = float(np.abs(after[finite] - before[finite]).max()) / size
    allowed = max(_IMAGE_TOLERANCE.get(str(image.data.dtype), 1e-9) for image in (then, now))
    return _check(what, largest <= allowed, f"largest difference {largest:.1e} of the maximum")


def _masked(image: DetectorImage) -> NDArray[np.bool_]:
    return np.zeros(image.shape, bool) if image.mask is None else np.asarray(image.mask, bool)


def _size(image: DetectorImage) -> str:
    return f"{image.shape[0]} × {image.shape[1]} pixels"


def _compared(
    bundle: OpenedBundle, a: DetectorImage | None, b: DetectorImage | None, host: HostLike
) -> list[Check]:
    """Metrics and the verdict of the images as they are made now."""
    names = list(bundle.metrics)
    what = "The metrics and the verdict are the same"
    if not names:
        return []
    if a is None or b is None:
        which = " and ".join(letter for letter, image in (("A", a), ("B", b)) if image is None)
        return [Check(what, "cannot be repeated", f"there is no image of {which}")]
    regions = tuple(r for r in bundle.marks.regions if r.name in bundle.region_metrics)
    try:
        found = host.analyse(a, b, metrics=names, bounds=bundle.bounds, regions=regions).result()
    except Cancelled:
        raise
    except BraggscopeError as error:
        return [Check(what, "cannot be repeated", str(error))]
    checks = list(_metrics_checked(bundle, bundle.metrics, found.metrics, found.faults, a))
    for region, then in bundle.region_metrics.items():
        fault = found.region_faults.get(region, "there is no such region here")
        now = found.regions.get(region, {})
        faults = found.faults if region in found.regions else dict.fromkeys(then, fault)
        checks += _metrics_checked(bundle, then, now, faults, a, f" in {region}")
    detail = f"then {_said(bundle.agrees)}, now {_said(found.agrees)}"
    same = found.agrees == bundle.agrees
    return [*checks, _check("The verdict is the same", same, detail)]


def _metrics_checked(
    bundle: OpenedBundle,
    then: Mapping[str, MetricResult],
    now: Mapping[str, MetricResult],
    faults: Mapping[str, str],
    a: DetectorImage,
    where: str = "",
) -> Iterator[Check]:
    """Metrics of the image, or of a region."""
    # Differences of images that agree are rounding, which another machine does otherwise.
    photons = _ROUNDING * max(1.0, _largest(bundle.images[0] or a))
    for name, before in then.items():
        title = bundle.titles.get(name, name) + where
        after = now.get(name)
        if after is None:
            why = faults.get(name, "there is no such metric here").partition("\n")[0]
            yield Check(title, "cannot be repeated", why)
        else:
            rounding = photons if bundle.units.get(name) == "photons" else _ROUNDING
            yield _metric_check(title, before, after, rounding)


def _largest(image: DetectorImage) -> float:
    finite = np.abs(np.asarray(image.data, dtype=np.float64))
    return float(np.max(finite, initial=0.0, where=np.isfinite(finite)))


def _metric_check(name: str, then: MetricResult, now: MetricResult, rounding: float) -> Check:
    detail = f"then {_number(then.value)}, now {_number(now.value)}"
    if then.value is None or now.value is None:
        return _check(name, then.value is None and now.value is None, detail)
    if np.isnan(then.value) or np.isnan(now.value):
        return _check(name, bool(np.isnan(then.value) and np.isnan(now.value)), detail)
    close = bool(np.isclose(now.value, then.value, rtol=_METRIC_TOLERANCE, atol=rounding))
    return _check(name, close or then.value == now.value, detail)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.12g}"


def _said(agrees: bool | None) -> str:
    return "no verdict" if agrees is None else "agrees" if agrees else "does not agree"


def _traced(bundle: OpenedBundle, host: HostLike) -> list[Check]:
    """Where the recorded pixels begin to differ now."""
    if not bundle.traces:
        return []
    what = "The traces begin to differ where they did"
    pixels = [in_a.pixel for in_a, _ in bundle.traces]
    try:
        jobs = [host.trace(run, pixels) for run in bundle.runs]
        now: list[list[PixelTrace]] = [job.result() for job in jobs]
    except Cancelled:
        raise
    except BraggscopeError as error:
        return [Check(what, "cannot be repeated", str(error))]
    others = []
    for pixel, then, *again in zip(pixels, bundle.traces, *now, strict=True):
        before, after = (_first(pair, bundle.tolerances) for pair in (then, again))
        if before != after:
            others.append(f"{_place(pixel)}: then {before}, now {after}")
    many = f"{len(pixels)} pixel{'s' if len(pixels) > 1 else ''}"
    return [_check(what, not others, "; ".join(others) or many)]


def _first(pair: Any, tolerances: Tolerances) -> str:
    in_a, in_b = pair
    return compare_traces(in_a, in_b, tolerances=tolerances).first_divergence or "nowhere"


def _place(pixel: Pixel) -> str:
    return f"slow {pixel.slow}, fast {pixel.fast}"
