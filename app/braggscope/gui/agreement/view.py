"""The agreement panel."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import MetricContribution
from braggscope.gui.agreement.bar import AgreementBar
from braggscope.gui.agreement.noise import NoiseMeter
from braggscope.gui.agreement.presenter import Agreement, agreement_of
from braggscope.gui.agreement.table import PIXEL, MetricTable
from braggscope.gui.agreement.thresholds import load_limits
from braggscope.gui.agreement.worst import WorstFirst, places_of
from braggscope.gui.widgets import set_role
from braggscope.gui.workspace import Workspace

__all__ = ["AgreementPanel", "MetricTable"]


class AgreementPanel(QWidget):
    """The verdict and the metrics behind it."""

    def __init__(
        self,
        workspace: Workspace,
        metrics: Mapping[str, MetricContribution],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._metrics = workspace, dict(metrics)
        self._shown: Agreement | None = None
        self._worst = WorstFirst()
        analyser = workspace.session.analyser
        analyser.metrics = self._metrics
        limits = {name: limit for name, limit in load_limits().items() if name in self._metrics}
        if limits:
            analyser.set_bounds(limits)
        self.noise = NoiseMeter(workspace.session, self.refresh)
        self._make_banner()
        self.table = MetricTable(self)
        self.bar = AgreementBar(self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _make_banner(self) -> None:
        self.banner = QFrame(self)
        self.sign, self.headline = QLabel(self.banner), QLabel(self.banner)
        set_role(self.sign, "verdict-sign")
        set_role(self.headline, "verdict")
        self.banner.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.headline.setWordWrap(True)
        self.outdated = QLabel("outdated", self.banner)
        set_role(self.outdated, "warn")
        self.reasons = QLabel(self.banner)
        self.reasons.setWordWrap(True)
        self.reasons.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.sign)
        line.addWidget(self.headline, 1)
        line.addWidget(self.outdated)
        inside = QVBoxLayout(self.banner)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.setSpacing(2)
        inside.addLayout(line)
        inside.addWidget(self.reasons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.banner)
        layout.addWidget(self.table, 1)
        # Takes the room while there is no table.
        layout.addStretch(0)
        layout.addWidget(self.bar)

    def _connect(self) -> None:
        self.table.cellActivated.connect(self._go_to)
        self.table.cellClicked.connect(self._clicked)
        self.bar.next_asked.connect(self.next_worst)
        self.bar.stop_asked.connect(self._stop)
        self.bar.thresholds.triggered.connect(self.edit_thresholds)
        self.bar.noise.triggered.connect(self.measure_noise)
        self.bar.matrix.triggered.connect(self.show_matrix)
        self.bar.copy.triggered.connect(self.table.copy)
        workspace = self._workspace
        workspace.analysis_changed.connect(self.refresh)
        workspace.slots_changed.connect(self.refresh)
        workspace.theme_changed.connect(self.table.repaint_rows)

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        session = self._workspace.session
        floors = self.noise.floors(self._metrics)
        agreement = agreement_of(session, self._metrics, floors)
        self._show_bar(agreement)
        if agreement == self._shown:
            return
        before, self._shown = self._shown, agreement
        set_role(self.banner, f"banner-{agreement.tone}")
        set_role(self.sign, f"verdict-{agreement.tone}")
        self.sign.setText(agreement.sign)
        self.headline.setText(agreement.headline)
        self.banner.setAccessibleName(f"{agreement.headline}. {' '.join(agreement.reasons)}")
        self.outdated.setVisible(agreement.outdated)
        self.reasons.setText("\n".join(agreement.reasons))
        self.reasons.setVisible(bool(agreement.reasons))
        shown = None if before is None else (before.rows, before.regions)
        if (agreement.rows, agreement.regions) != shown:
            self.table.show_rows(agreement.rows, agreement.regions)

    def _show_bar(self, agreement: Agreement) -> None:
        findings = self._workspace.session.analyser.findings
        problem = f"No noise floor: {self.noise.problem}" if self.noise.problem else ""
        text = self.noise.progress or agreement.progress or problem or self._worst.text(findings)
        busy = self.noise.is_busy or bool(agreement.progress)
        self.bar.show_state(bool(places_of(findings)), text, busy)
        self.bar.setVisible(bool(agreement.rows) or busy)
        self.bar.noise.setEnabled(self.noise.can_start and not self.noise.is_busy)

    @Slot()
    def _stop(self) -> None:
        self.noise.cancel()
        self._workspace.session.analyser.stop()

    @Slot()
    def next_worst(self, forward: bool = True) -> None:
        """Move the cursor to the next worst place, or to the one before."""
        place = self._worst.step(self._workspace.session.analyser.findings, forward)
        if place is not None:
            self._workspace.set_cursor(place.pixel)
        self.refresh()

    @Slot()
    def measure_noise(self) -> None:
        """Measure the noise floor of A and B, if there are any and it is not being done."""
        if self.noise.can_start and not self.noise.is_busy:
            self.noise.start()

    @Slot()
    def edit_thresholds(self) -> None:
        """Open the dialog of bounds."""
        from braggscope.gui.agreement.thresholds_dialog import ThresholdsDialog

        analyser = self._workspace.session.analyser
        ThresholdsDialog(self._metrics, analyser.bounds, analyser.set_bounds, self.window()).open()

    @Slot()
    def show_matrix(self) -> None:
        """Open the dialog that compares all runs."""
        from braggscope.gui.agreement.matrix_dialog import MatrixDialog

        MatrixDialog(self._workspace.session, self._metrics, self.window()).open()

    @Slot(int, int)
    def _clicked(self, row: int, column: int) -> None:
        if column >= PIXEL or self.table.is_link(row, column):
            self._go_to(row, column)

    @Slot(int, int)
    def _go_to(self, row: int, column: int) -> None:
        pixel = self.table.pixel_at(row, column)
        if pixel is not None:
            self._workspace.set_cursor(pixel)
