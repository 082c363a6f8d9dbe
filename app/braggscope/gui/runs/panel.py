"""Runs: the rows, Run and Cancel, and what differs between A and B."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from braggscope.experiment.plain_text import elided
from braggscope.gui.runs.card import CardView
from braggscope.gui.runs.presenter import card_of, difference_rows
from braggscope.gui.runs.suggestions import suggestions
from braggscope.gui.widgets import set_role
from braggscope.gui.workspace import Workspace

_MOST_ROWS = 12
#: Characters of a value in the list of differences, and of a word in it.
_LONGEST, _LONGEST_WORD = 60, 30


class RunsPanel(QWidget):
    """The upper half of "Runs and agreement".

    Signals:
        details_asked: an error to show in full.
        shape_asked: (slow, fast) that the detector should have, as an image has them.
    """

    details_asked = Signal(object)
    shape_asked = Signal(object)

    def __init__(
        self, workspace: Workspace, run: QAction, cancel: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = workspace.session
        self.cards: dict[int, CardView] = {}
        self.run_button = _action_button(run, self)
        set_role(self.run_button, "primary")
        self.cancel_button = _action_button(cancel, self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self._add = QPushButton(self)
        self._add.setText("Add a run")
        self._add.setToolTip("Another row, to be made A or B")
        self._add.clicked.connect(self._add_row)
        self.difference = QLabel(self)
        self.difference.setWordWrap(True)
        self.difference.setTextFormat(Qt.TextFormat.RichText)
        self.difference.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.difference.setAccessibleName("What differs between A and B")
        self._lay_out()
        workspace.slots_changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.run_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 4)
        layout.setSpacing(6)
        layout.addLayout(buttons)
        layout.addLayout(self._rows)
        layout.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.difference)
        layout.addStretch(1)

    @Slot()
    def refresh(self) -> None:
        """Show the session's rows."""
        slots = self._session.slots
        for slot_id in set(self.cards) - {slot.id for slot in slots}:
            gone = self.cards.pop(slot_id)
            self._rows.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for slot in slots:
            card = self.cards.get(slot.id) or self._new_card(slot.id)
            offered = card.offers_shape
            card.show_card(card_of(self._session, slot))
            if card.offers_shape and not offered:
                self.reveal(slot.id)
        self._show_difference()

    def reveal(self, slot_id: int) -> None:
        """Scroll to a row, once it has its place."""
        QTimer.singleShot(0, self, lambda: self._scroll_to(slot_id))

    def _scroll_to(self, slot_id: int) -> None:
        card, area = self.cards.get(slot_id), self.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if card is not None and area is not None:
            # The layout of a row that was just made is still to come.
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            area.ensureWidgetVisible(card)

    def _new_card(self, slot_id: int) -> CardView:
        session = self._session
        card = CardView(lambda: suggestions(session.experiment), self)
        card.side_asked.connect(lambda side: session.assign(side, slot_id))
        card.edited.connect(lambda changes: session.edit(slot_id, **changes))
        card.remove_asked.connect(lambda: session.remove_slot(slot_id))
        card.details_asked.connect(self.details_asked)
        card.shape_asked.connect(self.shape_asked)
        self._rows.addWidget(card)
        self.cards[slot_id] = card
        return card

    def _show_difference(self) -> None:
        rows = difference_rows(self._session)
        if rows is None:
            text = self._no_difference()
        elif not rows:
            text = "A and B are the same run."
        else:
            # Text that flows, each piece short enough: a table with a path in it has no end.
            lines = "".join(
                f"<p style='margin: 1px 0 1px 12px; text-indent: -12px'>{_short(row.name)}:"
                f" {_short(row.a)} → {_short(row.b)}</p>"
                for row in rows
            )
            text = f"<b>A and B differ in</b>{lines}"
        if self.difference.text() != text:
            self.difference.setText(text)
            whole = "\n".join(f"{row.name}: {row.a} → {row.b}" for row in rows or ())
            self.difference.setToolTip(whole)

    def _no_difference(self) -> str:
        if self._session.experiment is None and not self._session.experiment_problem:
            return "Open an experiment (Ctrl+O), or paste a nanoBragg command line."
        return "Correct what is marked to see what differs between A and B."

    @Slot()
    def _add_row(self) -> None:
        if len(self._session.slots) < _MOST_ROWS:
            self._session.add_slot()


def _short(text: str) -> str:
    words = (elided(word, _LONGEST_WORD) for word in elided(text, _LONGEST).split())
    return _escaped(" ".join(words))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _action_button(action: QAction, parent: QWidget) -> QPushButton:
    button = QPushButton(action.text().replace("&", ""), parent)
    button.clicked.connect(action.trigger)
    button.setToolTip(action.toolTip())

    def follow() -> None:
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    return button
