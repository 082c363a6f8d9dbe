"""The dock: the traced pixel's variables, pinned pixels side by side, asymmetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Pixel, TraceComparison
from braggscope.ui import ViewContext
from braggscope.ui.choices import choices_of, choose
from braggscope_trace.bar import PageName, TraceBar
from braggscope_trace.copying import Form, as_text, table_text
from braggscope_trace.elided import ElidedLabel
from braggscope_trace.pin_pages import PinPages
from braggscope_trace.presenter import Page, page_of
from braggscope_trace.text_page import TextPage
from braggscope_trace.tolerance_menu import ToleranceMenu
from braggscope_trace.trace_page import TracePage

#: From this width on the details are there without being asked for, px.
_ROOMY = 860


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

    def save_state(self) -> dict[str, Any]:
        """The page, the filter, the folds, and whether details are shown."""
        return self._widget.save_state()

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that again."""
        self._widget.restore_state(state)


class PixelTraceWidget(QWidget):
    """Watches the context's traces and shows them."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self.setAccessibleName("Pixel trace")
        self._context = context
        self._comparison: TraceComparison | None = None
        self._details_chosen: bool | None = None
        self.page = Page("message")
        self.page_name: PageName = "trace"
        self.bar = TraceBar()
        self.headline = ElidedLabel()
        self.check = _label(bold=True)
        self.explanation = _label(bold=True)
        self.message = _label(centred=True)
        self.progress = QProgressBar()
        self.retry_button = QPushButton("Try again")
        self.refusal = _label(bold=True)
        self.refusal.hide()
        self.trace = TracePage()
        self.model, self.table = self.trace.model, self.trace.table
        self.tolerances = ToleranceMenu(context, self.trace.details.all_button)
        self.pins = PinPages(context, self.bar.pin_menu, self)
        self.stack = QStackedWidget()
        self._lay_out()
        self.trace.apply_theme()
        self.trace.show_details(False)
        self._connect()
        self._add_actions()
        self._show_images()
        self._show_trace()
        self.show_page("trace")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "trace"):
            self.trace.apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the details where there is room, unless the user chose."""
        super().resizeEvent(event)
        if self._details_chosen is None:
            self.trace.show_details(self.width() >= _ROOMY)

    def show_page(self, name: PageName) -> None:
        """Show the trace, the pins or the asymmetry."""
        self.page_name = name
        self.bar.show_page(name)
        self._show_page(self.page)
        self.pins.refresh()
        self._enable()

    def save_state(self) -> dict[str, Any]:
        """As `braggscope.ui.Remembering` has it."""
        return {
            "page": self.page_name,
            "details": self._details_chosen,
            "folds": self.trace.folds(),
            **choices_of(self.bar.kept),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """As `braggscope.ui.Remembering` has it."""
        choose(self.bar.kept, state)
        if isinstance(details := state.get("details"), bool):
            self._choose_details(details)
        self.trace.fold(state.get("folds", {}))
        if (name := state.get("page")) in self.bar.pages:
            self.show_page(name)

    @Slot()
    def copy(self) -> None:
        """Copy the selected rows; all rows, when none is selected."""
        lines = self.trace.selected_lines() if self.page_name == "trace" else []
        if lines:
            QGuiApplication.clipboard().setText(table_text(lines))
        else:
            self.copy_all()

    @Slot(str)
    def copy_all(self, form: Form = "text") -> None:
        """Copy all rows."""
        if self.page_name == "trace":
            text = table_text(self.trace.all_lines(), form)
        else:
            table = self._text_page().table.table
            text = as_text(("Stage", *table.headers), table.rows(), form)
        QGuiApplication.clipboard().setText(text)

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
        lines.addWidget(self.trace, 1)
        # A long reason in a low dock would be squeezed away.
        scrolled = QScrollArea()
        scrolled.setAccessibleName("Why there is no trace")
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(alone)
        for page in (scrolled, content, self.pins.pins, self.pins.asymmetry):
            self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(self.bar)
        layout.addWidget(self.refusal)
        layout.addWidget(self.stack, 1)

    def _connect(self) -> None:
        context, bar = self._context, self.bar
        context.trace_changed.connect(self._show_trace)
        context.pins_changed.connect(self._show_pins)
        context.images_changed.connect(self._show_images)
        context.theme_changed.connect(self.trace.apply_theme)
        bar.page_wanted.connect(self.show_page)
        bar.pixel_wanted.connect(self._go_to)
        bar.refused.connect(self._refuse)
        bar.filter_changed.connect(self._filter)
        bar.first_wanted.connect(self.trace.go_to_first)
        bar.copy_wanted.connect(self.copy_all)
        bar.details_wanted.connect(self._choose_details)
        self.trace.details_shown.connect(bar.details_button.setChecked)
        self.trace.details.tolerance_chosen.connect(self._choose_tolerance)
        self.tolerances.said.connect(self._say)
        self.pins.problem.connect(self._refuse)
        self.retry_button.clicked.connect(self._retry)

    def _add_actions(self) -> None:
        copy = QAction("Copy", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(self.copy)
        for table in (self.table, self.pins.pins.table, self.pins.asymmetry.table):
            table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            table.addAction(copy)
        for title, call in (
            ("Change tolerance…", self._edit_tolerance),
            ("Open all stages", lambda: self.trace.set_all_open(True)),
            ("Close all stages", lambda: self.trace.set_all_open(False)),
        ):
            action = QAction(title, self)
            action.triggered.connect(lambda _checked=False, do=call: do())
            self.table.addAction(action)

    @Slot(str)
    def _refuse(self, problem: str) -> None:
        self._say(f"✗ {problem}" if problem else "")

    @Slot(str)
    def _say(self, text: str) -> None:
        self.refusal.setText(text)
        self.refusal.setVisible(bool(text))

    @Slot()
    def _show_trace(self) -> None:
        self._refuse("")
        context = self._context
        state = context.trace
        before = self._comparison
        label_a = state.sources[0] or context.label("A")
        label_b = state.sources[1] or context.label("B")
        self.page, comparison = page_of(state, before, label_a, label_b)
        if state.pixel is not None:
            self.bar.show_pixel(state.pixel)
        if comparison is not before:
            self._comparison = comparison
            self.trace.show_comparison(comparison, context.tolerances)
            # The same traces by other tolerances leave the user where he is.
            if before is None or comparison is None or comparison.a is not before.a:
                self.trace.go_to_first()
        if state.running and self.page_name == "pins":
            self.show_page("trace")
        self._show_page(self.page)
        self.pins.refresh()
        self._enable()

    @Slot()
    def _show_pins(self) -> None:
        state = self._context.pins
        if state.running and self.page_name == "trace":
            self.show_page("pins")
        self.pins.refresh()
        self._enable()

    def _show_page(self, page: Page) -> None:
        if self.page_name != "trace":
            self.stack.setCurrentWidget(self._text_page())
            return
        self.stack.setCurrentIndex(0 if page.kind == "message" else 1)
        self.message.setText(page.message)
        self.progress.setVisible(page.busy)
        self.retry_button.setVisible(page.can_retry)
        sign = "▶ " if page.differs else ""
        for label, text in (
            (self.headline, page.headline),
            (self.check, page.check),
            (self.explanation, f"{sign}{page.explanation}" if page.explanation else ""),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        font = self.check.font()
        font.setBold("⚠" in page.check)
        self.check.setFont(font)
        self.headline.setToolTip(f"{page.headline}\n{page.about}".strip())
        self.trace.setEnabled(not page.busy)

    def _text_page(self) -> TextPage:
        return self.pins.pins if self.page_name == "pins" else self.pins.asymmetry

    def _enable(self) -> None:
        comparison = self._comparison
        is_trace = self.page_name == "trace"
        has_table = comparison is not None if is_trace else self._text_page().has_table
        first = comparison is not None and comparison.first_divergence is not None
        self.bar.first_button.setEnabled(first)
        for widget in (self.bar.filter_edit, self.bar.only_box, self.bar.copy_button):
            widget.setEnabled(has_table)

    @Slot()
    def _filter(self) -> None:
        words, only = self.bar.filter_edit.text(), self.bar.only_box.isChecked()
        self.trace.filter(words, only)
        self.pins.filter(words, only)

    @Slot(object)
    def _go_to(self, pixel: Pixel) -> None:
        self._context.set_cursor(pixel)
        self._context.request_trace(pixel)

    @Slot(bool)
    def _choose_details(self, visible: bool) -> None:
        self._details_chosen = visible
        self.trace.show_details(visible)

    def _edit_tolerance(self) -> None:
        # Who asked for the details keeps them, also in a narrow dock.
        self._choose_details(True)
        self.trace.edit_tolerance()

    @Slot(str, object)
    def _choose_tolerance(self, name: str, value: float | None) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        tolerances, profile = self._context.tolerances, comparison.profile
        self.tolerances.have(
            tolerances.without(profile, name)
            if value is None
            else tolerances.with_value(profile, name, value)
        )

    @Slot()
    def _retry(self) -> None:
        pixel = self._context.trace.pixel
        if pixel is not None:
            self._context.request_trace(pixel)

    @Slot()
    def _show_images(self) -> None:
        image = self._context.image("A") or self._context.image("B")
        self.bar.limit(image.shape if image is not None else None)
        self.pins.refresh()


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
