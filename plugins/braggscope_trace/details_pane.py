"""The pane beside the table: one variable with its links, its plot, its tolerance."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Dim, VariableComparison
from braggscope.ui.flow_layout import FlowLayout
from braggscope_trace.details import (
    Details,
    asymmetry_html,
    links_text,
    tolerance_from_text,
)
from braggscope_trace.loop_plot import LoopPlot
from braggscope_trace.wording import difference_text

_EMPTY = "Select a variable: its formula, what it comes from and what it feeds stand here."


class DetailsPane(QScrollArea):
    """Shows `Details`.

    Signals:
        jump_wanted: to the variable of that name.
        tolerance_chosen: a variable's name and its new tolerance; None: the profile's own.
    """

    jump_wanted = Signal(str)
    tolerance_chosen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Details of the selected variable")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.details: Details | None = None
        self.title = _text(bold=True)
        self.about = _text()
        self.inputs, self.feeds = _links(self), _links(self)
        self.plot = LoopPlot()
        self.asymmetry = _text()
        self.asymmetry.setTextFormat(Qt.TextFormat.RichText)
        self.asymmetry.setWordWrap(False)
        self.asymmetry.setMinimumWidth(0)
        self.asymmetry.setToolTip(
            "Over the sub-pixels, at the first layer, source, φ step and domain.\n"
            "Asymmetry: (last − first)/mean. Spread: (maximum − minimum)/mean."
        )
        self.tolerance_edit = QLineEdit()
        self.tolerance_edit.setAccessibleName("Tolerance of the variable")
        self.tolerance_edit.setFixedWidth(84)
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip("Take the profile's own tolerance again.")
        self.all_button = QPushButton("All")
        self.all_button.setToolTip("Reset all tolerances, or open and save them as a file.")
        self.problem = _text(bold=True)
        self._lay_out()
        self.tolerance_edit.returnPressed.connect(self._choose)
        self.reset_button.clicked.connect(self._reset)
        self.show_details(None, None)

    def show_details(
        self,
        details: Details | None,
        row: VariableComparison | None,
        at: Mapping[Dim, int] | None = None,
    ) -> None:
        """Show another variable, or ask for one.

        Args:
            details, row: the variable.
            at: the step that is selected; None for the whole variable.
        """
        self.details = details
        self.problem.hide()
        self.title.setText(details.title if details else _EMPTY)
        self.about.setText(details.about if details else "")
        self.about.setVisible(bool(details))
        heirs = f" (and {details.heirs - len(details.feeds)} through them)" if details else ""
        feeds = f"Feeds{heirs if details and details.heirs > len(details.feeds) else ''}"
        for label, text in (
            (self.inputs, links_text("From", details.inputs) if details else ""),
            (self.feeds, links_text(feeds, details.feeds) if details else ""),
            (self.asymmetry, asymmetry_html(details.asymmetries) if details else ""),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self.plot.show_row(row, at)
        self._show_tolerance(details)

    def apply_theme(self) -> None:
        """Follow the theme: links keep the colour in which they were set."""
        for label in (self.inputs, self.feeds):
            text = label.text()
            label.clear()
            label.setText(text)
        self.plot.redraw()

    def edit_tolerance(self) -> None:
        """Put the cursor where the tolerance is typed."""
        self.tolerance_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.tolerance_edit.selectAll()
        self.ensureWidgetVisible(self.tolerance_edit)

    def refuse(self, problem: str) -> None:
        """Say why a tolerance is none."""
        self.problem.setText(f"✗ {problem}")
        self.problem.setVisible(bool(problem))

    def _show_tolerance(self, details: Details | None) -> None:
        editable = details is not None and details.tolerance is not None
        self._tolerance_row.setVisible(editable)
        if details is None or details.tolerance is None:
            return
        self.tolerance_edit.setText(difference_text(details.tolerance))
        own = difference_text(details.own_tolerance)
        self.tolerance_edit.setToolTip(
            f"Largest relative difference that counts as agreement between {details.profile} runs;"
            f" of its own {own}. Enter takes what you typed."
        )
        self.reset_button.setEnabled(details.changed)
        self.reset_button.setText(f"Reset to {own}" if details.changed else "Reset")

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 0, 4, 0)
        column.setSpacing(3)
        self._tolerance_row = QWidget()
        line = FlowLayout(self._tolerance_row, 4)
        label = QLabel("To&lerance")
        label.setBuddy(self.tolerance_edit)
        for widget in (label, self.tolerance_edit, self.reset_button, self.all_button):
            line.addWidget(widget)
        # What may be long comes last.
        texts = (self.title, self.about, self.inputs, self.feeds)
        for part in (*texts, self._tolerance_row, self.problem, self.plot, self.asymmetry):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(content)

    @Slot()
    def _choose(self) -> None:
        if self.details is None:
            return
        try:
            value = tolerance_from_text(self.tolerance_edit.text())
        except ValueError as error:
            self.refuse(str(error))
            return
        if value != self.details.tolerance:
            self.tolerance_chosen.emit(self.details.name, value)

    @Slot()
    def _reset(self) -> None:
        if self.details is not None:
            self.tolerance_chosen.emit(self.details.name, None)


def _text(*, bold: bool = False) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setMinimumWidth(1)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def _links(pane: DetailsPane) -> QLabel:
    label = _text()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.LinksAccessibleByMouse
        | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    label.linkActivated.connect(pane.jump_wanted)
    return label
