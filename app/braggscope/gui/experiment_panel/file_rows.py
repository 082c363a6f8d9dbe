"""The rows for files: structure factors, orientation matrix, sources, mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.model import SourceList
from braggscope.gui.experiment_panel.fields import FieldSpec
from braggscope.gui.experiment_panel.files import (
    FACTORS_FILTER,
    MASK_FILTER,
    MATRIX_FILTER,
    SOURCES_FILTER,
    FactorsFile,
    look_into,
    open_factors,
    open_mask,
    open_matrix,
    open_sources,
)
from braggscope.gui.experiment_panel.judging import Evaluation
from braggscope.gui.experiment_panel.model import FormState
from braggscope.gui.experiment_panel.rows import Row
from braggscope.gui.experiment_panel.widgets import ChoiceBox, ElidedLabel
from braggscope.gui.experiment_panel.wording import words_of
from braggscope.gui.tasks import TaskRunner

_EDITOR, _COLUMNS = 1, 4
_AUTOMATIC_COLUMN: Final = "Automatic"


class FileRow(Row):
    """A file that is read in a thread when it is chosen; until it is read, the old one stays."""

    file_filter = "All files (*)"
    absent = "none"

    @staticmethod
    def read(path: Path) -> Any:
        """Read a file; in a thread."""
        raise NotImplementedError

    def __init__(self, spec: FieldSpec, parent: QWidget, tasks: TaskRunner) -> None:
        super().__init__(spec, parent)
        self.tasks = tasks
        self.value: Any = None
        self.refusal = ""
        self.file_name = ElidedLabel(self.absent, self)
        self.choose_button = QPushButton("Choose…", self)
        self.choose_button.setAccessibleName(f"Choose a file: {spec.title}")
        self.choose_button.setToolTip(spec.tooltip)
        self.choose_button.clicked.connect(self._ask)
        self.label.setBuddy(self.choose_button)
        self.grid.addWidget(self.file_name, 0, _EDITOR, 1, 2)
        self.actions_row = QHBoxLayout()
        self.actions_row.setSpacing(6)
        self.actions_row.addStretch(1)
        self.actions_row.addWidget(self.choose_button)
        self.grid.addLayout(self.actions_row, 1, 0, 1, _COLUMNS)

    def focus_widget(self) -> QWidget:
        return self.choose_button

    def show_state(self, state: FormState) -> None:
        value = state.value(self.spec.path)
        if value == self.value:
            return
        self.tasks.cancel(self.spec.path)
        self.value, self.refusal = value, ""
        path = getattr(value, "path", None)
        self.file_name.setText(self.text_of(value) if value is not None else self.absent)
        self.file_name.setToolTip(str(path) if path else "")
        self.file_name.setAccessibleName(f"{self.spec.title}: {self.file_name.text()}")
        self.show_value()

    def text_of(self, value: Any) -> str:
        """What stands for a value."""
        return value.path.name if value.path is not None else "given"

    def show_value(self) -> None:
        """The value is another one."""

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        if self.refusal and not self.tasks.is_running(self.spec.path):
            self.say(self.refusal)

    def open(self, path: Path) -> None:
        """Read a file in a thread and take it."""
        self.say("", f"Reading {path.name} …")
        self.tasks.start(self.spec.path, lambda: self.read(path), self.take, self.refuse)

    def refuse(self, error: Exception) -> None:
        """The file could not be used; what was there before stays."""
        kept = f" {self.file_name.text()} stays." if self.value is not None else ""
        self.refusal = f"{words_of(error)}{kept}"
        self.say(self.refusal)

    def take(self, value: Any) -> None:
        """The file was read."""
        self.refusal = ""
        self.say("")
        self.chosen.emit(self.spec.path, value)

    @Slot()
    def _ask(self) -> None:
        path = getattr(self.value, "path", None)
        name, _ = QFileDialog.getOpenFileName(
            self.choose_button.window(),
            f"Choose: {self.spec.title}",
            str(path.parent) if path else "",
            self.file_filter,
        )
        if name:
            self.open(Path(name))


class MatrixRow(FileRow):
    """A MOSFLM matrix file."""

    file_filter = MATRIX_FILTER
    absent = "none: a* along x"
    read = staticmethod(open_matrix)

    def text_of(self, value: OrientationMatrix) -> str:
        """The file's name, if there is one."""
        return value.path.name if value.path is not None else "given by nine numbers"


