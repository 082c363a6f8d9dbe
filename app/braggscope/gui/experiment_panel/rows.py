"""The rows of the form: one per field, with label, editor, unit, reset and a message below."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QToolButton, QWidget

from braggscope.gui.experiment_panel.fields import FieldSpec, text_of
from braggscope.gui.experiment_panel.model import FormState
from braggscope.gui.experiment_panel.presenter import Evaluation
from braggscope.gui.experiment_panel.widgets import ChoiceBox, Message, Switch, ValueEdit

#: Columns of a section's grid: label, editor, unit, reset.
_LABEL, _EDITOR, _UNIT, _RESET, _COLUMNS = 0, 1, 2, 3, 4


class Row(QObject):
    """One field in a section's grid.

    Signals:
        edited: (leaf path, text) was typed.
        chosen: (path, value) was chosen.
        reset_wanted: the field at a path shall go back to its default.
    """

    edited = Signal(str, str)
    chosen = Signal(str, object)
    reset_wanted = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(parent)
        self.spec = spec
        self.label = QLabel(spec.title)
        self.label.setToolTip(spec.tooltip)
        self.reset = QToolButton()
        self.reset.setText("↺")
        self.reset.setAutoRaise(True)
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset.setToolTip(f"Differs from the default ({spec.default_text}). Reset it.")
        self.reset.setAccessibleName(f"Reset {spec.title}")
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self.reset.hide()
        self.reset.clicked.connect(self._reset)
        self._message: Message | None = None
        self._message_place: tuple[QGridLayout, int] | None = None

    def add_to(self, grid: QGridLayout, line: int) -> int:
        """Place the row's widgets; returns the next free line."""
        grid.addWidget(self.label, line, _LABEL)
        grid.addWidget(self.reset, line, _RESET)
        line = self.add_editors(grid, line) + 1
        self._message_place = (grid, line)
        return line + 1

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        """Place the editors from this line on; returns the last line used."""
        raise NotImplementedError

    def focus_widget(self) -> QWidget:
        """The first editor."""
        raise NotImplementedError

    def show_state(self, state: FormState) -> None:
        """Show the values."""
        raise NotImplementedError

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        """Show what was found about them."""
        changed = state.is_changed(self.spec)
        if changed != self.label.font().bold():
            font = self.label.font()
            font.setBold(changed)
            self.label.setFont(font)
        self.reset.setVisible(changed)
        problem = "\n".join(
            text
            for path, text in evaluation.problems.items()
            if path == self.spec.path or path.startswith(f"{self.spec.path}.")
        )
        self.say(problem, evaluation.hints.get(self.spec.path, ""))

    def say(self, problem: str, hint: str = "") -> None:
        """Show a problem, or else a hint, below the editors."""
        if self._message is None:
            if not (problem or hint) or self._message_place is None:
                return
            self._message = Message()
            grid, line = self._message_place
            grid.addWidget(self._message, line, _LABEL, 1, _COLUMNS)
        self._message.say(problem, hint)
        self.focus_widget().setAccessibleDescription(problem or hint)

    @property
    def message(self) -> str:
        """What stands below the field."""
        return self._message.text() if self._message is not None else ""

    @Slot()
    def _reset(self) -> None:
        self.focus_widget().setFocus()
        self.reset_wanted.emit(self.spec.path)


class NumberRow(Row):
    """A number with its unit."""

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(spec, parent)
        self.edit = ValueEdit(spec.name, spec.tooltip)
        self.edit.textEdited.connect(self._edited)
        self.label.setBuddy(self.edit)

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        grid.addWidget(self.edit, line, _EDITOR)
        if self.spec.unit:
            grid.addWidget(QLabel(self.spec.unit), line, _UNIT)
        return line

    def focus_widget(self) -> QWidget:
        return self.edit

    def show_state(self, state: FormState) -> None:
        self.edit.show_text(state.text(self.spec.path))

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        if self.spec.optional:
            found = evaluation.automatic.get(self.spec.path)
            self.edit.setPlaceholderText(f"auto: {found}" if found else "automatic")
        else:
            self.edit.setPlaceholderText(text_of(self.spec.default))

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.edited.emit(self.spec.path, text)


class SwitchRow(Row):
    """Something that is on or off."""

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(spec, parent)
        self.box = Switch(spec.name, spec.tooltip)
        self.box.clicked.connect(self._clicked)
        self.label.setBuddy(self.box)

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        grid.addWidget(self.box, line, _EDITOR)
        return line

    def focus_widget(self) -> QWidget:
        return self.box

    def show_state(self, state: FormState) -> None:
        self.box.setChecked(bool(state.value(self.spec.path)))

    @Slot(bool)
    def _clicked(self, checked: bool) -> None:
        self.chosen.emit(self.spec.path, checked)


