"""What the commands share: experiments, runs and a host."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from braggscope.api import Bounds, Run
from braggscope.api.overrides import override
from braggscope.api.run import engine_and_options
from braggscope.api.semantics import Semantics, parse_semantics
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import apply, read_file
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.reflections import chosen_column
from braggscope.experiment.toml import load_experiment_file
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from braggscope.host.resources import resource_path
from braggscope.host.settings import Settings, load_settings


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


@dataclass(frozen=True)
class Side:
    """What was said for one run.

    Attributes:
        engine: `ENGINE[,option=value…]`.
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
    engine, options = engine_and_options(side.engine)
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


def _end(text: str) -> float | None:
    """One end of a bound; None where it is open.

    Raises:
        ValueError: it is no finite number: infinity is said by leaving the end out.
    """
    if not text:
        return None
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


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
    registry = PluginRegistry(disabled=settings.plugins.disabled)
    registry.discover()
    host = Host(registry, settings)
    try:
        yield host
    finally:
        host.close()
