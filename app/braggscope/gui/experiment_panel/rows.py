"""The rows of the form: one per field, with label, editor, unit, reset and a message below."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

from braggscope.gui.experiment_panel.fields import FieldSpec, text_of
from braggscope.gui.experiment_panel.groups import problems_of
from braggscope.gui.experiment_panel.judging import Evaluation
from braggscope.gui.experiment_panel.model import FormState
from braggscope.gui.experiment_panel.widgets import ChoiceBox, Message, Switch, ValueEdit
from braggscope.gui.widgets import set_role

#: Columns of a row's grid: label, editor, unit, reset.
_LABEL, _EDITOR, _UNIT, _RESET, _COLUMNS = 0, 1, 2, 3, 4
_RESET_FRAME, _GAP = 6, 6
_UNIT_WIDEST: Final = "mrad"
_TITLE_WIDEST: Final = "Interpolate F"


class Row(QWidget):
    """One field: label, editor, unit, reset, and a message below. Columns of all rows align.

    Signals:
        edited: (leaf path, text) was typed.
        chosen: (path, value) was chosen.
        reset_wanted: the field at a path shall go back to its default.
    """

    #: Whether an editor stands beside the label.
    has_column = True
    edited = Signal(str, str)
    chosen = Signal(str, object)
    reset_wanted = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.spec = spec
        self.label = QLabel(self)
        self.label.setToolTip(spec.tooltip)
        self._changed: bool | None = None
        self._mark(False)
        self._reset_button: QToolButton | None = None
        self._message: Message | None = None
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        # Qt leaves out the spacing beside an empty column, and columns of all rows shall align.
        self.grid.setHorizontalSpacing(0)
        self.grid.setVerticalSpacing(2)
        self.grid.setColumnStretch(_EDITOR, 1)
        self.grid.addWidget(self.label, 0, _LABEL, 1, 1 if self.has_column else 2)
        plain = self.fontMetrics()
        for column, width in (
            (_LABEL, _metrics(self, bold=True).horizontalAdvance(_TITLE_WIDEST) + 2),
            (_UNIT, plain.horizontalAdvance(_UNIT_WIDEST) + 2),
            (_RESET, plain.height() + _RESET_FRAME),
        ):
            self.grid.setColumnMinimumWidth(column, width + _GAP)

    @property
    def reset(self) -> QToolButton:
        """The button that resets the field; made when it is first needed."""
        if self._reset_button is None:
            button = QToolButton(self)
            button.setText("↺")
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            what = "nanoBragg" if self.spec.is_semantic else "the default"
            button.setToolTip(f"Differs from {what} ({self.spec.default_text}). Reset it.")
            button.setAccessibleName(f"Reset {self.spec.title}")
            button.clicked.connect(self._reset)
            button.setFixedWidth(self.fontMetrics().height() + _RESET_FRAME + _GAP)
            button.hide()
            self.grid.addWidget(button, 0, _RESET)
            QWidget.setTabOrder(self.stops()[-1], button)
            self._reset_button = button
        return self._reset_button

    def focus_widget(self) -> QWidget:
        """The first editor."""
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        """Where the Tab key stops, in order, but for the reset."""
        tab = Qt.FocusPolicy.TabFocus
        return [
            widget
            for widget in self.children()
            if isinstance(widget, QWidget)
            and widget.focusPolicy() & tab
            and widget is not self._reset_button
        ]

    def show_state(self, state: FormState) -> None:
        """Show the values."""
        raise NotImplementedError

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        """Show what was found about them."""
        changed = state.is_changed(self.spec)
        problem = "\n".join(problems_of(self.spec, evaluation.problems))
        self._mark(changed)
        # A value that equals the default may still be said where it must not be.
        resettable = changed or (bool(problem) and state.is_said(self.spec))
        if resettable or self._reset_button is not None:
            self.reset.setVisible(resettable)
        self.say(problem, evaluation.hints.get(self.spec.path, ""))

    def say(self, problem: str, hint: str = "") -> None:
        """Show a problem, or else a hint, below the editors."""
        if self._message is None:
            if not (problem or hint):
                return
            self._message = Message(self)
            self.grid.addWidget(self._message, self.grid.rowCount(), _LABEL, 1, _COLUMNS)
        self._message.say(problem, hint)
        for editor in self.findChildren(QLineEdit):
            set_role(editor, "wrong" if problem else "")
        self.focus_widget().setAccessibleDescription(problem or hint)

    @property
    def message(self) -> str:
        """What stands below the field."""
        return self._message.text() if self._message is not None else ""

    def _mark(self, changed: bool) -> None:
        """Bold where the value differs from the default; semantics also say it with a sign."""
        if changed is self._changed:
            return
        self._changed = changed
        set_role(self.label, "changed" if changed else "")
        title = f"≠ {self.spec.title}" if changed and self.spec.is_semantic else self.spec.title
        self.label.setText(_wrapped(title, _metrics(self, bold=True)) if self.has_column else title)

    @Slot()
    def _reset(self) -> None:
        self.focus_widget().setFocus()
        self.reset_wanted.emit(self.spec.path)


def _metrics(widget: QWidget, *, bold: bool) -> QFontMetrics:
    font = QFont(widget.font())
    font.setBold(bold)
    return QFontMetrics(font)


def _wrapped(title: str, metrics: QFontMetrics) -> str:
    """A title in lines that fit the column; the words of a layout's wrapping cost much more."""
    room = metrics.horizontalAdvance(_TITLE_WIDEST) + 2
    lines: list[str] = []
    for word in title.split():
        joined = f"{lines[-1]} {word}" if lines else ""
        if joined and metrics.horizontalAdvance(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return "\n".join(lines)


class NumberRow(Row):
    """A number with its unit."""

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.edit = ValueEdit(spec.name, spec.tooltip, self)
        self.edit.textEdited.connect(self._edited)
        self.label.setBuddy(self.edit)
        self.grid.addWidget(self.edit, 0, _EDITOR)
        if spec.unit:
            unit = QLabel(spec.unit, self)
            unit.setIndent(_GAP)
            self.grid.addWidget(unit, 0, _UNIT)

    def focus_widget(self) -> QWidget:
        return self.edit

    def show_state(self, state: FormState) -> None:
        self.edit.show_text(state.text(self.spec.path))

    def show_evaluation(self, state: FormState, evaluation: Evaluation) -> None:
        super().show_evaluation(state, evaluation)
        if self.spec.optional:
            found = evaluation.automatic.get(self.spec.path)
            self.edit.setPlaceholderText(f"auto: {found}" if found else self.spec.default_text)
        else:
            self.edit.setPlaceholderText(text_of(self.spec.default))

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.edited.emit(self.spec.path, text)


class SwitchRow(Row):
    """Something that is on or off."""

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.box = Switch(spec.name, spec.tooltip, self)
        self.box.clicked.connect(self._clicked)
        self.label.setBuddy(self.box)
        self.grid.addWidget(self.box, 0, _EDITOR)

    def focus_widget(self) -> QWidget:
        return self.box

    def show_state(self, state: FormState) -> None:
        self.box.setChecked(bool(state.value(self.spec.path)))

    @Slot(bool)
    def _clicked(self, checked: bool) -> None:
        self.chosen.emit(self.spec.path, checked)


class ChoiceRow(Row):
    """One of a few values."""

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.box = ChoiceBox(spec.name, spec.tooltip, self)
        self.box.addItems([label for label, _ in spec.choices])
        self.box.activated.connect(self._activated)
        self.label.setBuddy(self.box)
        self.grid.addWidget(self.box, 0, _EDITOR, 1, 2)

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
            text = f"{label} ({found})" if found else label
            if text != self.box.itemText(index):
                self.box.setItemText(index, text)

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.chosen.emit(self.spec.path, self.spec.choices[index][1])


class MembersRow(Row):
    """Several numbers that belong together, three or two to a line."""

    has_column = False

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.edits = {
            member.path: ValueEdit(f"{spec.title} {member.name}", member.tooltip, self)
            for member in spec.members
        }
        for path, edit in self.edits.items():
            edit.textEdited.connect(lambda text, path=path: self.edited.emit(path, text))
        self.label.setBuddy(self.focus_widget())
        self._add_head()
        self.grid.addLayout(self._members_layout(), 1, _LABEL, 1, _COLUMNS)

    def _add_head(self) -> None:
        """What stands beside the label."""
        units = list(dict.fromkeys(member.unit for member in self.spec.members if member.unit))
        if units:
            self.grid.addWidget(QLabel(", ".join(units), self), 0, _EDITOR, 1, 2)

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
            letter = QLabel(member.title, self)
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

    has_column = True
    region_wanted = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        self.whole.clicked.connect(self._clicked)

    def _add_head(self) -> None:
        name = f"{self.spec.title}: whole detector"
        self.whole = Switch(name, self.spec.tooltip, self, "Whole detector")
        self.grid.addWidget(self.whole, 0, _EDITOR, 1, 2)

    def stops(self) -> list[QWidget]:
        return [self.whole, *self.edits.values()]

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
            between.addWidget(QLabel("to", self))
            between.addWidget(edits[2 * line + 1])
            layout.addWidget(QLabel(axis, self), line, 0)
            layout.addLayout(between, line, 1)
        layout.setColumnStretch(1, 1)
        return layout

    @Slot(bool)
    def _clicked(self, checked: bool) -> None:
        if checked:
            self.reset_wanted.emit(self.spec.path)
        else:
            self.region_wanted.emit()
