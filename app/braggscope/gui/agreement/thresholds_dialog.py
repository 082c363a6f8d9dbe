"""A dialog for the bounds that decide the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Bounds, MetricContribution
from braggscope.errors import InvalidInput
from braggscope.gui.agreement.thresholds import (
    Limits,
    changed_from_defaults,
    defaults_of,
    limit_from_text,
    save_limits,
)
from braggscope.gui.widgets import set_role


class ThresholdsDialog(QDialog):
    """Two fields a metric; empty ones are open, and a metric with two open ends does not decide.

    Args:
        bounds: those that are changed from the metric's own.
        apply: called with the changed ones.
    """

    def __init__(
        self,
        metrics: Mapping[str, MetricContribution],
        bounds: Mapping[str, Bounds | None],
        apply: Callable[[Limits], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Thresholds of the verdict")
        self._metrics, self._apply = dict(metrics), apply
        self.fields: dict[str, tuple[QLineEdit, QLineEdit]] = {}
        note = QLabel("The images agree when every metric with a bound keeps to it.", self)
        note.setWordWrap(True)
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.hide()
        set_role(self.problem, "problem")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel | kinds.RestoreDefaults, self)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        restore = self.buttons.button(kinds.RestoreDefaults)
        restore.clicked.connect(lambda: self.show_limits(defaults_of(self._metrics)))
        layout = QVBoxLayout(self)
        layout.addWidget(note)
        layout.addWidget(self._make_fields(), 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.show_limits({**defaults_of(metrics), **bounds})
        self.resize(440, 520)

    def _make_fields(self) -> QWidget:
        inside = QWidget(self)
        grid = QGridLayout(inside)
        for column, title in enumerate(("Metric", "At least", "At most")):
            label = QLabel(title, inside)
            set_role(label, "changed")
            grid.addWidget(label, 0, column)
        for row, (name, metric) in enumerate(self._metrics.items(), start=1):
            label = QLabel(metric.title, inside)
            label.setToolTip(metric.description)
            ends = QLineEdit(inside), QLineEdit(inside)
            for field, which in zip(ends, ("at least", "at most"), strict=True):
                field.setAccessibleName(f"{metric.title}, {which}")
                field.setPlaceholderText("open")
            label.setBuddy(ends[0])
            grid.addWidget(label, row, 0)
            grid.addWidget(ends[0], row, 1)
            grid.addWidget(ends[1], row, 2)
            self.fields[name] = ends
        grid.setColumnStretch(0, 1)
        area = QScrollArea(self)
        area.setAccessibleName("Bounds")
        area.setWidgetResizable(True)
        area.setWidget(inside)
        return area

    def show_limits(self, limits: Mapping[str, Bounds | None]) -> None:
        """Fill the fields."""
        for name, (lower, upper) in self.fields.items():
            limit = limits.get(name)
            lower.setText("" if limit is None or limit.lower is None else f"{limit.lower:.12g}")
            upper.setText("" if limit is None or limit.upper is None else f"{limit.upper:.12g}")

    @Slot()
    def accept(self) -> None:
        """Judge by what is typed, and keep it; a wrong number keeps the dialog open."""
        limits: Limits = {}
        for name, (lower, upper) in self.fields.items():
            try:
                limits[name] = limit = limit_from_text(lower.text(), upper.text())
                if limit is not None:
                    self._metrics[name].check(limit)
            except InvalidInput as error:
                self._complain(f"{self._metrics[name].title}: {error}", lower)
                return
        changed = changed_from_defaults(limits, self._metrics)
        try:
            save_limits(changed)
        except InvalidInput as error:
            self._complain(str(error), self.problem)
            return
        self._apply(changed)
        super().accept()

    def _complain(self, text: str, where: QWidget) -> None:
        self.problem.setText(text)
        self.problem.show()
        where.setFocus()
