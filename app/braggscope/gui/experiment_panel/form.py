"""The form: groups of rows in sections that are filled when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from braggscope.gui.experiment_panel.fields import FieldSpec
from braggscope.gui.experiment_panel.file_rows import (
    FactorsRow,
    FileRow,
    MaskRow,
    MatrixRow,
    SourcesRow,
)
from braggscope.gui.experiment_panel.groups import (
    Count,
    GroupSpec,
    SectionSpec,
    count,
    form_groups,
    section_of,
)
from braggscope.gui.experiment_panel.judging import Evaluation
from braggscope.gui.experiment_panel.model import FormState
from braggscope.gui.experiment_panel.rows import (
    ChoiceRow,
    MembersRow,
    NumberRow,
    RegionRow,
    Row,
    SwitchRow,
)
from braggscope.gui.experiment_panel.sections import Section
from braggscope.gui.tasks import TaskRunner

_FILE_ROWS: dict[str, type[FileRow]] = {"matrix": MatrixRow, "sources": SourcesRow, "mask": MaskRow}
_ROWS: dict[str, type[Row]] = {
    "switch": SwitchRow,
    "choice": ChoiceRow,
    "preset": ChoiceRow,
    "vector": MembersRow,
    "cell": MembersRow,
}


class Form(QWidget):
    """All fields. Shows a state and what was found about it; says what the user wants.

    Signals:
        edited: (leaf path, text) was typed.
        chosen: (path, value) was chosen.
        reset_wanted: the field at a path shall go back to its default.
        region_wanted: the whole detector shall be spelled out as a region.
        cell_wanted: a file's cell shall become the crystal's.
    """

    edited = Signal(str, str)
    chosen = Signal(str, object)
    reset_wanted = Signal(str)
    region_wanted = Signal()
    cell_wanted = Signal(object)

    def __init__(self, tasks: TaskRunner, parent: QWidget) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._state, self._evaluation = FormState(), Evaluation()
        self._found: frozenset[str] | None = None
        self.rows: dict[str, Row] = {}
        self.sections: dict[str, Section] = {}
        self.nothing_found = QLabel("No field is called that.", self)
        self.nothing_found.setWordWrap(True)
        self.nothing_found.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 4, 6)
        layout.setSpacing(2)
        layout.addWidget(self.nothing_found)
        for group in form_groups():
            layout.addWidget(self._group(group))
        layout.addStretch(1)
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._fill_next)

    def row(self, path: str) -> Row:
        """The row of a field, made if need be."""
        if path not in self.rows:
            self._fill(self.sections[section_of(path)])
        return self.rows[path]

    def open_section_of(self, path: str) -> None:
        """Open the section of a field, and the group around it."""
        name = section_of(path)
        for part in dict.fromkeys((name.partition("/")[0], name)):
            self.sections[part].set_open(True)

    def fill_when_idle(self) -> None:
        """Make the rows of closed sections bit by bit, so that a search finds them at once."""
        self._idle.start()

    # ── what it shows ─────────────────────────────────────────────────────────────────────────

    def show_state(self, state: FormState) -> None:
        """Show the values."""
        self._state = state
        for row in self.rows.values():
            row.show_state(state)

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        """Show what was found about them; a section with a problem opens."""
        self._state, self._evaluation = state, evaluation
        for row in self.rows.values():
            row.show_evaluation(self._state, evaluation)
        for group in form_groups():
            total = Count()
            for spec in group.subsections:
                found = count(spec, self._state, evaluation.problems)
                self.sections[spec.path].summarise(found)
                if found.wrong:
                    self.sections[spec.path].set_open(True)
                total += found
            own = self.sections[group.path]
            own.say(evaluation.problems.get(group.path, ""))
            total += count(group.everyday, self._state, evaluation.problems)
            own.summarise(total + Count(wrong=int(group.path in evaluation.problems)))
            if total.wrong:
                own.set_open(True)

    def fold_by_content(self) -> None:
        """Open the sub-sections that hold something, close the others."""
        for spec in _subsections():
            found = count(spec, self._state, self._evaluation.problems)
            self.sections[spec.path].set_open(bool(found.changed or found.wrong))

    def show_found(self, found: frozenset[str] | None) -> None:
        """Show these fields only; None shows all, folded as before."""
        self._found = found
        if found is None:
            for section in self.sections.values():
                section.restore()
        for group in form_groups():
            anything = False
            for spec in group.subsections:
                anything |= self._show_found_in(spec)
            anything |= self._show_found_in(group.everyday, keep=anything)
        self.nothing_found.setVisible(found is not None and not found)

    def first_found(self) -> QWidget | None:
        """The editor of the first field that is shown."""
        for group in form_groups():
            for spec in group.fields:
                if self._found is None or spec.path in self._found:
                    return self.row(spec.path).focus_widget()
        return None

    def _show_found_in(self, spec: SectionSpec, keep: bool = False) -> bool:
        """Whether a section holds something that was found; if so, or to keep, it shows."""
        section, found = self.sections[spec.path], self._found
        here = found is None or any(field.path in found for field in spec.fields)
        section.setVisible(here or keep)
        # Before it opens: what is never shown costs no time.
        for field in spec.fields:
            if field.path in self.rows:
                self.rows[field.path].setVisible(found is None or field.path in found)
        if found is not None and (here or keep):
            section.remember()
            section.set_open(True)
        return here

    # ── building ──────────────────────────────────────────────────────────────────────────────

    def _group(self, group: GroupSpec) -> Section:
        outer = self._section(group.everyday, self, is_sub=False)
        self._fill(outer)
        for spec in group.subsections:
            outer.rows.addWidget(self._section(spec, outer.body, is_sub=True))
        return outer

    def _section(self, spec: SectionSpec, parent: QWidget, *, is_sub: bool) -> Section:
        section = Section(spec, parent, is_sub=is_sub)
        section.opened.connect(lambda: self._fill(section))
        self.sections[spec.path] = section
        return section

    def _fill(self, section: Section) -> None:
        """Make the rows of a section, unless that is done."""
        for spec in section.spec.fields:
            if spec.path not in self.rows:
                self._add_row(spec, section)

    def _add_row(self, spec: FieldSpec, section: Section) -> None:
        row = self._row(spec, section.body)
        self.rows[spec.path] = row
        section.add_row(row)
        row.show_state(self._state)
        row.show_evaluation(self._state, self._evaluation)
        if self._found is not None and spec.path not in self._found:
            row.hide()

    @Slot()
    def _fill_next(self) -> None:
        for section in _subsections():
            for spec in section.fields:
                if spec.path not in self.rows:
                    self._add_row(spec, self.sections[section.path])
                    return
        self._idle.stop()

    def _row(self, spec: FieldSpec, parent: QWidget) -> Row:
        if spec.kind == "region":
            region = RegionRow(spec, parent)
            region.region_wanted.connect(self.region_wanted)
            row: Row = region
        elif spec.kind == "factors":
            factors = FactorsRow(spec, parent, self._tasks)
            factors.cell_wanted.connect(self.cell_wanted)
            row = factors
        elif spec.kind in _FILE_ROWS:
            row = _FILE_ROWS[spec.kind](spec, parent, self._tasks)
        else:
            row = _ROWS.get(spec.kind, NumberRow)(spec, parent)
        row.edited.connect(self.edited)
        row.chosen.connect(self.chosen)
        row.reset_wanted.connect(self.reset_wanted)
        return row


def _subsections() -> Iterator[SectionSpec]:
    return (spec for group in form_groups() for spec in group.subsections)
