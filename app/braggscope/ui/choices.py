"""What is chosen in controls, to be kept in a session and chosen again."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSpinBox, QWidget

Choice = bool | int | str


def choices_of(controls: Mapping[str, QWidget]) -> dict[str, Choice]:
    """Name -> what is chosen: the data of a box's line, a number, a text, whether it is checked."""
    found: dict[str, Choice] = {}
    for name, control in controls.items():
        if isinstance(control, QAbstractButton):
            found[name] = control.isChecked()
        elif isinstance(control, QComboBox):
            found[name] = str(control.currentData() or "")
        elif isinstance(control, QSpinBox):
            found[name] = control.value()
        elif isinstance(control, QLineEdit):
            found[name] = control.text()
    return found


def choose(controls: Mapping[str, QWidget], said: Mapping[str, object]) -> None:
    """Choose again what was chosen; what is not there any more leaves a control as it is."""
    for name, control in controls.items():
        value = said.get(name)
        if isinstance(control, QAbstractButton) and isinstance(value, bool):
            control.setChecked(value)
        elif isinstance(control, QComboBox) and isinstance(value, str):
            place = control.findData(value)
            control.setCurrentIndex(control.currentIndex() if place < 0 else place)
        elif isinstance(control, QSpinBox) and isinstance(value, int):
            control.setValue(value)
        elif isinstance(control, QLineEdit) and isinstance(value, str):
            control.setText(value)
