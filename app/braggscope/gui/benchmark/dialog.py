"""The benchmark dialog: what to measure, the table that fills, and the pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError
from braggscope.benchmark.measuring import HostMaker
from braggscope.benchmark.pictures import (
    Frame,
    roofline_picture,
    scaling_picture,
    times_picture,
)
from braggscope.benchmark.record import write_record
from braggscope.gui.benchmark.picture_view import PictureView
from braggscope.gui.benchmark.presenter import (
    BenchmarkPresenter,
    Choice,
    engine_choices,
    workload_choices,
)
from braggscope.gui.benchmark.table import BenchmarkTable
from braggscope.gui.messages import ErrorDialog, from_exception
from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.gui.workspace import Workspace
from braggscope.ui.saving import ask_where
from braggscope.ui.svg import write_png
from braggscope.whole_files import write_text

_REPEATS = 7
_TIP_WIDTH = 72
#: News come faster than anyone can read.
_REDRAW_MS = 100


class BenchmarkDialog(QDialog):
    """Measures engines while the window can be used; closing it stops the measuring.

    Args:
        make_host: makes the hosts that are measured.
    """

    def __init__(
        self, workspace: Workspace, make_host: HostMaker, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Benchmark")
        self.setModal(False)
        self._workspace = workspace
        self.presenter = BenchmarkPresenter(make_host, workspace.bridge.post, self._news)
        self._soon = QTimer(self, singleShot=True, interval=_REDRAW_MS)
        self._soon.timeout.connect(self.refresh)
        self.workloads = _checks("Workloads", workload_choices(), self)
        self.engines = _checks("Engines", engine_choices(workspace.session.engines), self)
        self.scaling = QCheckBox("Scaling over pixels, steps, threads", self)
        self.scaling.setToolTip("How times go with each of them; takes minutes")
        self.repeats = QSpinBox(self, minimum=1, maximum=99, value=_REPEATS)
        self.repeats.setAccessibleName("Warm runs of each")
        self.measure = QPushButton("Measure", self)
        set_role(self.measure, "primary")
        self.stop = QPushButton("Stop", self)
        self.table = BenchmarkTable(self)
        self.pictures = QTabWidget(self)
        self.times = PictureView("Times", self)
        self.roofline = PictureView("Roofline", self)
        self.scales = PictureView("Scaling", self)
        for view in (self.times, self.roofline, self.scales):
            self.pictures.addTab(view, view.accessibleName())
        self.status = ElidedLabel("", self)
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.problem, "warn")
        self.progress = QProgressBar(self, minimum=0, maximum=1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress")
        self._lay_out()
        self.measure.clicked.connect(self._start)
        self.stop.clicked.connect(self.presenter.cancel)
        workspace.theme_changed.connect(self._redraw)
        self.refresh()

    # ── building ──────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        results = QSplitter(Qt.Orientation.Vertical, self)
        results.addWidget(self.table)
        results.addWidget(self.pictures)
        results.setChildrenCollapsible(False)
        results.setSizes([260, 360])
        top = QHBoxLayout()
        top.addLayout(self._choices())
        top.addWidget(results, 1)
        line = QHBoxLayout()
        line.addWidget(self.status, 1)
        line.addWidget(self.progress, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(top, 1)
        layout.addWidget(self.problem)
        layout.addLayout(line)
        layout.addWidget(self._buttons())
        available = self.screen().availableGeometry()
        self.resize(min(1180, available.width() - 40), min(760, available.height() - 60))

    def _choices(self) -> QVBoxLayout:
        column = QVBoxLayout()
        for title, box in (("&Workloads", self.workloads), ("&Engines", self.engines)):
            label = QLabel(title, self)
            label.setBuddy(box)
            column.addWidget(label)
            column.addWidget(box, 3 if box is self.workloads else 2)
            box.setFixedWidth(300)
        column.addWidget(self.scaling)
        line = QHBoxLayout()
        label = QLabel("Warm &runs of each", self)
        label.setBuddy(self.repeats)
        line.addWidget(label, 1)
        line.addWidget(self.repeats)
        column.addLayout(line)
        buttons = QHBoxLayout()
        buttons.addWidget(self.measure, 1)
        buttons.addWidget(self.stop)
        column.addLayout(buttons)
        return column

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.savers: list[QPushButton] = []
        for text, tip, act in (
            ("Copy as Markdown", "The tables, for documentation and reports", self._copy),
            ("Save as JSON…", "Everything that was measured", self._save_json),
            ("Save picture…", "The picture that is shown, SVG or PNG", self._save_picture),
        ):
            button = buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            self.savers.append(button)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        return buttons

    # ── showing ───────────────────────────────────────────────────────────────────────────────

    def _news(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def refresh(self) -> None:
        """Show what the presenter knows."""
        shown, busy = self.presenter, self.presenter.is_busy
        self.table.show_rows(*shown.table())
        self.status.setText(shown.status)
        self.problem.setText(shown.problem)
        self.problem.setVisible(bool(shown.problem))
        self.progress.setValue(round(shown.fraction * 1000))
        self.progress.setVisible(busy)
        for widget in (self.measure, self.workloads, self.engines, self.scaling, self.repeats):
            widget.setEnabled(not busy)
        self.stop.setEnabled(busy)
        for button in self.savers:
            button.setEnabled(shown.record is not None)
        self._show_pictures()

    def _show_pictures(self) -> None:
        shown, found = self.presenter, self.presenter.measurements
        timed = any(one.warm_s for one in found)
        self.times.show_picture(partial(times_picture, found, shown.before) if timed else None)
        self.roofline.show_picture(partial(roofline_picture, found) if timed else None)
        scaling = shown.outcome.scaling
        self.scales.show_picture(partial(scaling_picture, scaling) if scaling else None)
        self.pictures.setTabVisible(self.pictures.indexOf(self.scales), bool(scaling))

    @Slot()
    def _redraw(self) -> None:
        for view in (self.times, self.roofline, self.scales):
            view.redraw()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────

    @Slot()
    def _start(self) -> None:
        self.presenter.start(
            _checked(self.workloads),
            _checked(self.engines),
            self.repeats.value(),
            scaling=self.scaling.isChecked(),
            others_run=self._workspace.session.is_busy,
        )

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.presenter.markdown())
        self.status.setText("Copied.")

    @Slot()
    def _save_json(self) -> None:
        record = self.presenter.record
        path = ask_where(self, "Save benchmark", Path.home() / "benchmark.json", "JSON (*.json)")
        if path is not None and record is not None:
            self._guarded(lambda: write_record(record, path), path)

    @Slot()
    def _save_picture(self) -> None:
        view = self.pictures.currentWidget()
        assert isinstance(view, PictureView)
        proposal = Path.home() / f"benchmark-{view.accessibleName().lower()}.svg"
        path = ask_where(self, "Save picture", proposal, "SVG (*.svg);;PNG (*.png)")
        if path is not None:
            svg = self._picture_to_keep(view)
            write = write_png if path.suffix.lower() == ".png" else _write_svg
            self._guarded(lambda: write(svg, path), path)

    def _picture_to_keep(self, view: PictureView) -> str:
        """The shown picture in print: light, of its own size, and with the machine's name."""
        shown, frame = self.presenter, Frame(about=self.presenter.about)
        if view is self.times:
            return times_picture(shown.measurements, shown.before, frame)
        if view is self.roofline:
            return roofline_picture(shown.measurements, frame)
        return scaling_picture(shown.outcome.scaling, frame)

    def _guarded(self, work: Callable[[], None], path: Path) -> None:
        try:
            work()
        except BraggscopeError as error:
            ErrorDialog(from_exception(error), self).open()
        else:
            self.status.setText(f"{path}: written")

    def reject(self) -> None:
        """Nobody measures for a dialog that is closed; what was measured is there again later."""
        self.presenter.cancel()
        super().reject()

    def shut_down(self) -> None:
        """Stop for good, with the window."""
        self.presenter.close()
        self.reject()


def _write_svg(svg: str, path: Path) -> None:
    write_text(path, svg)


def _checks(name: str, choices: Sequence[Choice], parent: QWidget) -> QListWidget:
    box = QListWidget(parent)
    box.setSpacing(2)
    box.setAccessibleName(name)
    for choice in choices:
        long = name == "Workloads"
        item = QListWidgetItem(f"{choice.name}: {choice.note}" if long else choice.name, box)
        item.setData(Qt.ItemDataRole.UserRole, choice.name)
        item.setToolTip(textwrap.fill(choice.note, _TIP_WIDTH))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if choice.chosen else Qt.CheckState.Unchecked)
    return box


def _checked(box: QListWidget) -> list[str]:
    items = (box.item(row) for row in range(box.count()))
    return [
        str(item.data(Qt.ItemDataRole.UserRole))
        for item in items
        if item.checkState() == Qt.CheckState.Checked
    ]
