"""Trying hypotheses: which change of one run gives the image of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    BraggscopeError,
    Cancelled,
    DetectorImage,
    EngineContribution,
    InvalidInput,
    Run,
)
from braggscope.experiment import RegionOfInterest
from braggscope.explain.hypotheses import Hypothesis, hypotheses_for, known_differences
from braggscope.explain.residual import TRANSFORMATIONS, Residual, residual_of
from braggscope.explain.sampling import Flags

#: Pixels times steps of one trial: about a second on two processors.
USUAL_WORK: Final = 300_000_000
_FEWEST_ROWS: Final = 16


class HostLike(Protocol):
    """What is asked of the host; see `braggscope.host.host.Host`."""

    def render(self, run: Run) -> Any: ...


@dataclass(frozen=True)
class Trial:
    """What became of one hypothesis.

    Attributes:
        hypothesis: what was tried; of changes of the image it holds no change of a run.
        removed: share of the squared difference that is gone: 1 is all; it may be negative.
        explains: whether nothing but rounding is left.
        problem: why it could not be tried; "" if it was.
    """

    hypothesis: Hypothesis
    removed: float = 0.0
    explains: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Explanation:
    """Ranked hypotheses.

    Attributes:
        trials: those that were tried, best first; then those that could not be.
        before: the residual of A and B themselves.
        region: where they were tried.
    """

    trials: tuple[Trial, ...]
    before: Residual
    region: RegionOfInterest

    @property
    def best(self) -> Trial | None:
        """The first one, if it removes more than half."""
        first = next(iter(self.trials), None)
        return first if first is not None and not first.problem and first.removed > 0.5 else None


def explain(
    host: HostLike,
    a: Run,
    b: Run,
    engine: EngineContribution,
    *,
    inside: Flags | None = None,
    tell: Callable[[float, str], None] = lambda fraction, what: None,
) -> Explanation:
    """Change A in every way that is known and hold the image against B's.

    Args:
        a: the run to change; its engine must be able to do what is tried.
        b: the run to be explained; it may be an image from a file.
        engine: that of A.
        inside: [slow, fast] True where the images are held against each other; None: anywhere.
            It is done in a strip of rows about the largest difference there, of a size that takes
            about a second per trial.
        tell: told the share that is done and what is tried; what it raises ends the work.

    Raises:
        InvalidInput: no pixel is inside.
        BraggscopeError: A or B could not be made.
    """
    tell(0.0, "A and B")
    region = region_of_interest(host, a, b, inside)
    a, b = (run.model_copy(update={"region": region}) for run in (a, b))
    image_a, image_b = host.render(a).result(), host.render(b).result()
    counts = _counted(image_a, image_b, region, inside)
    before = residual_of(image_a.data, image_b.data, counts)
    trials = list(_image_trials(image_a.data, image_b.data, counts))
    known = {a.setup.digest()}
    candidates = [*hypotheses_for(a, engine), *known_differences(a, b)]
    for number, hypothesis in enumerate(candidates):
        tell(number / len(candidates), f"as if {hypothesis.title}")
        trial = _tried(host, a, hypothesis, image_b, counts, before, known)
        if trial is not None:
            trials.append(trial)
    return Explanation(_ranked(trials), before, region)


def region_of_interest(
    host: HostLike, a: Run, b: Run, inside: Flags | None = None
) -> RegionOfInterest:
    """Rows about the largest difference, over the whole width: centre and edges tell most."""
    roi = _around(a, inside)
    height = roi.slow_max - roi.slow_min + 1
    width = roi.fast_max - roi.fast_min + 1
    rows = int(USUAL_WORK / max(1, width * a.setup.steps))
    if rows >= height:
        return roi
    rows = max(rows, _FEWEST_ROWS)
    images = [host.render(run).result().data for run in (a, b)]
    # What is no number in both images is no place to begin.
    difference = np.nan_to_num(np.abs(np.subtract(*images, dtype=np.float64)))
    if inside is not None:
        difference[~inside] = 0.0
    middle = roi.slow_min + height // 2
    slow = int(np.argmax(difference)) // difference.shape[1] if difference.any() else middle
    first = min(max(slow - rows // 2, roi.slow_min), max(roi.slow_max - rows + 1, roi.slow_min))
    last = min(first + rows - 1, roi.slow_max)
    return roi.model_copy(update={"slow_min": first, "slow_max": last})


def _around(run: Run, inside: Flags | None) -> RegionOfInterest:
    """The smallest rectangle about what is simulated, and inside."""
    roi = run.setup.detector.roi
    edges = [roi.slow_min, roi.slow_max, roi.fast_min, roi.fast_max]
    if inside is not None:
        part = inside[roi.slow_min : roi.slow_max + 1, roi.fast_min : roi.fast_max + 1]
        if not part.any():
            raise InvalidInput(
                "no pixel of the region is simulated",
                why="it lies beside the image, or beside the region of interest",
                remedy="Choose another region",
            )
        rows, columns = (np.flatnonzero(part.any(axis)) for axis in (1, 0))
        edges = [
            roi.slow_min + int(rows[0]),
            roi.slow_min + int(rows[-1]),
            roi.fast_min + int(columns[0]),
            roi.fast_min + int(columns[-1]),
        ]
    names = ("slow_min", "slow_max", "fast_min", "fast_max")
    return RegionOfInterest(**dict(zip(names, edges, strict=True)))


def _counted(
    a: DetectorImage, b: DetectorImage, region: RegionOfInterest, inside: Flags | None
) -> Flags:
    counts = np.zeros(a.shape, dtype=np.bool_)
    counts[region.slow_min : region.slow_max + 1, region.fast_min : region.fast_max + 1] = True
    if inside is not None:
        counts &= inside
    for image in (a, b):
        if image.mask is not None:
            counts &= ~image.mask
    return counts


def _image_trials(a: NDArray[Any], b: NDArray[Any], counts: Flags) -> Iterator[Trial]:
    """Changes of the image itself, each judged where the changed image has pixels that count."""
    known = np.where(counts, a, np.nan)
    for name, (title, change) in TRANSFORMATIONS.items():
        changed = change(known, b, counts)
        if changed.shape == b.shape:
            both = counts & np.isfinite(changed)
            hypothesis = Hypothesis(name, title)
            if 2 * both.sum() < counts.sum():
                yield Trial(hypothesis, problem="too little of the image is left to compare")
                continue
            before, after = residual_of(a, b, both), residual_of(changed, b, both)
            yield _judged(hypothesis, before, after)


def _tried(
    host: HostLike,
    a: Run,
    hypothesis: Hypothesis,
    b: DetectorImage,
    counts: Flags,
    before: Residual,
    known: set[str],
) -> Trial | None:
    """The trial; None where the change has no effect on what is simulated."""
    try:
        run = hypothesis.applied(a)
        if not hypothesis.semantics:
            digest = run.setup.digest()
            if digest in known:
                return None
            known.add(digest)
        image = host.render(run).result()
    except Cancelled:
        raise
    except BraggscopeError as error:
        return Trial(hypothesis, problem=str(error).splitlines()[0])
    if image.shape != b.shape:
        return Trial(hypothesis, problem="the image has another size")
    return _judged(hypothesis, before, residual_of(image.data, b.data, counts))


def _judged(hypothesis: Hypothesis, before: Residual, after: Residual) -> Trial:
    explains = after.is_rounding and not before.is_rounding
    return Trial(hypothesis, after.removed_from(before), explains)


def _ranked(trials: list[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda trial: (bool(trial.problem), -trial.removed)))
