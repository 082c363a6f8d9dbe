"""Experiment files as the window opens and saves them. The one place that knows their functions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from braggscope.api import Semantics
from braggscope.experiment import Experiment
from braggscope.experiment.toml import load_experiment_file, save_experiment
from braggscope.openable import TOML


@dataclass(frozen=True)
class Opened:
    """What a file gave.

    Attributes:
        notes: what was understood and what was lost on the way in.
    """

    experiment: Experiment
    semantics: Semantics
    notes: tuple[str, ...] = ()


def open_file(path: Path) -> Opened:
    """Read a file in any understood format.

    Raises:
        InvalidInput: the file is missing, not understood, or holds a wrong value (which is named).
    """
    if path.suffix.lower() == TOML:
        return Opened(*load_experiment_file(path))
    # The other formats come with their libraries, which a start with TOML need not wait for.
    from braggscope.experiment.dialects import apply, read_file

    imported = read_file(path)
    lost = (f"lost: {part}" for part in imported.lost)
    return Opened(apply(None, imported), Semantics(), (*imported.notes, *lost))


def geometry_of(path: Path, base: Experiment | None) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment with beam, detector and rotation of an image's header, and what to know of it.

    Raises:
        InvalidInput: the header is not understood, or does not go with the experiment.
    """
    from braggscope.experiment.dialects import apply, read_file
    from braggscope.experiment.dialects.imported import merge

    imported = merge(base, read_file(path))
    lost = (f"not taken: {part}" for part in imported.lost if not part.endswith("pixels"))
    return apply(None, imported), (*imported.notes, *lost)


def save_file(experiment: Experiment, semantics: Semantics, path: Path) -> None:
    """Write an experiment and its semantics.

    Raises:
        InvalidInput: the file cannot be written.
    """
    save_experiment(experiment, path, semantics)
