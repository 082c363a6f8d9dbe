"""Sections of the form: a header that folds what stands below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from braggscope.gui.experiment_panel.groups import Count, SectionSpec
from braggscope.gui.experiment_panel.rows import Row
from braggscope.gui.experiment_panel.widgets import Message
from braggscope.gui.widgets import set_role


class Section(QWidget):
    """A group of fields, or a sub-section of one, that folds.

    Signals:
        opened: it was opened, by hand or otherwise; what it shows may have to be made first.
    """

    opened = Signal()

    def __init__(self, spec: SectionSpec, parent: QWidget, *, is_sub: bool) -> None:
        super().__init__(parent)
        self.spec = spec
        self._is_sub = is_sub
        self._remembered: bool | None = None
        self.header = QToolButton(self)
        self.header.setCheckable(True)
        self.header.setChecked(not is_sub)
        self.header.setAutoRaise(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.header.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.header.setToolTip(spec.description)
        self._last_stop: QWidget = self.header
        set_role(self.header, "subsection" if is_sub else "section")
        # What goes wrong between fields is said below the group's header.
        self.message = None if is_sub else Message(self)
        self.body = QWidget(self)
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(6, 2, 0, 4 if is_sub else 8)
        self.rows.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        if self.message is not None:
            layout.addWidget(self.message)
        layout.addWidget(self.body)
        if is_sub:
            self.body.hide()
        self.header.toggled.connect(self._fold)
        self.summarise(Count())

    @property
    def is_open(self) -> bool:
        """Whether what stands below the header shows."""
        return self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self.header.setChecked(is_open)

    def add_row(self, row: Row) -> None:
        """Place a row below the others, also in the order of the Tab key."""
        self.rows.addWidget(row)
        for stop in row.stops():
            QWidget.setTabOrder(self._last_stop, stop)
            self._last_stop = stop

    def remember(self) -> None:
        """Keep whether it is open, for `restore`."""
        if self._remembered is None:
            self._remembered = self.is_open

    def restore(self) -> None:
        """Open or close it as it was remembered."""
        if self._remembered is not None:
            self.set_open(self._remembered)
            self._remembered = None

    def say(self, problem: str) -> None:
        """Show a problem between fields of a group."""
        if self.message is not None:
            self.message.say(problem)

    def summarise(self, count: Count) -> None:
        """Say in the header how many fields differ from their default and how many are wrong."""
        notes = []
        if count.wrong:
            notes.append(f"⚠ {count.wrong} wrong")
        # The header of a sub-section has no room for both.
        if count.changed and not (self._is_sub and count.wrong):
            notes.append(f"{count.changed} {self.spec.change_note}")
        text = "  ·  ".join((self.spec.title, *notes))
        state = "open" if self.is_open else "closed"
        if text != self.header.text():
            self.header.setText(text)
        self.header.setAccessibleName(", ".join((self.spec.title, state, *notes)))
        arrow = Qt.ArrowType.DownArrow if self.is_open else Qt.ArrowType.RightArrow
        self.header.setArrowType(arrow)
        self._count = count

    @Slot(bool)
    def _fold(self, is_open: bool) -> None:
        if is_open:
            self.opened.emit()
        self.body.setVisible(is_open)
        self.summarise(self._count)
