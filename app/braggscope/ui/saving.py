"""Where to save: Qt's question, a suffix where none was typed, and no file replaced unasked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

_SUFFIX: Final = r"\*((?:\.\w+)+)"


def ask_where(
    parent: QWidget,
    title: str,
    proposal: Path | str,
    kinds: str,
    finished: Callable[[Path], Path] | None = None,
) -> Path | None:
    """Ask where to save; None when the user does not want to.

    Args:
        proposal: folder and name, or the name alone.
        kinds: as Qt writes them, such as "PNG (*.png);;SVG (*.svg)".
        finished: the name of the file for the typed one; otherwise a name without a suffix gets
            that of the chosen kind.
    """
    while True:
        chosen, kind = QFileDialog.getSaveFileName(parent, title, str(proposal), kinds)
        if not chosen:
            return None
        typed = Path(chosen)
        path = finished(typed) if finished else _suffixed(typed, kind, kinds)
        # Qt has asked about the name that was typed, not about this one.
        if path == typed or not path.exists() or _may_replace(parent, path):
            return path
        proposal = path


def _suffixed(path: Path, kind: str, kinds: str) -> Path:
    # "All files (*)" names none: then it is the first kind's.
    suffix = re.search(_SUFFIX, kind) or re.search(_SUFFIX, kinds)
    return path if path.suffix or suffix is None else path.with_name(path.name + suffix[1])


def _may_replace(parent: QWidget, path: Path) -> bool:
    button = QMessageBox.StandardButton
    text = f"{path.name} already exists in {path.parent}.\nDo you want to replace it?"
    answer = QMessageBox.warning(
        parent, "Replace the file?", text, button.Yes | button.No, button.No
    )
    return answer == button.Yes