class SourcesRow(FileRow):
    """A file of point sources."""

    file_filter = SOURCES_FILTER
    read = staticmethod(open_sources)

    def text_of(self, value: SourceList) -> str:
        """The file's name and how many sources it has."""
        count = len(value.rows)
        name = f"{value.path.name}, " if value.path is not None else ""
        return f"{name}{count} source{'s' if count > 1 else ''}"


class MaskRow(FileRow):
    """An SMV image as a mask."""

    file_filter = MASK_FILTER
    read = staticmethod(open_mask)


class FactorsRow(FileRow):
    """A file of structure factors; for MTZ also its column, and an offer of its cell.

    Signals:
        cell_wanted: the cell of the file shall become the crystal's.
    """

    cell_wanted = Signal(object)
    file_filter = FACTORS_FILTER
    absent = "none: default F"

    def __init__(self, spec: FieldSpec, parent: QWidget, tasks: TaskRunner) -> None:
        super().__init__(spec, parent, tasks)
        self.offer: FactorsFile | None = None
        self.column_label = QLabel("Column", self)
        self.column_box = ChoiceBox(
            "Amplitude column", "Column of the MTZ file with amplitudes.", self
        )
        self.column_label.setBuddy(self.column_box)
        self.column_box.activated.connect(self._choose_column)
        self.cell_button = QPushButton("Use its cell", self)
        self.cell_button.clicked.connect(self._want_cell)
        for widget in (self.column_label, self.column_box, self.cell_button):
            widget.hide()
        self.grid.addWidget(self.column_label, 2, 0)
        self.grid.addWidget(self.column_box, 2, _EDITOR, 1, 2)
        self.actions_row.insertWidget(1, self.cell_button)

    def open(self, path: Path, column: str | None = None) -> None:
        self.say("", f"Reading {path.name} …")
        self.tasks.start(
            self.spec.path, lambda: open_factors(path, column), self._read, self.refuse
        )

    def show_value(self) -> None:
        factors = self.value
        if self.offer is None or factors != self.offer.factors:
            self.offer = None
            if factors is not None and _may_be_mtz(factors):
                self.tasks.start(
                    self.spec.path, lambda: look_into(factors), self._show_offer, self.refuse
                )
        self._show_columns()

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        cell = self.offer.cell if self.offer is not None else None
        said = evaluation.draft.crystal.cell if evaluation.draft is not None else None
        self.cell_button.setVisible(cell is not None and cell != said)
        if cell is not None:
            numbers = "  ".join(f"{value:g}" for value in cell.model_dump().values())
            self.cell_button.setToolTip(f"Make the file's cell the crystal's: {numbers}")

    def _read(self, found: FactorsFile) -> None:
        self.offer = found
        if found.factors == self.value:
            self._show_columns()
        self.take(found.factors)

    def _show_offer(self, found: FactorsFile) -> None:
        self.offer = found
        self._show_columns()
        self.chosen.emit(self.spec.path, self.value)

    def _show_columns(self) -> None:
        value = self.value
        columns = list(self.offer.columns) if self.offer is not None else []
        current = value.column if value is not None else None
        if current is not None and current not in columns:
            columns.insert(0, current)
        self.column_box.clear()
        found = f" ({self.offer.automatic})" if self.offer and self.offer.automatic else ""
        self.column_box.addItems([f"{_AUTOMATIC_COLUMN}{found}", *columns])
        self.column_box.setCurrentIndex(columns.index(current) + 1 if current else 0)
        for widget in (self.column_label, self.column_box):
            widget.setVisible(bool(columns))

    @Slot(int)
    def _choose_column(self, index: int) -> None:
        column = self.column_box.itemText(index) if index > 0 else None
        if self.value is not None and column != self.value.column:
            self.open(self.value.path, column)

    @Slot()
    def _want_cell(self) -> None:
        if self.offer is not None and isinstance(self.offer.cell, UnitCell):
            self.choose_button.setFocus()
            self.cell_wanted.emit(self.offer.cell)


def _may_be_mtz(factors: StructureFactors) -> bool:
    return factors.path.suffix.lower() == ".mtz" or factors.column is not None
