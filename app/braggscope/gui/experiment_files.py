"""Experiment files as the window opens and saves them. The one place that knows their functions."""

from __future__ import annotations

from pathlib import Path

from braggscope.api import Semantics
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import import_file
from braggscope.experiment.toml import load_experiment_file, save_experiment


def open_file(path: Path) -> tuple[Experiment, Semantics]:
    """The experiment of a file in any understood format, and the semantics of its runs.

    Raises:
        InvalidInput: the file is missing, not understood, or holds a wrong value (which is named).
    """
    if path.suffix.lower() == ".toml":
        return load_experiment_file(path)
    return import_file(path), Semantics()


def save_file(experiment: Experiment, semantics: Semantics, path: Path) -> None:
    """Write an experiment and its semantics.

    Raises:
        InvalidInput: the file cannot be written.
    """
    save_experiment(experiment, path, semantics)
