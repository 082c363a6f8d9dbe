"""One row under "Runs"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import EngineOption
from braggscope.gui.runs.options import ChoiceEditor, PathEditor, TextEditor, editor_of
from braggscope.gui.runs.overrides import OverridesEditor
from braggscope.gui.runs.presenter import Card, StateLine
from braggscope.gui.runs.suggestions import Suggestions
from braggscope.gui.widgets import CalmComboBox, ElidedLabel, set_role


class CardView(QFrame):
    """Shows a card and says what the user wants of it.

    Signals:
        side_asked: "A" or "B" for this row.
        edited: changes of the slot, as a dict.
        run_asked, remove_asked: as they say.
        details_asked: the error to show.
        shape_asked: (slow, fast) that the detector should have.
    """

    side_asked = Signal(str)
    edited = Signal(object)
    run_asked = Signal()
    remove_asked = Signal()
    details_asked = Signal(object)
    shape_asked = Signal(object)

    def __init__(
        self, suggestions: Callable[[], Suggestions], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._card: Card | None = None
        self._options: dict[str, ChoiceEditor | TextEditor | PathEditor] = {}
        self._rare: list[QWidget] = []
        self._sides = {side: self._side_button(side) for side in ("A", "B")}
        self.engine = CalmComboBox(self)
        self.engine.setAccessibleName("Engine")
        self.engine.setMinimumContentsLength(8)
        self.engine.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.engine.activated.connect(self._engine_chosen)
        self._remove = QToolButton(self)
        self._remove.setText("✕")
        self._remove.setAutoRaise(True)
        self._remove.setToolTip("Remove this run")
        self._remove.setAccessibleName("Remove this run")
        self._remove.clicked.connect(self.remove_asked)
        self.overrides = OverridesEditor(suggestions, self)
        self.overrides.changed.connect(lambda lines: self.edited.emit({"overrides": lines}))
        self._sign, self.state = QLabel(self), ElidedLabel(parent=self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Progress of this run")
        self.details = QPushButton("Details…", self)
        self.details.clicked.connect(self._details)
        self.fit_detector = QPushButton("Fit detector", self)
        self.fit_detector.setToolTip(
            "Give the experiment the beam and detector that the image's header tells, or its size"
        )
        self.fit_detector.clicked.connect(self._shape_asked)
        self.more = QToolButton(self)
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.toggled.connect(self._show_rare)
        self._lay_out()

    def _side_button(self, side: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(side)
        button.setCheckable(True)
        what = "the reference" if side == "A" else "the candidate"
        button.setToolTip(f"Make this run {side}, {what}")
        button.setAccessibleName(f"This run is {side}, {what}")
        set_role(button, f"side-{side.lower()}")
        button.clicked.connect(lambda: self._side_clicked(side))
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        for button in self._sides.values():
            head.addWidget(button)
        head.addSpacing(4)
        head.addWidget(self.engine, 3)
        self._option_row = QHBoxLayout()
        self._option_row.setSpacing(4)
        head.addLayout(self._option_row, 2)
        self._more_options = QFormLayout()
        self._more_options.setContentsMargins(0, 0, 0, 0)
        self._more_options.setVerticalSpacing(4)
        head.addWidget(self._remove)
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(self._sign)
        foot.addWidget(self.state, 1)
        foot.addWidget(self.fit_detector)
        foot.addWidget(self.details)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(self._more_options)
        layout.addWidget(self.more)
        layout.addWidget(self.overrides)
        layout.addLayout(foot)
        layout.addWidget(self.bar)

    @property
    def offers_shape(self) -> bool:
        """Whether the detector can be given the image's size here."""
        return self._card is not None and self._card.state.shape is not None

    def show_card(self, card: Card) -> None:
        """Show what the presenter decided."""
        self._sides["A"].setChecked(card.is_a)
        self._sides["B"].setChecked(card.is_b)
        self._show_engines(card)
        self._show_options(card)
        self.overrides.show_lines(card.overrides)
        self._remove.setVisible(card.removable)
        self._show_state(card.state)
        self._card = card

    def _show_engines(self, card: Card) -> None:
        if self._card is None or self._card.engines != card.engines:
            blocker = QSignalBlocker(self.engine)
            self.engine.clear()
            for name, title in card.engines:
                self.engine.addItem(title, name)
            blocker.unblock()
        self.engine.setCurrentIndex(self.engine.findData(card.engine))
        self.engine.setToolTip(card.engine_hint)

    def _show_options(self, card: Card) -> None:
        if self._card is None or [o for o, _ in self._card.options] != [o for o, _ in card.options]:
            self._make_options([option for option, _ in card.options])
        for option, value in card.options:
            self._options[option.name].show_value(value)
        if any(option.rare and value != option.fallback for option, value in card.options):
            self.more.setChecked(True)

    def _make_options(self, options: Sequence[EngineOption]) -> None:
        """A first choice stands beside the engine, the others have a line each."""
        for box in self._options.values():
            if self._more_options.indexOf(box) >= 0:
                self._more_options.removeRow(box)
                continue
            self._option_row.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._options, self._rare = {}, []
        for number, option in enumerate(options):
            box = editor_of(option, self)
            box.edited.connect(self._option_chosen)
            if number == 0 and option.kind == "choice":
                self._option_row.addWidget(box)
            elif option.kind == "path":
                self._more_options.addRow(box)
            else:
                self._more_options.addRow(option.title, box)
            if option.rare:
                self._rare.append(box)
            self._options[option.name] = box
        self.more.setVisible(bool(self._rare))
        self.more.setChecked(False)
        self._show_rare()

    @Slot()
    def _show_rare(self) -> None:
        shown = self.more.isChecked()
        self.more.setText("▾ Fewer options" if shown else "▸ More options")
        for box in self._rare:
            self._more_options.setRowVisible(box, shown)

    def _show_state(self, line: StateLine) -> None:
        self._sign.setText(line.sign)
        self.state.setText(line.text)
        for label in (self._sign, self.state):
            set_role(label, line.tone)
        self.bar.setVisible(line.progress is not None)
        self.bar.setValue(round(1000 * (line.progress or 0.0)))
        self.details.setVisible(line.error is not None)
        self.fit_detector.setVisible(line.shape is not None)

    def _side_clicked(self, side: str) -> None:
        # Which row is A changes by choosing another, not by letting go of this one.
        self._sides[side].setChecked(True)
        self.side_asked.emit(side)

    @Slot(int)
    def _engine_chosen(self, index: int) -> None:
        self.edited.emit({"engine": self.engine.itemData(index)})

    @Slot()
    def _option_chosen(self) -> None:
        self.edited.emit({"options": {n: box.value() for n, box in self._options.items()}})

    @Slot()
    def _shape_asked(self) -> None:
        if self._card is not None and self._card.state.shape is not None:
            self.shape_asked.emit(self._card.state.shape)

    @Slot()
    def _details(self) -> None:
        if self._card is not None and self._card.state.error is not None:
            self.details_asked.emit(self._card.state.error)
