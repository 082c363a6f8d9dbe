"""Above the images: that they come from evidence, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Pixel
from braggscope.gui.widgets import ElidedLabel, set_role


class EvidenceBar(QFrame):
    """What is open, or how far the opening is.

    Signals:
        verify_asked, report_asked, close_asked, cancel_asked: as they say.
        pixel_asked: a recorded pixel to show the traces of.
    """

    verify_asked = Signal()
    report_asked = Signal()
    close_asked = Signal()
    cancel_asked = Signal()
    pixel_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "notes")
        self.head = ElidedLabel(parent=self)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        set_role(self.text, "muted")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(160, 8)
        self.progress.setAccessibleName("Progress of opening")
        self.cancel = QPushButton("&Cancel", self)
        self.cancel.clicked.connect(self.cancel_asked)
        self.pixels = QComboBox(self)
        self.pixels.setAccessibleName("Recorded traces")
        self.pixels.setToolTip("Pixels whose traces the evidence holds")
        self.pixels.activated.connect(self._choose)
        self.verify = QPushButton("Verif&y…", self)
        self.verify.setToolTip("Run both again and say whether what the evidence says still holds")
        self.verify.clicked.connect(self.verify_asked)
        self.report = QPushButton("Open re&port", self)
        self.report.clicked.connect(self.report_asked)
        self.close_button = QToolButton(self)
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip("Close the evidence; what it brought stays on screen")
        self.close_button.setAccessibleName("Close the evidence")
        self.close_button.clicked.connect(self.close_asked)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.head, 1)
        above.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignVCenter)
        above.addWidget(self.cancel)
        above.addWidget(self.close_button)
        below.addWidget(self.text, 1)
        for widget in (self.pixels, self.verify, self.report):
            below.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 6)
        layout.setSpacing(2)
        layout.addLayout(above)
        layout.addLayout(below)
        self.hide()

    def show_opening(self, text: str) -> None:
        """A bundle is being read."""
        self.progress.setValue(0)
        self._say(text, "", opening=True)

    def show_fraction(self, fraction: float) -> None:
        """So much is read."""
        self.progress.setValue(round(1000 * fraction))

    def show_opened(self, head: str, text: str, pixels: Sequence[Pixel], has_report: bool) -> None:
        """A bundle is on screen."""
        self.pixels.clear()
        self.pixels.addItem("Recorded traces …")
        for pixel in pixels:
            self.pixels.addItem(f"slow {pixel.slow}, fast {pixel.fast}", pixel)
        self._say(head, text, opening=False)
        self.pixels.setVisible(bool(pixels))
        self.report.setEnabled(has_report)

    def _say(self, head: str, text: str, opening: bool) -> None:
        self.head.setText(head)
        self.text.setText(text)
        self.text.setVisible(not opening)
        self.setAccessibleName(f"{head}. {text}")
        self.progress.setVisible(opening)
        self.cancel.setVisible(opening)
        for widget in (self.pixels, self.verify, self.report, self.close_button):
            widget.setVisible(not opening)
        self.show()

    @Slot(int)
    def _choose(self, index: int) -> None:
        pixel = self.pixels.itemData(index)
        if pixel is not None:
            self.pixel_asked.emit(Pixel(*pixel))
