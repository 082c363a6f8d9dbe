"""What the commands share: experiments, runs and a host."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from braggscope.api import Bounds, Run
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import apply, read_file
from braggscope.experiment.overrides import parse_override
from braggscope.experiment.toml import load_experiment
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from braggscope.host.resources import resource_path
from braggscope.host.settings import load_settings


def read_experiment(path: Path | None, flags: str) -> Experiment:
    """The experiment of a file or a nanoBragg command line; without either, the example.

    What a file of another program loses, and what the user should know of it, goes to stderr.
    """
    if path is not None and flags:
        raise InvalidInput("give an experiment file or --flags, not both")
    if flags:
        return Experiment.from_nanobragg(shlex.split(flags))
    if path is None:
        return load_experiment(resource_path("examples", "lysozyme.toml"))
    imported = read_file(path)
    tell(imported.notes, imported.lost)
    return apply(None, imported)


def tell(notes: Iterable[str], lost: Iterable[str]) -> None:
    """Say on stderr what was understood of a file and what was not."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    for part in lost:
        typer.echo(f"not held: {part}", err=True)


def make_run(experiment: Experiment, engine: str, overrides: Sequence[str]) -> Run:
    """A run on `ENGINE[,option=value…]` with overrides `path=value`."""
    name, *options = engine.split(",")
    pairs = []
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise InvalidInput(
                f"{option!r} is not an engine option", remedy="Write torch-cpu,precision=mixed"
            )
        pairs.append((key.strip(), value.strip()))
    parsed: dict[str, object] = {}
    for text in overrides:
        path, value = parse_override(experiment.with_overrides(parsed), text)
        parsed[path] = value
    run = Run(
        experiment=experiment,
        engine=name.strip(),
        overrides=tuple(parsed.items()),
        options=tuple(sorted(pairs)),
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
            bounds[metric] = Bounds(
                lower=float(lower) if lower else None, upper=float(upper) if upper else None
            )
        except ValueError:
            equals = ""
        if not equals or not colon:
            raise InvalidInput(
                f"{text!r} is not a bound", remedy="Write correlation=0.9999: or rmse=:0.1"
            )
    return bounds


@contextmanager
def open_host() -> Iterator[Host]:
    """A host with the installed plugins; its workers end with the block."""
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
