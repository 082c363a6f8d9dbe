"""The panel itself: two buttons, the groups of fields, and the wiring between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from braggscope.experiment import Experiment
from braggscope.gui.experiment_panel.command_line import looks_like_command_line
from braggscope.gui.experiment_panel.copying import CommandLineCopier
from braggscope.gui.experiment_panel.fields import FieldSpec, GroupSpec, form_groups
from braggscope.gui.experiment_panel.file_rows import FactorsRow, FileRow, MatrixRow
from braggscope.gui.experiment_panel.notice import Notice
from braggscope.gui.experiment_panel.paste_dialog import PasteDialog
from braggscope.gui.experiment_panel.presenter import Evaluation, FormPresenter
from braggscope.gui.experiment_panel.rows import (
    ChoiceRow,
    MembersRow,
    NumberRow,
    RegionRow,
    Row,
    SwitchRow,
)
from braggscope.gui.experiment_panel.tasks import TaskRunner
from braggscope.gui.experiment_panel.widgets import Section
from braggscope.gui.widgets import ColumnArea

#: Long enough that a number being typed is not judged letter by letter.
DEBOUNCE_MS = 200


class ExperimentPanel(QWidget):
    """The experiment as a form.

    Signals:
        experiment_changed: an edit made another valid Experiment.
        problem_changed: what is wrong, in one line; "" when the form is valid.
    """

    experiment_changed = Signal(object)
    problem_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Experiment")
        self._presenter = FormPresenter()
        self._tasks = TaskRunner(self)
        self._known: Experiment | None = None
        self._problem = ""
        self._folder = Path.cwd()
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(self._judge)
        self.rows: dict[str, Row] = {}
        self.sections: dict[str, Section] = {}
        self.notice = Notice()
        self._copier = CommandLineCopier(self.notice, self._tasks, self)
        self._lay_out()
        self._show_state()
        self._show_evaluation(Evaluation())

    def set_experiment(self, experiment: Experiment) -> None:
        """Show an experiment; `experiment_changed` is not emitted for it."""
        self._presenter.load(experiment)
        self._known = experiment
        self._pause.stop()
        self._show_state()
        self._judge()

    def experiment(self) -> Experiment | None:
        """The experiment in the form; None while something is invalid."""
        if self._presenter.state.base is None and not self._presenter.state.values:
            return None
        return self._presenter.evaluate().experiment

    @property
    def problem(self) -> str:
        """What is wrong, in one line; "" when the form is valid."""
        return self._problem

    @Slot()
    def paste_command_line(self) -> None:
        """Ask for a nanoBragg command line and take it over."""
        clipboard = QGuiApplication.clipboard().text()
        text = clipboard if looks_like_command_line(clipboard) else ""
        dialog = PasteDialog(self, text.strip(), self._folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._take_over(dialog))
        dialog.open()

    @Slot()
    def copy_command_line(self) -> None:
        """Put the experiment on the clipboard as a nanoBragg command line."""
        evaluation = self._presenter.evaluate()
        self._copier.copy(evaluation.draft, evaluation.summary)

    def _lay_out(self) -> None:
        self.paste_button = QPushButton("Paste nanoBragg command line…")
        self.paste_button.setToolTip("Read the experiment from nanoBragg flags.")
        self.paste_button.clicked.connect(self.paste_command_line)
        self.copy_button = QPushButton("Copy as nanoBragg command line")
        self.copy_button.setToolTip("Put the experiment on the clipboard as nanoBragg flags.")
        self.copy_button.clicked.connect(self.copy_command_line)
        scroll = ColumnArea(self._form())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(6, 6, 6, 4)
        top.setSpacing(4)
        for widget in (self.paste_button, self.copy_button, self.notice):
            top.addWidget(widget)
        layout.addLayout(top)
        layout.addWidget(scroll, 1)

    def _form(self) -> QWidget:
        form = QWidget()
        layout = QVBoxLayout(form)
        layout.setContentsMargins(6, 0, 4, 6)
        layout.setSpacing(2)
        for group in form_groups():
            layout.addWidget(self._section(group))
        layout.addStretch(1)
        font = self.font()
        font.setBold(True)
        metrics = QFontMetrics(font)
        titles = (row.spec.title for row in self.rows.values())
        units = (row.spec.unit for row in self.rows.values())
        for column, texts in ((0, titles), (2, units)):
            width = max(metrics.horizontalAdvance(text) for text in texts) + 2
            for section in self.sections.values():
                section.grid.setColumnMinimumWidth(column, width)
        return form

    def _section(self, group: GroupSpec) -> Section:
        section = Section(group.title, group.description)
        line = 0
        for spec in group.fields:
            row = self._row(spec)
            self.rows[spec.path] = row
            line = row.add_to(section.grid, line)
        self.sections[group.path] = section
        return section

    def _row(self, spec: FieldSpec) -> Row:
        if spec.kind in ("factors", "matrix"):
            row: Row = self._file_row(spec)
        elif spec.kind == "region":
            row = RegionRow(spec, self)
            row.region_wanted.connect(self._spell_out_region)
        else:
            kinds = {
                "switch": SwitchRow,
                "choice": ChoiceRow,
                "vector": MembersRow,
                "cell": MembersRow,
            }
            row = kinds.get(spec.kind, NumberRow)(spec, self)
        row.edited.connect(self._edited)
        row.chosen.connect(self._chosen)
        row.reset_wanted.connect(self._reset)
        return row

    def _file_row(self, spec: FieldSpec) -> FileRow:
        if spec.kind == "matrix":
            return MatrixRow(spec, self, self._tasks)
        row = FactorsRow(spec, self, self._tasks)
        row.cell_wanted.connect(self._take_cell)
        return row

    @Slot(str, str)
    def _edited(self, leaf: str, text: str) -> None:
        self._presenter.edit(leaf, text)
        self._pause.start()

    @Slot(str, object)
    def _chosen(self, path: str, value: object) -> None:
        self._presenter.choose(path, value)
        self._refresh()

    @Slot(str)
    def _reset(self, path: str) -> None:
        self._presenter.reset(path)
        self._refresh()

    @Slot()
    def _spell_out_region(self) -> None:
        self._presenter.spell_out_region()
        self._refresh()
        self.rows["detector.roi"].focus_widget().setFocus()

    @Slot(object)
    def _take_cell(self, cell: object) -> None:
        self._presenter.choose_cell(cell)  # type: ignore[arg-type]
        self._refresh()

    def _take_over(self, dialog: PasteDialog) -> None:
        if dialog.experiment is None:
            return
        self._folder = dialog.folder
        self._presenter.load(dialog.experiment)
        self.notice.clear()
        self._refresh()

    def _refresh(self) -> None:
        """Show a state that was not typed, and judge it; tell others after the pause."""
        self._show_state()
        self._show_evaluation(self._presenter.evaluate())
        self._pause.start()

    @Slot()
    def _judge(self) -> None:
        evaluation = self._presenter.evaluate()
        self._show_evaluation(evaluation)
        if evaluation.summary != self._problem:
            self._problem = evaluation.summary
            self.problem_changed.emit(self._problem)
        if evaluation.experiment is not None and evaluation.experiment != self._known:
            self._known = evaluation.experiment
            self.experiment_changed.emit(evaluation.experiment)

    def _show_state(self) -> None:
        for row in self.rows.values():
            row.show_state(self._presenter.state)

    def _show_evaluation(self, evaluation: Evaluation) -> None:
        for row in self.rows.values():
            row.show_evaluation(self._presenter.state, evaluation)
        for path, section in self.sections.items():
            section.message.say(evaluation.problems.get(path, ""))
            rows = list(self._rows_of(path))
            changed = sum(self._presenter.state.is_changed(row.spec) for row in rows)
            problems = sum(
                problem == path or problem.startswith(f"{path}.") for problem in evaluation.problems
            )
            section.summarise(changed, problems)

    def _rows_of(self, group: str) -> Iterator[Row]:
        return (row for path, row in self.rows.items() if path.startswith(f"{group}."))
