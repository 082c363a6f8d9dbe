"""Help ▸ Plugins and engines: what is loaded, from where, what went wrong."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.gui.session import Session


def report_of(record: Any) -> str:
    """A plugin as text to copy."""
    lines = [
        f"{_title(record)} ({record.name})",
        f"distribution: {record.distribution or 'unknown'} {record.version}",
        f"origin: {record.origin}",
    ]
    if record.manifest is not None and record.manifest.description:
        lines.append(record.manifest.description)
    for problem in record.problems:
        lines += ["", f"Problem in {problem.where}: {problem.message}", problem.traceback]
    return "\n".join(lines).rstrip()


def _title(record: Any) -> str:
    return record.manifest.title if record.manifest is not None else record.name


class PluginsDialog(QDialog):
    """Plugins and engines as two tables, with the details of what is chosen."""

    def __init__(self, records: Any, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Plugins and engines")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(820, 560)
        self.tree = QTreeWidget(self)
        self.tree.setHeaderLabels(["Name", "State", "Version", "From"])
        self.tree.setAccessibleName("Plugins and engines")
        self.tree.setUniformRowHeights(True)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setAccessibleName("Details")
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setPlaceholderText("Choose a row to see its details")
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.details)
        splitter.setSizes([340, 180])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("Everything that is loaded comes from a plugin.", self))
        layout.addWidget(splitter, 1)
        layout.addWidget(buttons)
        self._texts: list[str] = []
        self._fill(records, session)
        self.tree.currentItemChanged.connect(self._chosen)

    def _fill(self, records: Any, session: Session) -> None:
        engines = QTreeWidgetItem(self.tree, ["Engines"])
        for name, contribution in session.engines.items():
            known = session.availability.get(name)
            state = (
                "not asked yet"
                if known is None
                else "✓ ready"
                if known.available
                else "✗ not available"
            )
            device, version = (known.device, known.version) if known else ("", "")
            text = f"{contribution.title} ({name})\n{contribution.description}\n{state} {device}"
            if known is not None and known.reason:
                text += f"\n{known.reason}"
            self._row(engines, [contribution.title, state, version, device], text)
        plugins = QTreeWidgetItem(self.tree, ["Plugins"])
        for record in records:
            count = len(record.problems)
            state = "✓ loaded" if not count else f"✗ {count} problem{'s' if count > 1 else ''}"
            if not getattr(record, "enabled", True):
                state = "switched off"
            cells = [
                _title(record),
                state,
                record.version,
                f"{record.distribution} ({record.origin})",
            ]
            self._row(plugins, cells, report_of(record))
        self.tree.expandAll()
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def _row(self, parent: QTreeWidgetItem, cells: list[str], text: str) -> None:
        item = QTreeWidgetItem(parent, cells)
        item.setData(0, Qt.ItemDataRole.UserRole, text)
        for column, cell in enumerate(cells):
            item.setToolTip(column, cell)
        self._texts.append(text)

    @Slot(QTreeWidgetItem)
    def _chosen(self, item: QTreeWidgetItem) -> None:
        self.details.setPlainText(item.data(0, Qt.ItemDataRole.UserRole) or "" if item else "")

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n\n".join(self._texts))
