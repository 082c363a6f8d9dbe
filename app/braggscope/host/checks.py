"""What is refused before any worker is bothered: unknown names, unsupported choices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    DetectorImage,
    EngineContribution,
    EngineFailed,
    InvalidInput,
    Pixel,
    Run,
    Semantics,
    ShapeMismatch,
)
from braggscope.host.protocol import Prepared
from braggscope.physics.setup import Setup


def find_engine(engines: Mapping[str, EngineContribution], engine_id: str) -> EngineContribution:
    """The engine of that id.

    Raises:
        InvalidInput: there is none.
    """
    if engine_id not in engines:
        raise InvalidInput(
            f"there is no engine {engine_id!r}",
            why=f"Known engines: {', '.join(engines) or 'none'}",
            remedy="Choose one of them, install the plugin that brings it, or name the file that"
            " describes it: --engine-file FILE.toml",
        )
    return engines[engine_id]


def check_run(run: Run, engine: EngineContribution) -> None:
    """Refuse what an engine cannot do.

    Raises:
        InvalidInput: names the option, its value, and what is supported.
    """
    defaults = Semantics()
    for name in Semantics.model_fields:
        value, default = getattr(run.semantics, name), getattr(defaults, name)
        supported = dict.fromkeys((default, *engine.semantics.get(name, ())))
        if value not in supported:
            raise InvalidInput(
                f"{engine.title} does not support semantics.{name} = {value}",
                where=engine.id,
                why=f"it supports {', '.join(supported)}",
                remedy="Choose a supported value, or another engine",
            )
    for name, value in run.options:
        _check_option(engine, name, value)
    for option in engine.options:
        if option.required and not run.option(option.name):
            raise InvalidInput(
                f"no {option.title.lower()} is chosen",
                where=engine.id,
                remedy=f"Choose one: {engine.id},{option.name}=…",
            )


def with_absolute_paths(run: Run, engine: EngineContribution) -> Run:
    """The run with its paths as they read from everywhere: a worker has a folder of its own."""
    paths = {option.name for option in engine.options if option.kind == "path"}
    options = tuple(
        (name, str(Path(value).expanduser().absolute()) if name in paths and value else value)
        for name, value in run.options
    )
    return run if options == run.options else run.model_copy(update={"options": options})


def _check_option(engine: EngineContribution, name: str, value: str) -> None:
    options = {option.name: option for option in engine.options}
    if name not in options:
        raise InvalidInput(
            f"{engine.title} has no option {name!r}",
            where=engine.id,
            why=f"its options are {', '.join(options)}" if options else "it has no options",
        )
    choices = options[name].choices
    if choices and value not in choices:
        raise InvalidInput(
            f"{value!r} is no choice for the option {name} of {engine.title}",
            where=engine.id,
            why=f"its choices are {', '.join(choices)}",
        )
    if options[name].kind == "number" and not _is_finite(value):
        raise InvalidInput(
            f"{value!r} is no number for the option {name} of {engine.title}",
            where=engine.id,
            remedy=f"Write a number such as {options[name].fallback or '1'}",
        )


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def check_pixels(pixels: Iterable[Pixel], setup: Setup) -> None:
    """Refuse pixels that the run does not make: off the detector, or outside its region.

    Raises:
        InvalidInput: names the first of them.
    """
    shape, roi = setup.detector.shape, setup.detector.roi
    for slow, fast in pixels:
        if not (0 <= slow < shape[0] and 0 <= fast < shape[1]):
            raise InvalidInput(
                f"pixel (slow {slow}, fast {fast}) is not on the detector",
                why=f"it has {shape[0]} × {shape[1]} pixels (slow × fast), counted from 0",
            )
        inside_slow = roi.slow_min <= slow <= roi.slow_max
        if not (inside_slow and roi.fast_min <= fast <= roi.fast_max):
            raise InvalidInput(
                f"pixel (slow {slow}, fast {fast}) is outside the region of the run",
                why="the region is empty"
                if roi.is_empty
                else f"the region is slow {roi.slow_min}–{roi.slow_max},"
                f" fast {roi.fast_min}–{roi.fast_max}",
                remedy="Choose a pixel inside, or make the region larger",
            )


def check_prepared(prepared: Prepared, setup: Setup, engine_id: str) -> np.dtype[np.generic]:
    """The type of the image that an engine announced.

    Raises:
        ShapeMismatch: it is an image of its own, of another shape than the detector.
        EngineFailed: no such image can belong to the run.
    """
    if prepared.own_shape and prepared.shape != setup.detector.shape:
        raise ShapeMismatch(engine_id, prepared.shape, setup.detector.shape)
    try:
        dtype = np.dtype(prepared.dtype)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "iuf" or prepared.shape != setup.detector.shape:
        raise EngineFailed(
            f"{engine_id} announced an image of {prepared.shape} {prepared.dtype}",
            where=engine_id,
            why=f"the detector has {setup.detector.shape} pixels, and pixels are real numbers",
            remedy="Please report it to the plugin's authors",
        )
    return dtype


def check_pair(a: DetectorImage, b: DetectorImage) -> None:
    """Refuse images that cannot be held against each other.

    Raises:
        InvalidInput: says why.
    """
    if a.shape != b.shape:
        raise InvalidInput(
            "images of unequal shape cannot be compared",
            why=f"A has {_shown(a.shape)} pixels, B has {_shown(b.shape)} (slow × fast)",
            remedy="Choose runs with the same detector; images are never resampled",
        )
    for name, image in (("A", a), ("B", b)):
        if image.data.ndim != 2 or image.data.dtype.kind not in "biufc":
            raise InvalidInput(f"{name} is no image: {image.data.ndim} axes of {image.data.dtype}")
        if image.mask is not None and image.mask.shape != image.shape:
            raise InvalidInput(
                f"the mask of {name} has {_shown(image.mask.shape)} pixels,"
                f" its image {_shown(image.shape)}"
            )


def chosen(known: Iterable[str], wanted: Sequence[str] | None, what: str) -> list[str]:
    """The wanted ids in the order of the known ones; None wants all.

    Raises:
        InvalidInput: one is not known.
    """
    names = list(known)
    if wanted is None:
        return names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise InvalidInput(
            f"there is no {what} {unknown[0]!r}", why=f"Known: {', '.join(names) or 'none'}"
        )
    return [name for name in names if name in wanted]


def united_mask(a: DetectorImage, b: DetectorImage) -> NDArray[np.bool_] | None:
    """True where a pixel does not count in either image; None when all count."""
    if a.mask is None or b.mask is None:
        return b.mask if a.mask is None else a.mask
    return a.mask | b.mask


def mask_outside_roi(setup: Setup) -> NDArray[np.bool_] | None:
    """True outside the region of interest; None when that is the whole detector."""
    roi, (slow, fast) = setup.detector.roi, setup.detector.shape
    if (roi.slow_min, roi.fast_min, roi.slow_max, roi.fast_max) == (0, 0, slow - 1, fast - 1):
        return None
    mask = np.ones((slow, fast), dtype=np.bool_)
    if not roi.is_empty:
        mask[roi.slow_min : roi.slow_max + 1, roi.fast_min : roi.fast_max + 1] = False
    return mask


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
