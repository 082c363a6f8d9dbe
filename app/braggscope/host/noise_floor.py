"""The noise floor of metrics: what they give for one engine against itself.

A difference between two engines means little below it. An engine is held against the same run made
again, and against the run with each other choice of threads and precision that it offers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from braggscope.api import (
    BraggscopeError,
    Cancelled,
    DetectorImage,
    EngineContribution,
    MetricResult,
    Run,
)
from braggscope.host.jobs import CancelToken, ProgressCallback

#: Options that must not change an image, but for rounding.
_OPTIONS: Final = ("threads", "precision")
#: A precision that is there to show what it costs is no noise.
_TO_SHOW_THE_COST: Final = "-naive"


@dataclass(frozen=True)
class Variant:
    """Another way to the same image.

    Attributes:
        title: what is different, such as "precision mixed".
    """

    title: str
    run: Run


@dataclass(frozen=True, eq=False)
class VariantFloor:
    """What metrics gave for a variant, or why there is no image of it."""

    title: str
    metrics: Mapping[str, MetricResult]
    problem: str = ""


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """The noise floor of an engine's run.

    Attributes:
        ideal: metrics of the image held against itself.
    """

    engine: str
    ideal: Mapping[str, MetricResult]
    variants: tuple[VariantFloor, ...]


@dataclass(frozen=True)
class Floor:
    """The noise floor of one metric.

    Attributes:
        deviation: farthest that the metric came from its value for equal images.
        lines: engine, variant and value of each that was measured.
    """

    deviation: float
    lines: tuple[str, ...]


class _Host(Protocol):
    """What is asked of the host."""

    def render(self, run: Run, *, use_cache: bool = True) -> Any: ...
    def analyse(self, a: DetectorImage, b: DetectorImage) -> Any: ...


def variants_of(run: Run, engine: EngineContribution) -> tuple[Variant, ...]:
    """The other ways that an engine offers."""
    variants = [Variant("run again", run)]
    chosen = dict(run.options)
    for option in engine.options:
        if option.name not in _OPTIONS:
            continue
        # Without a list of choices only one thread can be asked for.
        choices = option.choices or (("1",) if option.name == "threads" else ())
        now = chosen.get(option.name, option.choices[0] if option.choices else "")
        for choice in choices:
            if choice != now and not choice.endswith(_TO_SHOW_THE_COST):
                options = tuple(sorted({**chosen, option.name: choice}.items()))
                other = run.model_copy(update={"options": options})
                variants.append(Variant(f"{option.name} {choice}", other))
    return tuple(variants)


def measure_noise_floor(
    host: _Host,
    engine: EngineContribution,
    run: Run,
    image: DetectorImage,
    token: CancelToken,
    on_progress: ProgressCallback,
) -> NoiseFloor:
    """Make each variant's image and hold it against the run's; one that fails is named.

    Raises:
        Cancelled: the token was set.
        BraggscopeError: the image cannot be measured.
    """
    variants = variants_of(run, engine)
    ideal = _awaited(host.analyse(image, image), token).metrics
    found = []
    for number, variant in enumerate(variants):
        on_progress(number / len(variants), f"{engine.title}: {variant.title}")
        try:
            made = _awaited(host.render(variant.run, use_cache=variant.run != run), token)
            metrics = _awaited(host.analyse(image, made), token).metrics
        except Cancelled:
            raise
        except BraggscopeError as error:
            found.append(VariantFloor(variant.title, {}, str(error)))
        else:
            found.append(VariantFloor(variant.title, metrics))
    return NoiseFloor(engine.id, ideal, tuple(found))


def floor_of(floors: Iterable[NoiseFloor], metric: str, spec: str = ".6g") -> Floor | None:
    """The noise floor of a metric over all variants of all engines; None where none has a value.

    Args:
        spec: how to print the metric's values.
    """
    deviation, lines = -1.0, []
    for floor in floors:
        ideal = floor.ideal[metric].value if metric in floor.ideal else None
        for variant in floor.variants:
            where = f"{floor.engine}, {variant.title}"
            result = variant.metrics.get(metric)
            if result is None or result.value is None or ideal is None:
                why = variant.problem or (result.note if result is not None else "failed")
                lines.append(f"{where}: no value ({why})")
                continue
            lines.append(f"{where}: {format(result.value, spec)}")
            away = abs(result.value - ideal)
            deviation = max(deviation, away) if math.isfinite(away) else math.inf
    return None if deviation < 0 else Floor(deviation, tuple(lines))


def _awaited(job: Any, token: CancelToken) -> Any:
    with token.calling(job.cancel):
        return job.result()
