"""The dock: what is known of the traced pixel, and the table of its variables."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Slot
from PySide6.QtGui import QAction, QBrush, QGuiApplication, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Pixel, TraceComparison
from braggscope.ui import ViewContext
from braggscope_trace.bar import TraceBar
from braggscope_trace.model import TraceTableModel
from braggscope_trace.presenter import Page, page_of
from braggscope_trace.rows import Line, MoreLine, table_text, variable_lines
from braggscope_trace.table import TraceTable


def create(context: ViewContext) -> PixelTraceView:
    """The factory of the dock."""
    return PixelTraceView(context)


class PixelTraceView:
    """The dock as the host sees it."""

    def __init__(self, context: ViewContext) -> None:
        self._widget = PixelTraceWidget(context)

    def widget(self) -> QWidget:
        """The widget to show."""
        return self._widget


class PixelTraceWidget(QWidget):
    """Watches the context's trace and shows it."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self.setAccessibleName("Pixel trace")
        self._context = context
        self._comparison: TraceComparison | None = None
        self.page = Page("message")
        self.bar = TraceBar()
        self.headline = _label(bold=True)
        self.check = _label()
        self.explanation = _label()
        self.message = _label(centred=True)
        self.progress = QProgressBar()
        self.retry_button = QPushButton("Try again")
        self.model = TraceTableModel(self)
        self.table = TraceTable(self.model)
        self.refusal = _label(bold=True)
        self.refusal.hide()
        self.stack = QStackedWidget()
        self._mark_first()
        self._lay_out()
        self.setFocusProxy(self.table)
        self._connect()
        self._show_images()
        self._show_trace()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "table"):
            self._mark_first()

    @Slot()
    def copy(self) -> None:
        """Copy the selected rows; all rows as they are unfolded, when none is selected."""
        selected = {index.internalId() for index in self.table.selectionModel().selectedRows()}
        self._copy(self._lines(selected) if selected else self._lines())

    @Slot()
    def copy_all(self) -> None:
        """Copy all rows as they are unfolded."""
        self._copy(self._lines())

    @Slot()
    def go_to_first(self) -> None:
        """Scroll to the first divergence, if it is shown."""
        first = self._comparison.first_divergence if self._comparison is not None else None
        index = self.model.index_of(first) if first is not None else QModelIndex()
        if index.isValid():
            self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
            self.table.horizontalScrollBar().setValue(0)

    def _lay_out(self) -> None:
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(160, 8)
        self.progress.setAccessibleName("A trace is under way")
        alone = QWidget()
        column = QVBoxLayout(alone)
        column.addStretch(1)
        column.addWidget(self.message)
        for widget in (self.progress, self.retry_button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        content = QWidget()
        lines = QVBoxLayout(content)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(2)
        for label in (self.headline, self.check, self.explanation):
            lines.addWidget(label)
        lines.addWidget(self.table, 1)
        self.stack.addWidget(alone)
        self.stack.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self.bar)
        layout.addWidget(self.refusal)
        layout.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self._context.trace_changed.connect(self._show_trace)
        self._context.images_changed.connect(self._show_images)
        self._context.theme_changed.connect(self._mark_first)
        self.bar.pixel_wanted.connect(self._go_to)
        self.bar.refused.connect(self._refuse)
        self.bar.filter_changed.connect(self._fill)
        self.bar.first_wanted.connect(self.go_to_first)
        self.bar.copy_wanted.connect(self.copy_all)
        self.retry_button.clicked.connect(self._retry)
        self.table.activated.connect(self._activate)
        action = QAction("Copy", self)
        action.setShortcut(QKeySequence.StandardKey.Copy)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(self.copy)
        self.table.addAction(action)

    @Slot(str)
    def _refuse(self, problem: str) -> None:
        self.refusal.setText(f"✗ {problem}")
        self.refusal.setVisible(bool(problem))

    @Slot()
    def _show_trace(self) -> None:
        self._refuse("")
        context = self._context
        state = context.trace
        self.page, comparison = page_of(
            state,
            self._comparison,
            state.sources[0] or context.label("A"),
            state.sources[1] or context.label("B"),
        )
        self._show_page(self.page)
        if state.pixel is not None:
            self.bar.show_pixel(state.pixel)
        if comparison is not self._comparison:
            self._comparison = comparison
            self._fill()
            self.go_to_first()
        self._enable()

    def _show_page(self, page: Page) -> None:
        self.stack.setCurrentIndex(0 if page.kind == "message" else 1)
        self.message.setText(page.message)
        self.progress.setVisible(page.busy)
        self.retry_button.setVisible(page.can_retry)
        for label, text in (
            (self.headline, page.headline),
            (self.check, page.check),
            (self.explanation, page.explanation),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        font = self.check.font()
        font.setBold(page.check_failed)
        self.check.setFont(font)
        self.table.setEnabled(not page.busy)

    def _enable(self) -> None:
        has_table = self._comparison is not None
        first = self._comparison is not None and self._comparison.first_divergence is not None
        self.bar.first_button.setEnabled(first)
        for widget in (self.bar.filter_edit, self.bar.only_box, self.bar.copy_button):
            widget.setEnabled(has_table)

    @Slot()
    def _fill(self) -> None:
        """Show the rows that the filter leaves; what was unfolded stays unfolded."""
        opened = self._opened()
        rows = self._comparison.rows if self._comparison is not None else ()
        only = self.bar.only_box.isChecked()
        self.model.show_lines(variable_lines(rows, self.bar.filter_edit.text(), only), only)
        for name in opened:
            index = self.model.index_of(name)
            if index.isValid():
                self.model.fetchMore(index)
                self.table.expand(index)

    def _opened(self) -> list[str]:
        opened = []
        for row in range(self.model.rowCount()):
            index = self.model.index(row, 0)
            line = self.model.line(index)
            if line is not None and self.table.isExpanded(index):
                opened.append(line.row.name)
        return opened

    def _lines(self, keys: set[int] | None = None) -> list[Line]:
        return [
            line
            for key, line in self.model.lines_below(self.table.isExpanded)
            if keys is None or key in keys
        ]

    def _copy(self, lines: list[Line]) -> None:
        QGuiApplication.clipboard().setText(table_text(lines))

    @Slot(object)
    def _go_to(self, pixel: Pixel) -> None:
        self._context.set_cursor(pixel)
        self._context.request_trace(pixel)

    @Slot()
    def _retry(self) -> None:
        pixel = self._context.trace.pixel
        if pixel is not None:
            self._context.request_trace(pixel)

    @Slot(QModelIndex)
    def _activate(self, index: QModelIndex) -> None:
        if isinstance(self.model.line(index), MoreLine):
            self.model.show_more(index)

    @Slot()
    def _show_images(self) -> None:
        image = self._context.image("A") or self._context.image("B")
        self.bar.limit(image.shape if image is not None else None)

    @Slot()
    def _mark_first(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        colour.setAlpha(70)
        self.model.set_first_brush(QBrush(colour))
        self.table.viewport().update()


def _label(*, bold: bool = False, centred: bool = False) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(1)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    if centred:
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label
