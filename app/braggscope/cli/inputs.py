"""What the commands share: experiments, runs and a host."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer
from pydantic import ValidationError

from braggscope.api import Bounds, ImageRegion, Run, Tolerances
from braggscope.api.overrides import override
from braggscope.api.semantics import Semantics, parse_semantics
from braggscope.api.tolerances import UNCHANGED
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import apply, read_file
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.reflections import chosen_column
from braggscope.experiment.toml import load_experiment_file
from braggscope.host.discovery import discovered, named_engine
from braggscope.host.head_start import taken
from braggscope.host.host import Host
from braggscope.host.resources import resource_path
from braggscope.host.settings import Settings, load_settings
from braggscope.trace_files.tolerances import doubts_of, read_tolerances


def read_experiment(path: Path | None, flags: str | None) -> Experiment:
    """The experiment alone; see `read_said`."""
    return read_said(path, flags)[0]


def read_said(path: Path | None, flags: str | None) -> tuple[Experiment, Semantics]:
    """What a file or a nanoBragg command line says; without either, the example.

    What can hardly be meant on the command line, seeds that were drawn, which column is read where
    none was named, and what a file of another program loses go to stderr.
    """
    experiment, semantics = _read_said(path, flags)
    factors = experiment.crystal.structure_factors
    if factors is not None and factors.column is None:
        column = chosen_column(factors)
        tell([f"column {column} of {factors.path.name} is read"] if column else [], [])
    return experiment, semantics


def _read_said(path: Path | None, flags: str | None) -> tuple[Experiment, Semantics]:
    if flags is not None and not flags.strip():
        raise InvalidInput(
            "--flags is empty", remedy="Give nanoBragg's flags, or leave --flags out"
        )
    if path is not None and flags:
        raise InvalidInput("give an experiment file or --flags, not both")
    if flags:
        return _read_flags(flags)
    if path is None:
        return load_experiment_file(resource_path("examples", "lysozyme.toml"))
    if path.suffix.lower() == ".toml":
        return load_experiment_file(path)
    imported = read_file(path)
    tell(imported.notes, imported.lost)
    return apply(None, imported), Semantics()


def _read_flags(flags: str) -> tuple[Experiment, Semantics]:
    command = parse_command_line(_words(flags))
    for warning in command.warnings:
        typer.echo(f"WARNING: {warning}", err=True)
    for note in command.notes:
        typer.echo(f"note: {note}", err=True)
    return command.experiment, command.semantics


def tell(notes: Iterable[str], lost: Iterable[str]) -> None:
    """Say on stderr what was understood of a file and what was not."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    for part in lost:
        typer.echo(f"not held: {part}", err=True)


def _words(flags: str) -> list[str]:
    try:
        return shlex.split(flags)
    except ValueError as error:
        raise InvalidInput(
            f"--flags cannot be read: {error}", remedy="Close the quote, or write \\' for itself"
        ) from error


_COUNTS: Final = "it has too few numbers, or too many"
_REGION_KINDS: Final = {
    "rect": "rectangle", "ellipse": "ellipse", "shell": "shell", "masked": "masked",
}  # fmt: skip
_REGION_FIELDS: Final = {
    "rect": ("slow", "fast", "height", "width"),
    "ellipse": ("slow", "fast", "half_height", "half_width"),
    "shell": ("d_min_A", "d_max_A"),
    "masked": (),
}


@dataclass(frozen=True)
class Side:
    """What was said for one run.

    Attributes:
        engine: `ENGINE[,option=value…]`; ENGINE is an id, or a TOML file that describes it.
        overrides: `path=value`, also `semantics.option=value`; they come after `semantics`.
        semantics: presets and `option=value`; a later one wins.
    """

    engine: str
    overrides: Sequence[str] = ()
    semantics: Sequence[str] = ()


