"""The line below the metrics: to the next worst place, what is being measured, and what more."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from braggscope.gui.widgets import ElidedLabel, set_role


class AgreementBar(QWidget):
    """Buttons of the agreement panel.

    Signals:
        next_asked: to the next worst place.
        stop_asked: whatever is being measured.
    """

    next_asked = Signal()
    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.next_worst = QPushButton("Next worst", self)
        self.next_worst.setToolTip("Go to the next worst difference (N)")
        self.next_worst.clicked.connect(self.next_asked)
        self.text = ElidedLabel("", self)
        set_role(self.text, "muted")
        self.stop = QToolButton(self)
        self.stop.setText("Stop")
        self.stop.setToolTip("Do without the metrics that are still to come (Esc)")
        self.stop.clicked.connect(self.stop_asked)
        self.more = QPushButton("More", self)
        self.more.setAccessibleName("More about the agreement")
        menu = QMenu(self.more)
        self.thresholds = menu.addAction("&Thresholds…")
        self.noise: QAction = menu.addAction("Measure &noise floor")
        self.noise.setToolTip(
            "Runs A and B again, and with other precision or threads, and shows beside each metric"
            " how far that alone brings it"
        )
        self.matrix = menu.addAction("&Matrix of all runs…")
        menu.addSeparator()
        self.copy = menu.addAction("&Copy the table")
        menu.setToolTipsVisible(True)
        self.more.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.next_worst)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.stop)
        layout.addWidget(self.more)
        self.show_state(False, "", False)

    def show_state(self, has_places: bool, text: str, busy: bool) -> None:
        """Show what can be done and what goes on."""
        self.next_worst.setEnabled(has_places)
        self.stop.setVisible(busy)
        if text != self.text.text():
            self.text.setText(text)
            self.text.setToolTip(text)
