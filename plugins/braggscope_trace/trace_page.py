"""The table of one pixel's variables with the details of the selected one beside it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QSplitter

from braggscope.api import STAGES, Dim, Stage, Tolerances, TraceComparison
from braggscope.api.tolerances import UNCHANGED
from braggscope_trace.columns import VARIABLE
from braggscope_trace.details import details_of
from braggscope_trace.details_pane import DetailsPane
from braggscope_trace.groups import GroupLine, group_lines
from braggscope_trace.model import TraceTableModel
from braggscope_trace.rows import Line, MoreLine, StepLine
from braggscope_trace.table import TraceTable

#: Where nothing differs, this stage is open: it ends in the pixel's value.
_OPEN_WITHOUT_DIFFERENCE: Stage = "scaling"
#: Width of the details: at most in the beginning, and at least, px.
_DETAILS_WIDTH, _LEAST_DETAILS = 360, 220


class TracePage(QSplitter):
    """What a comparison of traces looks like.

    Signals:
        details_shown: whether the pane with details is visible now.
    """

    details_shown = Signal(bool)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.comparison: TraceComparison | None = None
        self.tolerances = UNCHANGED
        self._words, self._only = "", False
        #: What the user opened or closed stays so.
        self._chosen: dict[Stage, bool] = {}
        self._filling = self._moved_by_hand = False
        self.splitterMoved.connect(self._keep_sizes)
        self.model = TraceTableModel(self)
        self.table = TraceTable(self.model)
        self.details = DetailsPane()
        self.addWidget(self.table)
        self.addWidget(self.details)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        self.table.activated.connect(self._activate)
        self.table.expanded.connect(lambda index: self._choose(index, True))
        self.table.collapsed.connect(lambda index: self._choose(index, False))
        self.table.selectionModel().currentChanged.connect(self._select)
        self.details.jump_wanted.connect(self.jump_to)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the details their share, until the user moves the splitter."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        if not self._moved_by_hand:
            details = min(_DETAILS_WIDTH, max(_LEAST_DETAILS, int(0.4 * self.width())))
            self.setSizes([max(1, self.width() - details), details])

    def show_comparison(
        self, comparison: TraceComparison | None, tolerances: Tolerances = UNCHANGED
    ) -> None:
        """Show another comparison; what is selected and unfolded stays so where it is there."""
        self.comparison, self.tolerances = comparison, tolerances
        self._fill()

    def filter(self, words: str, only_differences: bool) -> None:
        """Show the rows that a filter leaves."""
        self._words, self._only = words, only_differences
        self._fill()

    def set_all_open(self, is_open: bool) -> None:
        """Open or close all stages, and keep them so."""
        for index, group in self.model.groups():
            self._chosen[group.stage] = is_open
            self.table.setExpanded(index, is_open)

    def folds(self) -> dict[str, bool]:
        """Stages that the user opened or closed, and whether they are open."""
        return {str(stage): is_open for stage, is_open in self._chosen.items()}

    def fold(self, said: Mapping[str, object]) -> None:
        """Have these stages opened and closed, and the others as their verdicts have it."""
        self._chosen = {stage: bool(said[stage]) for stage in STAGES if stage in said}
        self._fill()

    def show_details(self, visible: bool) -> None:
        """Show or hide the details."""
        self.details.setVisible(visible)
        self._share()
        self.details_shown.emit(visible)

    @Slot(str)
    def jump_to(self, name: str) -> None:
        """Select a variable and scroll to it, if it is shown."""
        index = self.model.index_of(name)
        if not index.isValid():
            return
        self.table.expand(index.parent())
        index = index.siblingAtColumn(VARIABLE)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.table.horizontalScrollBar().setValue(0)

    def go_to_first(self) -> None:
        """Jump to the first divergence, if there is one."""
        if self.comparison is not None and self.comparison.first_divergence is not None:
            self.jump_to(self.comparison.first_divergence)

    def edit_tolerance(self) -> None:
        """Show where the tolerance of the selected variable is typed."""
        self.show_details(True)
        self.details.edit_tolerance()

    def selected_lines(self) -> list[Line]:
        """The selected lines from top to bottom, as they are unfolded."""
        chosen = {index.internalId() for index in self.table.selectionModel().selectedRows()}
        return [line for key, line in self._lines() if key in chosen]

    def all_lines(self) -> list[Line]:
        """All variables, also those of closed stages; their steps where they are unfolded."""
        return [line for _, line in self._lines()]

    def apply_theme(self) -> None:
        """Follow the theme."""
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        colour.setAlpha(70)
        self.model.set_first_brush(QBrush(colour))
        self.table.viewport().update()
        self.details.apply_theme()

    @Slot()
    def _keep_sizes(self) -> None:
        self._moved_by_hand = True

    def _lines(self) -> list[tuple[int, Line]]:
        def is_open(index: QModelIndex) -> bool:
            return isinstance(self.model.line(index), GroupLine) or self.table.isExpanded(index)

        return self.model.lines_below(is_open)

    def _fill(self) -> None:
        opened, current = self._opened(), self._current_name()
        self._filling = True
        groups = (
            group_lines(self.comparison, self._words, self._only, self.tolerances)
            if self.comparison is not None
            else []
        )
        self.model.show_groups(groups, self._only)
        nothing_differs = all(group.agrees for group in groups)
        for index, group in self.model.groups():
            self.table.setExpanded(index, self._is_open(group, nothing_differs))
        for name in opened:
            index = self.model.index_of(name)
            if index.isValid():
                self.model.fetchMore(index)
                self.table.expand(index)
        self._filling = False
        index = self.model.index_of(current) if current else QModelIndex()
        if index.isValid():
            self.table.setCurrentIndex(index.siblingAtColumn(VARIABLE))
        else:
            self._show_line(None)

    def _is_open(self, group: GroupLine, nothing_differs: bool) -> bool:
        if self._words or self._only:
            return True
        opens = not group.agrees or (nothing_differs and group.stage == _OPEN_WITHOUT_DIFFERENCE)
        return self._chosen.get(group.stage, opens)

    def _opened(self) -> list[str]:
        return [
            line.row.name for index, line in self.model.variables() if self.table.isExpanded(index)
        ]

    def _current_name(self) -> str:
        line = self.model.line(self.table.currentIndex())
        return "" if line is None or isinstance(line, GroupLine) else line.row.name

    def _choose(self, index: QModelIndex, is_open: bool) -> None:
        line = self.model.line(index)
        if isinstance(line, GroupLine) and not self._filling and not (self._words or self._only):
            self._chosen[line.stage] = is_open

    @Slot(QModelIndex)
    def _activate(self, index: QModelIndex) -> None:
        line = self.model.line(index)
        if isinstance(line, MoreLine):
            self.model.show_more(index)
        elif isinstance(line, GroupLine):
            self.table.setExpanded(index.siblingAtColumn(0), not self.table.isExpanded(index))

    @Slot(QModelIndex, QModelIndex)
    def _select(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not self._filling:
            self._show_line(self.model.line(current))

    def _show_line(self, line: Line | None) -> None:
        if line is None or isinstance(line, GroupLine) or self.comparison is None:
            self.details.show_details(None, None)
            return
        found = details_of(self.comparison, line.row.name, self.tolerances)
        self.details.show_details(found, line.row, _step_of(line))


def _step_of(line: Line) -> Mapping[Dim, int] | None:
    """Where the loops stand at a line; None for a whole variable."""
    above: Line | None = line
    while above is not None and not isinstance(above, StepLine):
        above = above.parent
    return above.step if isinstance(above, StepLine) else None
