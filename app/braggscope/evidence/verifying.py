"""Whether what a bundle says still holds: run again, compare again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from braggscope.api import Bounds, DetectorImage, MetricResult, Run
from braggscope.evidence.opening import OpenedBundle

#: Metrics may move by as much where machines round differently.
_METRIC_TOLERANCE: Final = 1e-6
_ROUNDING: Final = 1e-9
#: Largest difference of an image to the recorded one, over its maximum, by what it is stored in.
_IMAGE_TOLERANCE: Final = {"float64": 1e-9, "float32": 1e-4}


class HostLike(Protocol):
    """What is asked of the host; see `braggscope.host.host.Host`."""

    def render(self, run: Run) -> Any: ...
    def analyse(
        self,
        a: DetectorImage,
        b: DetectorImage,
        metrics: Any = None,
        difference: Any = None,
        bounds: Mapping[str, Bounds | None] | None = None,
    ) -> Any: ...


@dataclass(frozen=True)
class Check:
    """One thing that was held against the bundle.

    Attributes:
        what: in words.
        holds: whether it is as recorded.
        detail: then and now.
    """

    what: str
    holds: bool
    detail: str = ""


def verify(
    bundle: OpenedBundle,
    host: HostLike,
    tell: Callable[[float, str], None] = lambda fraction, what: None,
) -> tuple[Check, ...]:
    """Run A and B again and hold images, metrics and verdict against the recorded ones.

    Args:
        tell: told what is being done.

    Raises:
        BraggscopeError: an engine is not there, or fails.
    """
    changed = ", ".join(bundle.changed)
    checks = [Check("The bundle’s files are unchanged", not bundle.changed, changed)]
    images = []
    for number, (letter, run) in enumerate(zip("AB", bundle.runs, strict=True)):
        tell(number / 3, f"{letter}: {run.engine}")
        images.append(host.render(run).result())
        checks.append(_image_check(letter, bundle.images[number], images[-1]))
    tell(2 / 3, "comparing")
    names = list(bundle.metrics)
    found = host.analyse(images[0], images[1], metrics=names, bounds=bundle.bounds).result()
    # Differences of images that agree are rounding, which another machine does otherwise.
    rounding = _ROUNDING * max(1.0, _largest(bundle.images[0]))
    for name, then in bundle.metrics.items():
        now = found.metrics.get(name)
        if now is not None:
            checks.append(_metric_check(name, then, now, rounding))
    detail = f"then {_said(bundle.agrees)}, now {_said(found.agrees)}"
    checks.append(Check("The verdict is the same", found.agrees == bundle.agrees, detail))
    return tuple(checks)


def _image_check(letter: str, then: DetectorImage, now: DetectorImage) -> Check:
    what = f"The image of {letter} is the recorded one"
    if then.shape != now.shape:
        return Check(what, False, f"then {then.shape}, now {now.shape}")
    before, after = (np.asarray(image.data, dtype=np.float64) for image in (then, now))
    if np.array_equal(before, after, equal_nan=True):
        return Check(what, True, "to the last bit")
    finite = np.isfinite(before) & np.isfinite(after)
    if not np.array_equal(np.isfinite(before), np.isfinite(after)) or not finite.any():
        return Check(what, False, "other pixels are finite")
    size = float(np.abs(before[finite]).max()) or 1.0
    largest = float(np.abs(after[finite] - before[finite]).max()) / size
    allowed = max(_IMAGE_TOLERANCE.get(str(image.data.dtype), 1e-9) for image in (then, now))
    return Check(what, largest <= allowed, f"largest difference {largest:.1e} of the maximum")


def _largest(image: DetectorImage) -> float:
    finite = np.abs(np.asarray(image.data, dtype=np.float64))
    return float(np.max(finite, initial=0.0, where=np.isfinite(finite)))


def _metric_check(name: str, then: MetricResult, now: MetricResult, rounding: float) -> Check:
    detail = f"then {then.value}, now {now.value}"
    if then.value is None or now.value is None:
        return Check(name, then.value is None and now.value is None, detail)
    if np.isnan(then.value) or np.isnan(now.value):
        return Check(name, bool(np.isnan(then.value) and np.isnan(now.value)), detail)
    close = bool(np.isclose(now.value, then.value, rtol=_METRIC_TOLERANCE, atol=rounding))
    return Check(name, close or then.value == now.value, detail)


def _said(agrees: bool | None) -> str:
    return "no verdict" if agrees is None else "agrees" if agrees else "does not agree"
