"""The window of the search: progress, where pixels begin to differ, ranked changes."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.explain.explaining import Trial
from braggscope.explain.wording import share_text, verdict_of
from braggscope.gui.explaining.explainer import Explainer, ExplainState
from braggscope.gui.session import Session

_SAMPLES = 40


class ExplainDialog(QDialog):
    """Starts the search, shows what it finds, and changes A when asked."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Explain the difference")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(900, 600)
        self._session = session
        self.explainer = Explainer(session.host, session.post, self._show)
        self.intro = QLabel(
            "A is run with every known change – another meaning, a slip of units, half a pixel –"
            " and held against the image of B. Choose as A the engine you trust.",
            self,
        )
        self.intro.setWordWrap(True)
        self.samples = QSpinBox(self)
        self.samples.setRange(0, 10_000)
        self.samples.setValue(_SAMPLES)
        self.samples.setAccessibleName("Pixels to trace")
        self.samples.setToolTip("So many pixels are traced to see where they begin to differ")
        self.start_button = QPushButton("Explain", self)
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self.start)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress")
        self.doing = QLabel(self)
        self.doing.setTextFormat(Qt.TextFormat.PlainText)
        self.begins = self._tree(("Pixels", "Differs first"), "Where pixels begin to differ")
        self.changes = self._tree(("Removes", "As if …", "Change"), "Ranked changes of A")
        self.verdict = QLabel(self)
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.apply_button = QPushButton("Apply to A", self)
        self.apply_button.setToolTip("Add the chosen change to the overrides of A’s row")
        self.apply_button.clicked.connect(self._apply)
        self.changes.currentItemChanged.connect(self._enable)
        self._lay_out()
        self._show()

    def _tree(self, header: tuple[str, ...], name: str) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels(header)
        tree.setAccessibleName(name)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        return tree

    def _lay_out(self) -> None:
        ask = QHBoxLayout()
        label = QLabel("Pixels to &trace", self)
        label.setBuddy(self.samples)
        for widget in (label, self.samples, self.start_button):
            ask.addWidget(widget)
        ask.addWidget(self.progress, 1)
        ask.addStretch()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.apply_button, QDialogButtonBox.ButtonRole.ActionRole)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Both tables as text")
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.intro)
        layout.addLayout(ask)
        layout.addWidget(self.doing)
        layout.addWidget(self.begins, 2)
        layout.addWidget(self.changes, 5)
        layout.addWidget(self.verdict)
        layout.addWidget(buttons)

    @Slot()
    def start(self) -> None:
        """Begin, or stop what goes on."""
        if self.explainer.state.running:
            self.explainer.cancel()
            return
        slots = [self._session.slot(side) for side in self._session.sides]
        a, b = (slot.image_run or self._session.run_of(slot) for slot in slots)
        if a is None or b is None:
            self.doing.setText("The set-up of A or B is wrong: see the form and the rows.")
            return
        self.explainer.start(a, b, self._session.engines[a.engine], self.samples.value())

    def _show(self) -> None:
        state = self.explainer.state
        self.start_button.setText("Cancel" if state.running else "Explain")
        self.samples.setEnabled(not state.running)
        self.progress.setValue(round(1000 * state.fraction))
        self.progress.setVisible(state.running)
        self.doing.setText(state.doing if state.running else state.problem)
        self._show_begins(state)
        self._show_changes(state)
        self._enable()

    def _show_begins(self, state: ExplainState) -> None:
        self.begins.clear()
        if state.start is None:
            return
        for name, share in state.start.shares.items():
            said = "nothing does" if name is None else state.start.sentences[name]
            item = QTreeWidgetItem(self.begins, [f"{share:.1%}", said])
            item.setToolTip(1, said)

    def _show_changes(self, state: ExplainState) -> None:
        self.changes.clear()
        found = state.found
        if found is None:
            self.verdict.setText("")
            return
        for trial in found.trials:
            cells = [share_text(trial), trial.problem or trial.hypothesis.title]
            item = QTreeWidgetItem(self.changes, [*cells, trial.hypothesis.id])
            item.setData(0, Qt.ItemDataRole.UserRole, trial)
            item.setToolTip(1, cells[1])
            item.setDisabled(bool(trial.problem))
        first = self.changes.topLevelItem(0)
        if first is not None and found.best is not None:
            self.changes.setCurrentItem(first)
        self.verdict.setText(verdict_of(found))

    def _chosen(self) -> Trial | None:
        item = self.changes.currentItem()
        trial = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        return trial if isinstance(trial, Trial) and not trial.problem else None

    @Slot()
    def _enable(self) -> None:
        trial = self._chosen()
        useful = trial is not None and math.isfinite(trial.removed)
        self.apply_button.setEnabled(useful and bool(trial and trial.hypothesis.lines()))

    @Slot()
    def _apply(self) -> None:
        trial = self._chosen()
        if trial is None:
            return
        slot = self._session.slot("A")
        self._session.edit(slot.id, overrides=(*slot.overrides, *trial.hypothesis.lines()))

    @Slot()
    def _copy(self) -> None:
        lines = [
            "\t".join(item.text(column) for column in range(tree.columnCount()))
            for tree in (self.begins, self.changes)
            for row in range(tree.topLevelItemCount())
            if (item := tree.topLevelItem(row)) is not None
        ]
        QGuiApplication.clipboard().setText("\n".join([*lines, self.verdict.text()]))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing running."""
        self.explainer.close()
        super().closeEvent(event)
