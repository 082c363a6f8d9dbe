"""The dock "Bragg peaks": reflections with their sums in A and B; a click goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QWidget,
)

from braggscope.api import BraggscopeError
from braggscope.ui import ViewContext
from braggscope.ui.flow_layout import FlowLayout
from braggscope.whole_files import write_text
from braggscope_plots.dock import Dock
from braggscope_plots.peaks import Peaks, bragg_peaks
from braggscope_plots.peaks_table import A_COLUMN, TITLES, WIDEST, summary
from braggscope_plots.pixels import Check
from braggscope_plots.state import (
    WHOLE,
    Options,
    State,
    counted,
    geometry_of,
    no_pair,
    problem_text,
)
from braggscope_plots.tables import comma_separated, tsv

TITLE = "Bragg peaks"
#: Room beside the text of a cell, and beside a title, which an arrow follows in the sorted column.
_CELL_PADDING, _TITLE_PADDING = 12, 18


class PeaksDock(Dock):
    """Watches A and B.

    Signals:
        listed: another list is shown.
    """

    listed = Signal()

    def __init__(self, context: ViewContext) -> None:
        super().__init__(context, TITLE)
        self.ask_path: Callable[[QWidget, str, str], Any] | None = None
        self._summary = ""

    def build(self) -> tuple[QWidget, QWidget]:
        """Controls and table."""
        from braggscope_plots.peaks_model import PeaksModel

        self.model = PeaksModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(TITLE)
        self.table.setAlternatingRowColors(True)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(A_COLUMN, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column, text in enumerate(WIDEST):
            advance = self.fontMetrics().horizontalAdvance
            titled = advance(TITLES[column]) + _TITLE_PADDING
            self.table.setColumnWidth(column, max(advance(text) + _CELL_PADDING, titled))
        self.table.selectionModel().currentRowChanged.connect(self._go_to)
        self.table.clicked.connect(self._go_to)
        action = QAction("Copy", self.table)
        action.setShortcut(QKeySequence.StandardKey.Copy)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(self.copy_rows)
        self.table.addAction(action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return self._controls(), self.table

    def watched(self) -> frozenset[str]:
        """Regions, while one is chosen."""
        return frozenset({"regions"}) if self.region else frozenset()

    @property
    def region(self) -> str:
        """The region whose pixels count."""
        return self.region_box.currentData() or WHOLE

    def refusal(self, state: State) -> str:
        """Two images of one size are needed."""
        return no_pair(state)

    def work(self, state: State) -> Callable[[Check], Peaks]:
        """Find and sum the peaks."""
        options = Options(region=self.region)

        def made(check: Check) -> Peaks:
            pixels = counted(state, options, ("A", "B"))
            a, b = pixels.images
            return bragg_peaks(a, b, pixels.keep, geometry_of(state), check=check)

        return made

    def show_result(self, result: Peaks) -> None:
        """Fill the table."""
        self.model.show_peaks(result)
        self._summary = summary(result)
        self.listed.emit()

    def status_text(self) -> str:
        """What the list is about."""
        return self._summary

    def regions_listed(self) -> None:
        """Offer the regions there are."""
        box, chosen = self.region_box, self.region
        box.blockSignals(True)
        box.clear()
        box.addItem("Whole image", WHOLE)
        for region in self.context.regions:
            box.addItem(region.name, region.name)
        place = box.findData(chosen)
        box.setCurrentIndex(max(place, 0))
        box.setEnabled(box.count() > 1)
        box.blockSignals(False)
        if place < 0:
            self.outdate()

    def controls_enabled(self, there: bool) -> None:
        """Nothing to copy, nothing to press."""
        for button in (self.copy_button, self.save_button):
            button.setEnabled(there)

    @Slot()
    def copy_all(self) -> None:
        """Copy the list as TSV, in the order shown."""
        QGuiApplication.clipboard().setText(tsv(self.model.columns()))
        self.say(f"Copied {self.model.rowCount()} rows.")

    @Slot()
    def copy_rows(self) -> None:
        """Copy the selected rows; all, when none is selected."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        QGuiApplication.clipboard().setText(tsv(self.model.columns(rows or None)))

    @Slot()
    def save(self) -> None:
        """Save the list as CSV where the user wants it."""
        from braggscope_plots import saving

        path = (self.ask_path or saving.ask_path)(self, TITLE, "csv")
        if path is None:
            return
        try:
            write_text(path, comma_separated(self.model.columns()))
        except BraggscopeError as error:
            self.say("✗ " + " ".join(problem_text(error).split()))
        else:
            self.say(f"Saved {path}")

    def _controls(self) -> QWidget:
        self.region_box = QComboBox()
        self.kept["region"] = self.region_box
        self.region_box.addItem("Whole image", WHOLE)
        self.region_box.setAccessibleName(f"{TITLE}: region")
        self.region_box.currentIndexChanged.connect(self.outdate)
        label = QLabel("Region")
        label.setBuddy(self.region_box)
        self.copy_button = QPushButton("Copy table")
        self.copy_button.setToolTip(
            "Copy all rows as tab-separated text; Ctrl+C the selected ones."
        )
        self.copy_button.clicked.connect(self.copy_all)
        self.save_button = QPushButton("Save CSV …")
        self.save_button.clicked.connect(self.save)
        bar = QWidget()
        line = FlowLayout(bar)
        for widget in (label, self.region_box, self.copy_button, self.save_button):
            line.addWidget(widget)
        return bar

    @Slot(QModelIndex)
    def _go_to(self, index: QModelIndex) -> None:
        pixel = self.model.pixel(index.row())
        if pixel is not None and index.isValid():
            self.context.set_cursor(pixel)
