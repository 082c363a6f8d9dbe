"""The overrides of one row: a line each, with what is wrong below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.gui.runs.suggestions import Suggestions, completions
from braggscope.gui.widgets import set_role


def _completer(parent: QWidget) -> QCompleter:
    """Offers fields and semantics of which any part was typed."""
    completer = QCompleter(list(completions()), parent)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setMaxVisibleItems(12)
    return completer


class _Line(QWidget):
    """One override."""

    edited = Signal()
    removed = Signal(object)

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = QLineEdit(text, self)
        self.field.setPlaceholderText("beam.wavelength_A*=1.0001")
        self.field.setAccessibleName("Override of the experiment for this run")
        self.field.setToolTip(
            "A field of the experiment: beam.wavelength_A=1.1, *=1.0001, +=0.1,"
            " detector.beam_x_mm=automatic\n"
            "Its meaning: semantics.omega=mean, or all options: semantics=physical"
        )
        completer = _completer(self)
        # The editor hears of a completion only after the field has taken it.
        completer.activated.connect(self._edited, Qt.ConnectionType.QueuedConnection)
        self.field.setCompleter(completer)
        self.field.textEdited.connect(self._edited)
        drop = QToolButton(self)
        drop.setText("✕")
        drop.setAutoRaise(True)
        drop.setAccessibleName("Remove this override")
        drop.setToolTip("Remove this override")
        drop.clicked.connect(self._drop)
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        set_role(self.problem, "problem")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(drop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.problem)

    def show_problem(self, text: str) -> None:
        """Say what is wrong, or nothing."""
        self.problem.setText(f"✗ {text}" if text else "")
        self.problem.setVisible(bool(text))
        self.field.setAccessibleDescription(text)
        set_role(self.field, "wrong" if text else "")

    @Slot()
    def _edited(self) -> None:
        self.edited.emit()

    @Slot()
    def _drop(self) -> None:
        self.removed.emit(self)


class OverridesEditor(QWidget):
    """All overrides of a row.

    Signals:
        changed: the lines, as a tuple.
    """

    changed = Signal(object)

    def __init__(
        self, suggestions: Callable[[], Suggestions], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._suggestions = suggestions
        self._lines: list[_Line] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.add_button = QPushButton(self)
        self.add_button.setText("Override a field")
        self.add_button.setToolTip(
            "Set one field of the experiment, or its semantics, otherwise for this run only"
        )
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add_button.setMenu(self._menu)
        self._layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    def lines(self) -> tuple[str, ...]:
        """The overrides as typed."""
        return tuple(line.field.text() for line in self._lines)

    def show_lines(self, overrides: tuple[tuple[str, str], ...]) -> None:
        """Show (line, problem) pairs; what is being typed is left alone."""
        while len(self._lines) > len(overrides):
            self._take_out(self._lines[-1])
        while len(self._lines) < len(overrides):
            self._put_in("")
        for line, (text, problem) in zip(self._lines, overrides, strict=True):
            if line.field.text() != text:
                line.field.setText(text)
            line.show_problem(problem)

    def add(self, text: str) -> None:
        """Another line."""
        line = self._put_in(text)
        line.field.setFocus()
        self.changed.emit(self.lines())

    def _put_in(self, text: str) -> _Line:
        line = _Line(text, self)
        line.show_problem("")
        line.edited.connect(self._edited)
        line.removed.connect(self._remove)
        self._layout.insertWidget(len(self._lines), line)
        self._lines.append(line)
        return line

    def _take_out(self, line: _Line) -> None:
        self._lines.remove(line)
        self._layout.removeWidget(line)
        line.hide()
        line.deleteLater()

    @Slot()
    def _edited(self) -> None:
        self.changed.emit(self.lines())

    @Slot(object)
    def _remove(self, line: _Line) -> None:
        self._take_out(line)
        self.changed.emit(self.lines())

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addAction("Type one…").triggered.connect(lambda: self.add(""))
        self._menu.addSeparator()
        for group, entries in self._suggestions():
            menu = self._menu.addMenu(group)
            for title, line in entries:
                action = menu.addAction(f"{title}\t{line}")
                action.triggered.connect(lambda _checked=False, text=line: self.add(text))
