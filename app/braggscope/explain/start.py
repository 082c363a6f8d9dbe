"""Where divergence starts over a whole image: sampled pixels, traced on both sides."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final, Protocol

import numpy as np

from braggscope.api import (
    DetectorImage,
    InvalidInput,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
    compare_traces,
)
from braggscope.api.divergence import NOTHING_DIFFERS
from braggscope.api.tolerances import UNCHANGED
from braggscope.explain.judging import Judgement, judgement_of
from braggscope.explain.sampling import Plan, counted_pixels, middles_between, sample_pixels

#: Numbers and pixels of one request: few enough for progress and cancel, many enough to hide the
#: request itself.
_NUMBERS_AT_ONCE: Final = 200_000
_PIXELS_AT_ONCE: Final = 25
_NUMBERS_PER_STEP: Final = 30
#: Rounds in which pixels between disagreeing neighbours are traced.
_ROUNDS: Final = 5
#: What a sample may say instead of the name of a variable.
AGREEING: Final = "agrees"
NO_TRACE: Final = "no trace"
Tell = Callable[[float, str], None]


class HostLike(Protocol):
    """What is asked of the host; see `braggscope.host.host.Host`."""

    def trace(self, run: Run, pixels: Sequence[Pixel]) -> Any: ...


@dataclass(frozen=True)
class Sample:
    """What the traces of one pixel told.

    Attributes:
        first: the variable that differs first; None: none does.
        label, stage: of that variable.
        relative: by how much of its size it differs; NaN where that has no number.
        sentence: the comparison in words.
        problem: why there is no trace; "" if there is one.
        judgement: what is kept to judge it again; None where nothing is.
    """

    pixel: Pixel
    first: str | None = None
    label: str = ""
    stage: str = ""
    relative: float = math.nan
    sentence: str = ""
    problem: str = ""
    judgement: Judgement | None = field(default=None, repr=False, compare=False)

    def judged(self, tolerances: Tolerances) -> Sample:
        """The same traces by other tolerances."""
        if self.judgement is None:
            return self
        fact = self.judgement.first(tolerances)
        if (fact.about.name if fact else None) == self.first:
            return self
        if fact is None:
            return Sample(self.pixel, sentence=NOTHING_DIFFERS, judgement=self.judgement)
        about = fact.about
        name = about.name if about.label == about.name else f"{about.label} ({about.name})"
        by = "" if math.isnan(fact.relative) else f", by {fact.relative:.2g} of its size"
        said = f"{name} differs first{by}."
        return Sample(
            self.pixel, about.name, about.label, about.stage, fact.relative, said,
            judgement=self.judgement,
        )  # fmt: skip

    @property
    def outcome(self) -> str:
        """The variable that differs first, `AGREEING`, or `NO_TRACE`."""
        return NO_TRACE if self.problem else self.first or AGREEING


@dataclass(frozen=True)
class Cause:
    """One outcome of all samples.

    Attributes:
        outcome: see `Sample.outcome`.
        label, stage: of the variable; "" for the other two.
        count: samples with it.
        share: of the samples that have a trace; NaN for `NO_TRACE`.
        worst: the largest relative difference of the variable; NaN where there is none.
        example: a pixel where it is the largest.
        sentence: what was said there.
    """

    outcome: str
    label: str
    stage: str
    count: int
    share: float
    worst: float
    example: Pixel
    sentence: str


@dataclass(frozen=True)
class Beginnings:
    """First divergences of sampled pixels.

    Attributes:
        samples: in the order traced: the largest differences, the strongest, the grid, and then
            what lies between neighbours that disagree.
    """

    samples: tuple[Sample, ...] = ()

    def judged(self, tolerances: Tolerances) -> Beginnings:
        """The same traces by other tolerances."""
        return Beginnings(tuple(sample.judged(tolerances) for sample in self.samples))

    @property
    def pixels(self) -> tuple[Pixel, ...]:
        """Where samples are."""
        return tuple(sample.pixel for sample in self.samples)

    @property
    def shares(self) -> dict[str | None, float]:
        """Variable (None: nothing diverges) -> share of the traced pixels, the largest first."""
        firsts = [sample.first for sample in self.samples if not sample.problem]
        return {name: count / len(firsts) for name, count in Counter(firsts).most_common()}

    @property
    def sentences(self) -> dict[str, str]:
        """Variable -> what was said of it where it differs most."""
        return {c.outcome: c.sentence for c in self.causes if c.outcome not in (AGREEING, NO_TRACE)}

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """What was found: variables by their share, then what agrees, then what has no trace."""
        by_outcome: dict[str, list[Sample]] = {}
        for sample in self.samples:
            by_outcome.setdefault(sample.outcome, []).append(sample)
        traced = len(self.samples) - len(by_outcome.get(NO_TRACE, ()))
        causes = [_cause(name, samples, traced) for name, samples in by_outcome.items()]
        order = {AGREEING: 1, NO_TRACE: 2}
        return tuple(sorted(causes, key=lambda c: (order.get(c.outcome, 0), -c.count)))


def _cause(outcome: str, samples: list[Sample], traced: int) -> Cause:
    example = max(samples, key=lambda s: -math.inf if math.isnan(s.relative) else s.relative)
    share = math.nan if outcome == NO_TRACE else len(samples) / traced
    return Cause(
        outcome,
        example.label,
        example.stage,
        len(samples),
        share,
        example.relative,
        example.pixel,
        example.problem or example.sentence,
    )


def beginnings(
    host: HostLike,
    a: Run,
    b: Run,
    pixels: Sequence[Pixel],
    tell: Tell = lambda fraction, what: None,
) -> Beginnings:
    """Trace pixels on A and B and note where each begins to differ.

    Args:
        tell: told the share that is done; what it raises ends the work.

    Raises:
        BraggscopeError: no pixel can be traced on one of the two.
    """
    samples: list[Sample] = []
    for some in _sampled(host, a, b, pixels, UNCHANGED):
        samples += some
        tell(len(samples) / len(pixels), f"pixel {len(samples)} of {len(pixels)}")
    return Beginnings(tuple(samples))


def survey(
    host: HostLike,
    runs: tuple[Run, Run],
    images: tuple[DetectorImage, DetectorImage],
    plan: Plan,
    tell: Tell = lambda fraction, what: None,
    found: Callable[[Beginnings], None] = lambda so_far: None,
    tolerances: Tolerances = UNCHANGED,
) -> Beginnings:
    """Choose pixels of two images, trace them on A and B, and look closer where it changes.

    Args:
        runs, images: of A and B; the images have one shape.
        tell: told the share that is done; what it raises ends the work.
        found: told what is known so far, again and again.
        tolerances: those that a user changed.

    Raises:
        InvalidInput: the images have different shapes, or no pixel counts.
        BraggscopeError: no pixel can be traced on one of the two.
    """
    if images[0].shape != images[1].shape:
        raise InvalidInput(
            "A and B have different shapes, so their pixels are not the same ones",
            remedy="Give both runs the same detector",
        )
    tell(0.0, "choosing pixels")
    counts = counted_pixels(*images, plan.inside)
    pixels = sample_pixels(*images, plan.many, plan.where, plan.inside)
    if not pixels:
        raise InvalidInput(
            "there is no pixel to trace",
            why="the mask and the region leave none",
            remedy="Choose another region, or other pixels",
        )
    samples: list[Sample] = []
    most = len(pixels) + (plan.many if plan.refines else 0)
    limit = f"{'at most ' if plan.refines else ''}{most}"
    while pixels:
        for some in _sampled(host, *runs, pixels, tolerances):
            samples += some
            found(Beginnings(tuple(samples)))
            tell(len(samples) / most, f"pixel {len(samples)} of {limit}")
        room = min(most - len(samples), -(-plan.many // _ROUNDS))
        pixels = _between(samples, counts, room)
    return Beginnings(tuple(samples))


def _between(samples: Sequence[Sample], counts: Any, room: int) -> tuple[Pixel, ...]:
    """Pixels that count and have no sample yet, between neighbours that disagree."""
    if room < 1:
        return ()
    places = np.array([sample.pixel for sample in samples])
    known = {tuple(sample.pixel) for sample in samples}
    middles = middles_between(places, [sample.outcome for sample in samples])
    new = [place for place in middles if place not in known and counts[place]]
    return tuple(Pixel(*place) for place in new[:room])


def _sampled(
    host: HostLike, a: Run, b: Run, pixels: Sequence[Pixel], tolerances: Tolerances
) -> Iterator[list[Sample]]:
    """Samples, some at a time; the next request is under way while these are compared."""
    step = _pixels_at_once(a, b)
    parts = [list(pixels[start : start + step]) for start in range(0, len(pixels), step)]
    under_way: tuple[list[Pixel], list[Any]] | None = None
    refusals: list[InvalidInput] = []
    traced = False
    for part in chain(parts, [None]):
        asked = None if part is None else (part, [host.trace(run, part) for run in (a, b)])
        if under_way is not None:
            pairs = _traced(host, (a, b), *under_way, refusals)
            samples = [p if isinstance(p, Sample) else _sample(*p, tolerances) for p in pairs]
            traced |= not all(sample.problem for sample in samples)
            if not traced and (asked is None or len(refusals) >= _PIXELS_AT_ONCE):
                raise refusals[0]
            yield samples
        under_way = asked


def _pixels_at_once(a: Run, b: Run) -> int:
    steps = max(run.setup.steps for run in (a, b))
    return min(max(_NUMBERS_AT_ONCE // (_NUMBERS_PER_STEP * max(steps, 1)), 1), _PIXELS_AT_ONCE)


def _traced(
    host: HostLike,
    runs: tuple[Run, Run],
    pixels: list[Pixel],
    jobs: list[Any],
    refusals: list[InvalidInput],
) -> Iterator[tuple[PixelTrace, PixelTrace] | Sample]:
    """Both traces of each pixel of one request; where it is refused, of each pixel by itself, or a
    sample that says why there are none.
    """
    try:
        traces = [job.result() for job in jobs]
    except InvalidInput as error:
        if len(pixels) > 1:
            # One pixel that is not simulated leaves its companions without a trace.
            for pixel in pixels:
                alone = [host.trace(run, [pixel]) for run in runs]
                yield from _traced(host, runs, [pixel], alone, refusals)
            return
        refusals.append(error)
        yield Sample(pixels[0], problem=str(error).splitlines()[0])
        return
    yield from zip(*traces, strict=True)


def _sample(a: PixelTrace, b: PixelTrace, tolerances: Tolerances) -> Sample:
    comparison = compare_traces(a, b, tolerances=tolerances)
    name = comparison.first_divergence
    judgement = judgement_of(comparison)
    if name is None:
        return Sample(a.pixel, sentence=comparison.explanation, judgement=judgement)
    row = next(row for row in comparison.rows if row.name == name)
    label, stage = row.either.label or name, row.either.stage
    said = comparison.explanation
    return Sample(a.pixel, name, label, stage, row.relative, said, judgement=judgement)