class ChoiceRow(Row):
    """One of a few values."""

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(spec, parent)
        self.box = ChoiceBox(spec.name, spec.tooltip)
        self.box.addItems([label for label, _ in spec.choices])
        self.box.activated.connect(self._activated)
        self.label.setBuddy(self.box)

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        grid.addWidget(self.box, line, _EDITOR, 1, 2)
        return line

    def focus_widget(self) -> QWidget:
        return self.box

    def show_state(self, state: FormState) -> None:
        value = state.value(self.spec.path)
        values = [choice for _, choice in self.spec.choices]
        self.box.setCurrentIndex(values.index(value) if value in values else -1)

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        for index, (label, value) in enumerate(self.spec.choices):
            found = evaluation.automatic.get(self.spec.path) if value is None else None
            self.box.setItemText(index, f"{label} ({found})" if found else label)

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.chosen.emit(self.spec.path, self.spec.choices[index][1])


class MembersRow(Row):
    """Several numbers that belong together, three or two to a line."""

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(spec, parent)
        self.edits = {
            member.path: ValueEdit(f"{spec.title} {member.name}", member.tooltip)
            for member in spec.members
        }
        for path, edit in self.edits.items():
            edit.textEdited.connect(lambda text, path=path: self.edited.emit(path, text))
        self.label.setBuddy(self.focus_widget())

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        units = list(dict.fromkeys(member.unit for member in self.spec.members if member.unit))
        if units:
            grid.addWidget(QLabel(", ".join(units)), line, _EDITOR, 1, 2)
        grid.addLayout(self._members_layout(), line + 1, _LABEL, 1, _COLUMNS)
        return line + 1

    def focus_widget(self) -> QWidget:
        return next(iter(self.edits.values()))

    def show_state(self, state: FormState) -> None:
        for path, edit in self.edits.items():
            edit.show_text(state.text(path))

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        for member in self.spec.members:
            default = "" if member.required else text_of(member.default)
            found = evaluation.automatic.get(member.path, default)
            self.edits[member.path].setPlaceholderText(found)

    def _members_layout(self) -> QLayout:
        layout = QGridLayout()
        layout.setHorizontalSpacing(4)
        layout.setVerticalSpacing(4)
        layout.setContentsMargins(0, 0, 0, 0)
        for index, member in enumerate(self.spec.members):
            line, place = divmod(index, 3)
            letter = QLabel(member.title)
            letter.setToolTip(member.tooltip)
            letter.setBuddy(self.edits[member.path])
            layout.addWidget(letter, line, 2 * place)
            layout.addWidget(self.edits[member.path], line, 2 * place + 1)
            layout.setColumnStretch(2 * place + 1, 1)
        return layout


class RegionRow(MembersRow):
    """The whole detector, or a rectangle of it.

    Signals:
        region_wanted: the user wants to give a rectangle.
    """

    region_wanted = Signal()

    def __init__(self, spec: FieldSpec, parent: QObject) -> None:
        super().__init__(spec, parent)
        self.whole = Switch(f"{spec.title}: whole detector", spec.tooltip, "Whole detector")
        self.whole.clicked.connect(self._clicked)

    def add_editors(self, grid: QGridLayout, line: int) -> int:
        grid.addWidget(self.whole, line, _EDITOR, 1, 2)
        grid.addLayout(self._members_layout(), line + 1, _LABEL, 1, _COLUMNS)
        return line + 1

    def show_state(self, state: FormState) -> None:
        super().show_state(state)
        is_whole = not state.is_said(self.spec)
        self.whole.setChecked(is_whole)
        for edit in self.edits.values():
            edit.setEnabled(not is_whole)

    def _members_layout(self) -> QLayout:
        layout = QGridLayout()
        layout.setHorizontalSpacing(4)
        layout.setVerticalSpacing(4)
        edits = list(self.edits.values())
        for line, axis in enumerate(("fast", "slow")):
            between = QHBoxLayout()
            between.addWidget(edits[2 * line])
            between.addWidget(QLabel("to"))
            between.addWidget(edits[2 * line + 1])
            layout.addWidget(QLabel(axis), line, 0)
            layout.addLayout(between, line, 1)
        layout.setColumnStretch(1, 1)
        return layout

    @Slot(bool)
    def _clicked(self, checked: bool) -> None:
        if checked:
            self.reset_wanted.emit(self.spec.path)
        else:
            self.region_wanted.emit()
