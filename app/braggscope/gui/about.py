"""Help ▸ About."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtWidgets import QMessageBox, QWidget

from braggscope import __version__


def show_about(parent: QWidget) -> None:
    """Say what this is, and what it runs on."""
    box = QMessageBox(parent)
    box.setWindowTitle("About Braggscope")
    box.setText(f"<b>Braggscope {__version__}</b>")
    box.setInformativeText(
        "A workbench for people who need two X-ray diffraction simulators to agree.\n\n"
        f"Python {platform.python_version()}, PySide6 {PySide6.__version__}\n"
        f"{platform.platform()}\nMIT licence"
    )
    box.open()
