"""The line of controls above the log."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from braggscope.ui.flow_layout import FlowLayout
from braggscope.ui.log import Level
from braggscope_log.wording import CHOICES

#: Letters that come faster are searched for together; a pause nobody notices.
_PAUSE_MS = 40


class LogBar(QWidget):
    """Which entries are shown, and what to do with them.

    Signals:
        filter_changed: another level or other words.
        follow_wanted: the end shall stay in view, or not.
        copy_wanted, save_wanted, clear_wanted: a button was pressed.
    """

    filter_changed = Signal()
    follow_wanted = Signal(bool)
    copy_wanted = Signal()
    save_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.level = QComboBox(self)
        self.level.setAccessibleName("Log: least level shown")
        for value, text in CHOICES:
            self.level.addItem(text, value)
        self.level.setCurrentIndex(1)
        self.words = QLineEdit(self)
        self.words.setPlaceholderText("Filter by words")
        self.words.setAccessibleName("Log: filter by words")
        self.words.setToolTip("Shows entries that have all these words in source, text or details")
        self.words.setClearButtonEnabled(True)
        self.words.setMinimumWidth(180)
        self.kept = {"level": self.level, "words": self.words}
        self.follow = QCheckBox("Follow", self)
        self.follow.setChecked(True)
        self.follow.setToolTip("Keep the newest entry in view; scrolling up switches it off")
        self.copy, self.save, self.clear = (
            self._button(text, tip)
            for text, tip in (
                ("Copy", "Copy the chosen entries as text, or all that are shown"),
                ("Save…", "Save the entries that are shown as a text file"),
                ("Clear", "Drop all entries"),
            )
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.filter_changed)
        layout = FlowLayout(self)
        for widget in (self.level, self.words, self.follow, self.copy, self.save, self.clear):
            layout.addWidget(widget)
        self.level.activated.connect(self._chosen)
        self.words.textChanged.connect(lambda _: self._pause.start())
        self.follow.toggled.connect(self.follow_wanted)
        self.copy.clicked.connect(self.copy_wanted)
        self.save.clicked.connect(self.save_wanted)
        self.clear.clicked.connect(self.clear_wanted)

    @property
    def least(self) -> Level:
        """The least level that is shown."""
        return cast(Level, self.level.currentData())

    def show_following(self, on: bool) -> None:
        """Whether the end is being followed, without asking for it."""
        self.follow.blockSignals(True)
        self.follow.setChecked(on)
        self.follow.blockSignals(False)

    @Slot()
    def _chosen(self) -> None:
        self._pause.stop()
        self.filter_changed.emit()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(f"Log: {text.rstrip('…').lower()}")
        return button
