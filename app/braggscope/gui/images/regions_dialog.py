"""The list of regions: names and numbers to type, shells, removal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import Ellipse, ImageRegion, Masked, Rectangle, RegionShape, Shell
from braggscope.gui.images.editor import MarkingEditor
from braggscope.gui.images.region_shapes import summary
from braggscope.gui.widgets import set_role
from braggscope.gui.workspace import Workspace

_TITLES: Final = {
    "slow": "slow, pixels",
    "fast": "fast, pixels",
    "height": "height, pixels",
    "width": "width, pixels",
    "half_height": "half height, pixels",
    "half_width": "half width, pixels",
    "d_min_A": "from d, Å",
    "d_max_A": "to d, Å",
}


class RegionsDialog(QDialog):
    """Lists regions beside the numbers of the chosen one; changes apply at once.

    Args:
        new_shape: a rectangle in the middle of the view.
    """

    def __init__(
        self,
        workspace: Workspace,
        editor: MarkingEditor,
        new_shape: Callable[[], Rectangle],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Regions")
        self._workspace, self._editor, self._new_shape = workspace, editor, new_shape
        self.list = QListWidget(self)
        self.list.setAccessibleName("Regions")
        self.list.setMinimumWidth(260)
        self.name = QLineEdit(self)
        self.name.setAccessibleName("Name of the region")
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        set_role(self.problem, "bad")
        self._form = QFormLayout()
        self.fields: dict[str, QLineEdit] = {}
        self._shown = ""
        self._lay_out()
        self.list.currentItemChanged.connect(self._chosen)
        self.name.editingFinished.connect(self._edited)
        workspace.regions_changed.connect(self.refresh)
        self.refresh()
        self.resize(620, 340)

    def _lay_out(self) -> None:
        adds = QHBoxLayout()
        for title, shape in (
            ("Rectangle", self._new_shape),
            ("Ellipse", self._new_ellipse),
            ("Shell", lambda: Shell(d_min_A=2.0, d_max_A=3.0)),
            ("Masked", Masked),
        ):
            button = QPushButton(f"+ {title}", self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, make=shape: self._add(make()))
            adds.addWidget(button)
        self._remove = QPushButton("Remove", self)
        self._remove.setAutoDefault(False)
        self._remove.clicked.connect(self._remove_chosen)
        self._empty = QLabel("Draw a region with R, or add one here.", self)
        set_role(self._empty, "muted")
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignLeft)
        right = QVBoxLayout()
        right.addWidget(self._empty)
        right.addLayout(self._form)
        right.addWidget(self.problem)
        right.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(14)
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(adds)
        layout.addLayout(both, 1)
        layout.addWidget(buttons)

    def _new_ellipse(self) -> Ellipse:
        box = self._new_shape()
        half_height, half_width = box.height / 2, box.width / 2
        return Ellipse(
            slow=box.slow + half_height,
            fast=box.fast + half_width,
            half_height=half_height,
            half_width=half_width,
        )

    @Slot()
    def refresh(self) -> None:
        """Show the regions that there are."""
        regions = self._workspace.regions
        self.list.blockSignals(True)
        self.list.clear()
        for region in regions:
            item = QListWidgetItem(f"{region.name}  ({region.shape.kind})")
            item.setToolTip(summary(region.shape))
            item.setData(Qt.ItemDataRole.UserRole, region.name)
            self.list.addItem(item)
            if region.name == self._editor.chosen:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and regions:
            self.list.setCurrentRow(len(regions) - 1)
        self.list.blockSignals(False)
        self._show_form()

    def _region(self) -> ImageRegion | None:
        item = self.list.currentItem()
        name = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        return next((r for r in self._workspace.regions if r.name == name), None)

    @Slot()
    def _chosen(self) -> None:
        region = self._region()
        self._editor.choose(region.name if region is not None else "")
        self._show_form()

    def _show_form(self) -> None:
        region = self._region()
        self._remove.setEnabled(region is not None)
        self._empty.setVisible(region is None)
        self.problem.setText("")
        kind = region.shape.kind if region is not None else ""
        if kind != self._shown:
            self._make_fields(region)
            self._shown = kind
        if region is None:
            return
        self.name.setText(region.name)
        for name, field in self.fields.items():
            value = float(getattr(region.shape, name))
            field.setText("inf" if math.isinf(value) else f"{value:.10g}")

    def _make_fields(self, region: ImageRegion | None) -> None:
        while self._form.rowCount():
            row = self._form.takeRow(0)
            for item in (row.labelItem, row.fieldItem):
                widget = item.widget() if item is not None else None
                if widget is self.name:
                    widget.hide()
                elif widget is not None:
                    widget.deleteLater()
        self.fields = {}
        self.name.hide()
        if region is None:
            return
        self._form.addRow("Name", self.name)
        self.name.show()
        for name in type(region.shape).model_fields:
            if name != "kind":
                field = self.fields[name] = QLineEdit(self)
                field.setAccessibleName(_TITLES[name])
                field.editingFinished.connect(self._edited)
                self._form.addRow(_TITLES[name], field)

    def _add(self, shape: RegionShape) -> None:
        self._editor.add(shape)
        self.refresh()

    @Slot()
    def _remove_chosen(self) -> None:
        region = self._region()
        if region is not None:
            self._editor.remove(region.name)

    @Slot()
    def _edited(self) -> None:
        region = self._region()
        if region is None:
            return
        try:
            typed: dict[str, Any] = {n: _number(f.text()) for n, f in self.fields.items()}
            shape = type(region.shape).model_validate(typed)
            if isinstance(shape, Shell) and not shape.d_min_A < shape.d_max_A:
                raise ValueError("d must rise from the first number to the second")
            fresh = ImageRegion(name=self.name.text().strip(), shape=shape)
            if fresh != region:
                self._editor.replace(region.name, fresh)
        except ValidationError as error:
            first = error.errors()[0]
            self.problem.setText(f"✗ {_title(first['loc'])}: {first['msg']}")
        except ValueError as error:
            self.problem.setText(f"✗ {error}")
        else:
            self.problem.setText("")


def _number(text: str) -> float:
    try:
        return float(text.strip().replace("−", "-").replace("∞", "inf"))
    except ValueError as error:
        raise ValueError(f"“{text}” is no number") from error


def _title(place: tuple[Any, ...]) -> str:
    name = str(place[-1]) if place else ""
    return _TITLES.get(name, "Name" if name == "name" else name)