def make_run(experiment: Experiment, side: Side, semantics: Semantics | None = None) -> Run:
    """The run of an experiment that was asked for; what was said starts from these semantics.

    Raises:
        InvalidInput: an option, an override or a semantic is wrong, or cannot be simulated.
    """
    engine, options = named_engine(side.engine)
    changed = override(experiment, side.overrides, parse_semantics(side.semantics, semantics))
    run = Run(
        experiment=experiment,
        engine=engine,
        overrides=tuple(changed.values.items()),
        semantics=changed.semantics,
        options=options,
    )
    _ = run.setup  # What cannot be simulated is refused here, before a process is started.
    return run


def parse_bounds(texts: Sequence[str]) -> dict[str, Bounds]:
    """Read `metric=lower:upper`, either end left out."""
    bounds = {}
    for text in texts:
        metric, equals, ends = text.partition("=")
        lower, colon, upper = ends.partition(":")
        try:
            bounds[metric] = Bounds(lower=_end(lower), upper=_end(upper))
        except ValueError:
            equals = ""
        if not equals or not colon:
            raise InvalidInput(
                f"{text!r} is not a bound", remedy="Write correlation=0.9999: or rmse=:0.1"
            )
        found = bounds[metric]
        if found.lower is not None and found.upper is not None and found.lower > found.upper:
            raise InvalidInput(
                f"no value keeps the bound {text!r}",
                why="its lower end is above its upper end",
                remedy=f"Write {metric}={upper}:{lower}",
            )
    return bounds


def parse_regions(texts: Sequence[str]) -> tuple[ImageRegion, ...]:
    """Read `NAME=rect:slow,fast,height,width`, `ellipse:…`, `shell:dmin,dmax` or `masked`.

    Raises:
        InvalidInput: says which one is wrong, and how to write it.
    """
    regions = tuple(_region(text) for text in texts)
    names = [region.name for region in regions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"two regions are called {twice!r}", remedy="Give each its own name")
    return regions


def parse_region(text: str) -> ImageRegion:
    """Read one region, whose name may be left out.

    Raises:
        InvalidInput: says what is wrong, and how to write it.
    """
    return _region(text if "=" in text else f"region={text}")


def _region(text: str) -> ImageRegion:
    name, _, said = text.partition("=")
    kind, _, numbers = said.partition(":")
    try:
        fields = _REGION_FIELDS[kind.strip()]
        values = [float(number) for number in numbers.split(",")] if numbers else []
        shape = dict(zip(fields, values, strict=True))
        return ImageRegion.model_validate(
            {"name": name.strip(), "shape": {"kind": _REGION_KINDS[kind.strip()], **shape}}
        )
    except (KeyError, ValueError) as error:
        raise InvalidInput(
            f"{text!r} is not a region",
            why=_what_is_wrong(error),
            remedy="Write NAME=rect:slow,fast,height,width, NAME=ellipse:slow,fast,half height,"
            "half width, NAME=shell:dmin,dmax (Å; dmax may be inf) or NAME=masked",
        ) from error


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors())
    return "" if isinstance(error, KeyError) else _COUNTS if "zip()" in str(error) else str(error)


def _end(text: str) -> float | None:
    """One end of a bound; None where it is open.

    Raises:
        ValueError: it is no finite number: infinity is said by leaving the end out.
    """
    if not text:
        return None
    number = float(text.removesuffix("%"))
    if not math.isfinite(number):
        raise ValueError(text)
    return number / 100 if text.endswith("%") else number


def tolerances_of(path: Path | None) -> Tolerances:
    """The tolerances of traces in a file; the profiles' own without one.

    Raises:
        InvalidInput: the file cannot be used.
    """
    if path is None:
        return UNCHANGED
    found = read_tolerances(path)
    tell((f"{path.name}: {doubt}" for doubt in doubts_of(found)), ())
    return found


@contextmanager
def open_host(settings: Settings | None = None) -> Iterator[Host]:
    """A host with the installed plugins; its workers end with the block.

    Args:
        settings: None: the user's.

    Raises:
        InvalidInput: the user's settings cannot be used.
    """
    if settings is None:
        settings, problem = load_settings()
        if problem is not None:
            raise problem
    host = Host(discovered(settings), settings, taken())
    try:
        yield host
    finally:
        host.close()
