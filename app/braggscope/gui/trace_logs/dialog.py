"""Asks which trace of a log is wanted, of which pixel it is, and in whose place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Pixel
from braggscope.gui.trace_sources import placed
from braggscope.gui.widgets import set_role
from braggscope.trace_files.logs import LogBlock

_MOST_INDEX: Final = 1_000_000
#: Rows of a list that nobody scrolls through; the first ones are shown.
_MOST_ROWS: Final = 2_000


class LogDialog(QDialog):
    """One line per trace.

    Args:
        side: the proposal.
        cursor: proposed as the pixel of a log that does not say it.
    """

    def __init__(
        self,
        path: Path,
        blocks: Sequence[LogBlock],
        side: str,
        cursor: Pixel | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Traces in {path.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._blocks = tuple(blocks[:_MOST_ROWS])
        self.side = QComboBox(self)
        self.side.addItem("A, the reference", "A")
        self.side.addItem("B, the candidate", "B")
        self.side.setCurrentIndex(self.side.findData(side))
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Traces")
        self.list.setHeaderLabels(("Pixel (slow, fast)", "Value", "Line", "Notes"))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAlternatingRowColors(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.addTopLevelItems([_item(block) for block in self._blocks])
        self.list.setCurrentIndex(self.list.model().index(0, 0))
        self.list.currentItemChanged.connect(self._show_question)
        self.list.itemActivated.connect(self.accept)
        self.question = QLabel("The log does not say which pixel it traces. It is:", self)
        self.question.setWordWrap(True)
        self.slow, self.fast = (self._index(name) for name in ("Slow", "Fast"))
        if cursor is not None:
            self.slow.setValue(cursor.slow)
            self.fast.setValue(cursor.fast)
        self.more = QLabel(f"The first {_MOST_ROWS} of {len(blocks)} traces are listed.", self)
        set_role(self.more, "muted")
        self.more.setVisible(len(blocks) > _MOST_ROWS)
        self._lay_out()
        self._show_question()

    def _index(self, name: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(0, _MOST_INDEX)
        box.setPrefix(f"{name.lower()} ")
        box.setAccessibleName(name)
        return box

    def _lay_out(self) -> None:
        pixel = QHBoxLayout()
        pixel.addWidget(self.slow)
        pixel.addWidget(self.fast)
        pixel.addStretch()
        form = QFormLayout()
        form.addRow("Show it &as", self.side)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        show = buttons.addButton("Show", QDialogButtonBox.ButtonRole.AcceptRole)
        show.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(form)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.more)
        layout.addWidget(self.question)
        layout.addLayout(pixel)
        layout.addWidget(buttons)
        # A list of one says nothing that the rest of the dialog does not.
        several = len(self._blocks) > 1
        self.list.setVisible(several)
        self.resize(560, 420 if several else 160)

    @property
    def _block(self) -> LogBlock:
        item = self.list.currentItem()
        return self._blocks[max(0, self.list.indexOfTopLevelItem(item)) if item else 0]

    def chosen(self) -> tuple[str, LogBlock]:
        """The side, and the trace with its pixel."""
        block = self._block
        if not block.says_pixel:
            block = placed(block, Pixel(self.slow.value(), self.fast.value()))
        return str(self.side.currentData()), block

    @Slot()
    def _show_question(self) -> None:
        asked = not self._block.says_pixel
        for widget in (self.question, self.slow, self.fast):
            widget.setVisible(asked)


def _item(block: LogBlock) -> QTreeWidgetItem:
    pixel = block.trace.pixel
    item = QTreeWidgetItem(
        [
            f"{pixel.slow}, {pixel.fast}" if block.says_pixel else "not said",
            f"{block.trace.value:.6g}",
            str(block.line or ""),
            "; ".join(block.notes),
        ]
    )
    item.setToolTip(3, item.text(3))
    return item
