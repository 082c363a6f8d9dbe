"""How far a file is, in the status line, with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QProgressDialog,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from braggscope.host.jobs import Job, JobState

#: What is done sooner needs no progress.
_AFTER_MS: Final = 300
_LOOK_MS: Final = 30


class FileProgress(QWidget):
    """One piece of work at a time."""

    def __init__(self, status: QStatusBar) -> None:
        super().__init__(status)
        self._stop: Callable[[], Any] | None = None
        self.label = QLabel(self)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(110, 8)
        self.button = QToolButton(self)
        self.button.setText("✕")
        self.button.setAutoRaise(True)
        self.button.clicked.connect(self._cancel)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 2, 0)
        layout.setSpacing(6)
        layout.addWidget(self.label)
        layout.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.button)
        self._later = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._later.timeout.connect(self.show)
        status.addPermanentWidget(self)
        self.hide()

    def begin(self, text: str, stop: Callable[[], Any]) -> None:
        """Work begins; it shows itself if it takes a while.

        Args:
            text: what is done, such as "Saving a.session.h5".
            stop: called when the user does not want it any more.
        """
        self._stop = stop
        self.label.setText(text)
        self.bar.setValue(0)
        self.bar.setAccessibleName(text)
        self.button.setToolTip(f"Stop {text[:1].lower()}{text[1:]}")
        self.button.setAccessibleName(self.button.toolTip())
        self._later.start()

    def report(self, fraction: float) -> None:
        """So much is done."""
        self.bar.setValue(round(1000 * fraction))

    def end(self) -> None:
        """It is over, one way or another."""
        self._stop = None
        self._later.stop()
        self.hide()

    def _cancel(self) -> None:
        if self._stop is not None:
            self._stop()


def wait_for(job: Job[Any], is_over: Callable[[], bool], parent: QWidget) -> bool:
    """Wait for a job, and what follows it, under a dialog whose button stops it.

    Args:
        is_over: whether it has ended, and the window has taken notice.

    Returns:
        Whether it went well.
    """
    dialog = QProgressDialog(f"{job.title} …", "Stop", 0, 1000, parent)
    dialog.setWindowTitle("Braggscope")
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setMinimumDuration(_AFTER_MS)
    dialog.setAutoReset(False)
    dialog.canceled.connect(job.cancel)
    watch = QTimer(dialog, interval=_LOOK_MS)
    loop = QEventLoop(dialog)

    def look() -> None:
        if is_over():
            loop.quit()
        else:
            dialog.setValue(round(1000 * job.progress[0]))

    watch.timeout.connect(look)
    watch.start()
    loop.exec()
    dialog.close()
    dialog.deleteLater()
    return job.state is JobState.DONE
