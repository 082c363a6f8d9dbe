"""Exports A, B or their difference as image files, with all that the format holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError, DetectorImage, Provenance
from braggscope.gui.session import Session
from braggscope.gui.tasks import TaskRunner
from braggscope.gui.widgets import set_role
from braggscope.host.checks import united_mask
from braggscope.io.images import FORMATS, ImageFormat, write_image
from braggscope.ui.saving import ask_where

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_LONG_MS: Final = 15_000
#: Title for people, name of the file without its suffix, and the image.
Exportable = tuple[str, str, DetectorImage]


def exportables(session: Session) -> tuple[Exportable, ...]:
    """What there is to export: A, B and their difference."""
    found: list[Exportable] = []
    for side in session.sides:
        slot = session.slot(side)
        if slot.image is not None:
            found.append((f"{side}: {session.label(slot)}", side.lower(), slot.image))
    findings = session.analyser.findings
    if findings is not None and findings.difference is not None:
        name = findings.difference_map
        a, b = findings.pair
        notes = (
            f"difference map {name} of A and B",
            *(
                f"{side}: {origin.run.engine if origin.run else 'unknown'} {origin.engine_version},"
                f" {origin.precision}"
                for side, origin in (("A", a.provenance), ("B", b.provenance))
            ),
        )
        # Of A's run: its detector is the difference's.
        image = DetectorImage(
            findings.difference, united_mask(a, b), Provenance(a.provenance.run, notes=notes)
        )
        found.append((f"Difference: {name}", f"difference-{name}", image))
    return tuple(found)


class ExportDialog(QDialog):
    """Which image, in which format."""

    def __init__(self, choices: tuple[Exportable, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export image")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._choices = choices
        self.which = QComboBox(self)
        self.which.setAccessibleName("Image")
        self.which.addItems([title for title, _, _ in choices])
        self.format = QComboBox(self)
        self.format.setAccessibleName("Format")
        self.format.addItems([f"{f.title} ({f.suffixes[0]})" for f in FORMATS])
        self.holds = QLabel(self)
        self.holds.setWordWrap(True)
        set_role(self.holds, "muted")
        self.format.currentIndexChanged.connect(self._show_holds)
        form = QFormLayout()
        form.addRow("&Image", self.which)
        form.addRow("&Format", self.format)
        form.addRow("", self.holds)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        go_on = buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        go_on.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.setMinimumWidth(440)
        self._show_holds()

    def chosen(self) -> tuple[Exportable, ImageFormat]:
        """What is chosen now."""
        return self._choices[self.which.currentIndex()], FORMATS[self.format.currentIndex()]

    @Slot()
    def _show_holds(self) -> None:
        self.holds.setText(f"Holds {FORMATS[self.format.currentIndex()].holds}.")


class ExportCommands:
    """What "Export image…" does."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._tasks = TaskRunner(window)

    def ask(self) -> None:
        """Ask what and where, and write it."""
        choices = exportables(self._window.session)
        if not choices:
            self._window.show_problem(
                BraggscopeError(
                    "there is no image to export",
                    remedy="Press F5 to run A and B, or open an image",
                )
            )
            return
        dialog = ExportDialog(choices, self._window)
        dialog.accepted.connect(lambda: self._where(*dialog.chosen()))
        dialog.open()

    def _where(self, what: Exportable, kind: ImageFormat) -> None:
        _, name, image = what
        patterns = " ".join(f"*{suffix}" for suffix in kind.suffixes)
        path = ask_where(
            self._window,
            "Export image",
            self._window.folders.of("exports") / f"{name}{kind.suffixes[0]}",
            f"{kind.title} ({patterns})",
        )
        if path is not None:
            self._window.folders.keep("exports", path.parent)
            self.export(image, path)

    def export(self, image: DetectorImage, path: Path) -> None:
        """Write an image, in a thread, and say what its format does not hold."""
        window = self._window
        window.status.showMessage(f"Writing {path.name} …")
        self._tasks.start(
            "export", lambda: write_image(image, path), lambda lost: self._told(path, lost),
            self._refused,
        )  # fmt: skip

    def _told(self, path: Path, lost: tuple[str, ...]) -> None:
        self._window.status.showMessage(f"Exported {path}", _LONG_MS)
        if lost:
            self._window.message.show_notes(f"{path.name} does not hold all of the image", lost)

    def _refused(self, error: Exception) -> None:
        self._window.status.clearMessage()
        self._window.show_problem(error)
