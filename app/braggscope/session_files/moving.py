"""Files that a session names, found again when they were moved together with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from braggscope.api import DetectorImage, Run
from braggscope.experiment import Experiment
from braggscope.experiment.toml_references import REFERENCES
from braggscope.session_files.model import SavedSession

Options = tuple[tuple[str, str], ...]


class Move:
    """From the folder that a session was saved in to the one that it was opened in.

    Only files that are not where they were are looked for, and taken only where they are found;
    what they hold is checked when they are read.
    """

    def __init__(self, old: Path, new: Path) -> None:
        self._old, self._new = old, new

    def path(self, path: Path) -> Path:
        """Where a file is now."""
        if self._old == self._new or path.exists():
            return path
        try:
            there = Path(os.path.normpath(self._new / os.path.relpath(path, self._old)))
            return there if there.exists() else path
        except (OSError, ValueError):
            return path

    def experiment(self, experiment: Experiment) -> Experiment:
        """The experiment with its files where they are now."""
        for group, name in REFERENCES:
            part = getattr(experiment, group)
            reference = getattr(part, name)
            if reference is None or reference.path is None:
                continue
            path = self.path(reference.path)
            if path != reference.path:
                moved = part.model_copy(update={name: reference.model_copy(update={"path": path})})
                experiment = experiment.model_copy(update={group: moved})
        return experiment

    def options(self, options: Options) -> Options:
        """Options of an engine; those that name files are absolute paths."""
        return tuple(
            (name, str(self.path(Path(value))) if os.path.isabs(value) else value)
            for name, value in options
        )

    def session(self, saved: SavedSession) -> SavedSession:
        """The session with the files of its experiment and rows."""
        if self._old == self._new:
            return saved
        rows = tuple(
            row.model_copy(update={"options": self.options(row.options)}) for row in saved.rows
        )
        changes: dict[str, object] = {"rows": rows}
        if saved.experiment is not None:
            changes["experiment"] = self.experiment(saved.experiment)
        path = saved.document.path
        if path is not None:
            changes["document"] = saved.document.model_copy(update={"path": self.path(path)})
        return saved.model_copy(update=changes)

    def images(self, images: Mapping[int, DetectorImage]) -> dict[int, DetectorImage]:
        """The images, whose runs name their files where they are now."""
        return {row: self._image(image) for row, image in images.items()}

    def _image(self, image: DetectorImage) -> DetectorImage:
        run = image.provenance.run
        if run is None or self._old == self._new:
            return image
        return replace(image, provenance=replace(image.provenance, run=self._run(run)))

    def _run(self, run: Run) -> Run:
        changes = {
            "experiment": self.experiment(run.experiment),
            "options": self.options(run.options),
        }
        return run.model_copy(update=changes)
