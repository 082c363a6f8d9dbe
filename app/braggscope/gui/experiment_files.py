"""Experiment files as the window opens and saves them. The one place that knows their functions."""

from __future__ import annotations

from pathlib import Path

from braggscope.api import InvalidInput, Semantics
from braggscope.api.semantics import semantics_text
from braggscope.experiment import Experiment
from braggscope.experiment.toml import load_experiment, save_experiment


def open_file(path: Path) -> tuple[Experiment, Semantics]:
    """The experiment of a file, and the semantics of its runs.

    Raises:
        InvalidInput: the file is missing, not TOML, or holds a wrong value (which is named).
    """
    return load_experiment(path), Semantics()


def save_file(experiment: Experiment, semantics: Semantics, path: Path) -> None:
    """Write an experiment and its semantics.

    Raises:
        InvalidInput: the file cannot be written, or not all of it could be said.
    """
    save_experiment(experiment, path)
    left_out = semantics_text(semantics)
    if left_out:
        raise InvalidInput(
            f"{path.name} was saved without its semantics ({left_out})",
            why="experiment files cannot hold them yet",
            remedy="Choose them again after opening it, or give --semantics on the command line",
        )
