"""What to do with edits that are in no file."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

Answer = Literal["save", "discard", "cancel"]


def ask_about_edits(parent: QWidget, name: str) -> Answer:
    """Ask, and wait for the answer."""
    button = QMessageBox.StandardButton
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unsaved edits")
    box.setText(f"Save the edits of {name or 'this experiment'}?")
    box.setInformativeText("They are lost otherwise.")
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    answers: dict[int, Answer] = {button.Save.value: "save", button.Discard.value: "discard"}
    answer = answers.get(box.exec(), "cancel")
    box.deleteLater()
    return answer
