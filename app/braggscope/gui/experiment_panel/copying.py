"""Copies the experiment as a nanoBragg command line, after writing the files that it needs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from braggscope.errors import BraggscopeError
from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel.command_line import (
    Missing,
    command_line_of,
    missing_files,
    unsaid_in_flags,
    write_files,
)
from braggscope.gui.experiment_panel.notice import Notice
from braggscope.gui.experiment_panel.wording import words_of
from braggscope.gui.tasks import TaskRunner
from braggscope.ui.saving import ask_where

_KEY = "copy"
#: What Missing names -> title of the question where to save it, kinds of files.
_FILES = {
    "hkl": ("Save structure factors for nanoBragg", "Structure factors (*.hkl)"),
    "matrix": ("Save the orientation matrix", "Matrices (*.mat)"),
    "sources": ("Save the sources", "Sources (*.txt)"),
    "mask": ("Save the mask for nanoBragg", "Masks (*.img)"),
}


class CommandLineCopier(QObject):
    """Puts command lines on the clipboard and says so in a notice."""

    def __init__(self, notice: Notice, tasks: TaskRunner, parent: QWidget) -> None:
        super().__init__(parent)
        self._notice = notice
        self._tasks = tasks
        self._window = parent
        self._semantics = Semantics()

    def copy(
        self, experiment: Experiment | None, problem: str, semantics: Semantics | None = None
    ) -> None:
        """Copy an experiment, or say why not and offer what would help.

        Args:
            experiment: what to say in flags; None while there is none.
            problem: why there is none.
            semantics: what its runs mean; what has no flag is said to be missing.
        """
        self._semantics = semantics or Semantics()
        if experiment is None:
            self._notice.warn(f"Nothing was copied. {problem or 'There is no experiment yet.'}")
            return
        missing = missing_files(experiment)
        if not missing:
            self._put(experiment, {})
            return
        self._notice.warn(
            _reason(experiment, missing),
            _offer(missing),
            lambda: self._save(experiment, missing),
        )

    def _save(self, experiment: Experiment, missing: Missing) -> None:
        names: dict[str, str] = {}
        for role in missing.roles():
            title, kinds = _FILES[role]
            path = ask_where(self._window.window(), title, _proposal(experiment, role), kinds)
            if path is None:
                return
            names[role] = str(path)
        self._notice.inform(
            f"Writing {', '.join(Path(n).name for n in names.values())} …", briefly=False
        )
        self._tasks.start(
            _KEY,
            lambda: write_files(experiment, **names),
            lambda files: self._put(experiment, files),
            lambda error: self._notice.warn(words_of(error)),
        )

    def _put(self, experiment: Experiment, files: dict[str, str]) -> None:
        try:
            text = command_line_of(experiment, self._semantics, **files)
        except BraggscopeError as error:
            self._notice.warn(f"Nothing was copied. {words_of(error)}")
            return
        QGuiApplication.clipboard().setText(text)
        unsaid = unsaid_in_flags(self._semantics)
        if unsaid:
            self._notice.warn(f"Copied, but not everything can be said in flags. {unsaid}")
        else:
            self._notice.inform("✓ Copied. Paste it into a terminal.")


def _offer(missing: Missing) -> str:
    return "Save as text, then copy…" if missing.roles() == ("hkl",) else "Save, then copy…"


def _proposal(experiment: Experiment, role: str) -> Path:
    """Where a file might be saved: beside the structure factors, or else the mask, or at home."""
    factors, mask = experiment.crystal.structure_factors, experiment.detector.mask
    beside = next((file.path for file in (factors, mask) if file is not None), None)
    folder = beside.parent if beside is not None else Path.home()
    if role == "hkl" and factors is not None:
        suffix = f"-{factors.column}" if factors.column else ""
        return folder / f"{factors.path.stem}{suffix}.hkl"
    if role == "mask" and mask is not None:
        return folder / f"{mask.path.stem}-size-only.img"
    return folder / {"matrix": "orientation.mat", "sources": "sources.txt"}[role]


def _reason(experiment: Experiment, missing: Missing) -> str:
    factors, mask = experiment.crystal.structure_factors, experiment.detector.mask
    reasons = []
    if missing.hkl and factors is not None:
        reasons.append(
            f"nanoBragg cannot read {factors.path.name}: it wants structure factors as text."
        )
    if missing.matrix:
        reasons.append("nanoBragg reads the orientation matrix from a file, and it has none.")
    if missing.sources:
        reasons.append("nanoBragg reads the sources from a file, and they have none.")
    if missing.mask and mask is not None:
        reasons.append(
            f"nanoBragg would take the geometry from the header of {mask.path.name}:"
            " it needs a copy whose header says the size alone."
        )
    return " ".join((*reasons, "Nothing was copied yet."))
