"""The status line: the pixel under the pointer or the crosshair, and what runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFontDatabase
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from braggscope.api import BraggscopeError, Pixel
from braggscope.gui.geometry import miller_at, resolution_at
from braggscope.gui.images.presenter import ImagesPresenter
from braggscope.gui.numbers import number
from braggscope.gui.session import SIDES, Session
from braggscope.gui.workspace import Workspace


def pixel_text(session: Session, images: ImagesPresenter, pixel: Pixel | None) -> str:
    """Everything about a pixel, in one line."""
    if all(session.slot(side).image is None for side in SIDES):
        return "Press F5 to run A and B"
    if pixel is None or not images.has_pixel(pixel):
        return "Click a pixel to trace it; arrow keys move the crosshair"
    values = images.values_at(pixel)
    parts = [f"slow {pixel.slow}  fast {pixel.fast}"]
    parts += [f"{side} {number(values[side], 7)}" for side in SIDES if side in values]
    if "A" in values and "B" in values:
        parts.append(f"B−A {number(values['B'] - values['A'], 4)}")
    try:
        # The set-up of a run that was rendered is there; to make one may take long.
        runs = (session.slot(side).image_run for side in SIDES)
        run = next((run for run in runs if run is not None), None)
        if run is not None:
            d, two_theta = resolution_at(run.setup, pixel)
            parts.append(f"d {number(d, 4)} Å  2θ {two_theta:.3f}°")
            indices = [f"{index:.2f}".replace("-", "−") for index in miller_at(run.setup, pixel)]
            parts += [f"h k l  {'  '.join(indices)}"] if indices else []
    except BraggscopeError:
        # The run says so itself; here only the resolution is missing.
        pass
    return "   ".join(parts)


def activity_text(session: Session) -> str:
    """What goes on, in a few words."""
    running = [session.label(slot) for slot in session.slots if slot.phase.is_busy]
    if running:
        return f"Running {', '.join(running)}"
    if session.analyser.is_busy:
        return "Comparing"
    return "Tracing" if session.tracer.is_busy or session.pins.is_busy else ""


class StatusLine(QStatusBar):
    """Shows `pixel_text` and `activity_text`."""

    def __init__(
        self, workspace: Workspace, images: ImagesPresenter, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._images = workspace.session, images
        self._hovered: Pixel | None = None
        #: What helps for the moment, and is no news.
        self.hint = ""
        self.pixel, self.activity = QLabel(self), QLabel(self)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.pixel.setFont(font)
        self.pixel.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pixel.setMinimumWidth(100)
        self.pixel.setAccessibleName("Pixel values")
        self.addWidget(self.pixel, 1)
        self.addPermanentWidget(self.activity)
        workspace.cursor_moved.connect(self._moved)
        workspace.analysis_changed.connect(self.refresh)
        workspace.images_changed.connect(self.refresh)
        workspace.slots_changed.connect(self.refresh)
        workspace.trace_changed.connect(self.refresh)
        self.refresh()

    def show_hint(self, text: str) -> None:
        """Say what to do now, until there is something else to say."""
        self.hint = text
        self.showMessage(text)

    @Slot(object)
    def hover(self, pixel: Pixel | None) -> None:
        """The pointer is over another pixel, or none."""
        if pixel != self._hovered:
            self._hovered = pixel
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is so now."""
        pixel = self._hovered or self._session.cursor
        self.pixel.setText(pixel_text(self._session, self._images, pixel))
        self.activity.setText(activity_text(self._session))

    @Slot(object)
    def _moved(self, pixel: Pixel | None) -> None:
        self._hovered = None
        self.refresh()
        if pixel is not None and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.pixel.text()))
