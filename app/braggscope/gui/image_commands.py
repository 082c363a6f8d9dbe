"""What the menus do to the images: arrangement, drawing, overlays, pictures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from braggscope.api import (
    BraggscopeError,
    Masked,
    OverlayContribution,
    OverlayScene,
    Pixel,
    Rectangle,
)
from braggscope.gui.actions import check_choice
from braggscope.gui.allowing import allow
from braggscope.gui.images.arrangement import Arrangement, after
from braggscope.gui.images.content import Content
from braggscope.gui.images.drawing import small_font
from braggscope.gui.images.editor import ToolName
from braggscope.gui.images.look import Look, remembered_look
from braggscope.gui.images.overlays import Overlays
from braggscope.gui.images.picture_file import Part, image_of, save
from braggscope.gui.images.ticks import AxisUnit
from braggscope.gui.images.tile import Tile
from braggscope.gui.session import SIDES
from braggscope.ui.saving import ask_where
from braggscope.ui.theme import current_theme
from braggscope.ui.view_state import Directions

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

#: Overlays that follow the view are drawn afresh when it rests this long.
_REST_MS: Final = 60
_SHORT_MS: Final = 6_000
_TOOL_HINTS: Final[dict[ToolName, str]] = {
    "rectangle": "Drag a rectangle over an image, or click two corners; Esc leaves",
    "ellipse": "Drag an ellipse over an image, or click two corners of its box; Esc leaves",
    "shell": "Drag from one resolution to the other, or click both; Esc leaves",
    "line": "Drag the line of the profile, or click both ends; Esc leaves",
}
_KINDS: Final = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"


class ImageCommands:
    """Connects actions with the images panel."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._panel, self._actions = window.images, window.actions_
        self._dialog: Any = None
        self.overlays = Overlays(
            window.registry,
            window.workspace.bridge.post,
            self._scene,
            self._panel.show_overlays,
            self._overlay_failed,
        )
        self._switches: dict[str, QAction] = {}
        self._rest = QTimer(window, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(lambda: self.overlays.refresh("view"))
        self._add_overlay_menu()
        self._connect()
        self.show_look(remembered_look(window.memory))

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        editor = self._panel.editor
        return {
            "next_arrangement": lambda: self.arrange(after(self._panel.arrangement)),
            "seam": self._turn_seam,
            "draw_rectangle": lambda: self.take("rectangle"),
            "draw_ellipse": lambda: self.take("ellipse"),
            "draw_shell": lambda: self.take("shell"),
            "draw_line": lambda: self.take("line"),
            "add_masked": lambda: editor.add(Masked()),
            "undo_drawing": lambda: self._say(editor.undo(), "No drawing to undo"),
            "remove_region": self._remove_chosen,
            "clear_drawings": self._clear,
            "regions": self.show_regions,
            "save_view": self.save_view,
            "save_tile": self.save_tile,
            "copy_view": self.copy_view,
        }

    def _connect(self) -> None:
        actions, panel, workspace = self._actions, self._panel, self._window.workspace
        actions.arrangements.triggered.connect(lambda action: self.arrange(action.data()))
        box = self._window.toolbar.arrangement
        box.activated.connect(lambda index: self.arrange(box.itemData(index)))
        actions.blink_rates.triggered.connect(self._set_rate)
        actions.axes.triggered.connect(self._set_axes)
        for name in ("slow_up", "fast_left"):
            actions[name].toggled.connect(self._set_directions)
        actions["mean"].toggled.connect(panel.presenter.set_mean)
        actions["clipped"].toggled.connect(panel.presenter.set_mark_clipped)
        panel.arrangement_changed.connect(self._show_arrangement)
        panel.tool_changed.connect(self._show_tool)
        panel.menu_asked.connect(self._show_menu)
        panel.view_state.changed.connect(self._rest.start)
        workspace.images_changed.connect(lambda: self.overlays.refresh("images"))
        workspace.cursor_moved.connect(lambda _: self.overlays.refresh("cursor"))
        panel.add_canvas_action(actions["next_arrangement"])
        self._show_chosen()
        self._show_arrangement()

    def close(self) -> None:
        """Stop the threads."""
        self._rest.stop()
        self.overlays.close()

    # ── arrangement ───────────────────────────────────────────────────────────────────────────

    def look(self) -> Look:
        """How the images are arranged now."""
        panel, content = self._panel, self._panel.both.canvas.content
        return Look(
            panel.arrangement,
            content.seam,
            content.seam_direction,
            panel.blink_rate,
            panel.unit,
            panel.view_state.slow_up,
            panel.view_state.fast_left,
        )

    def show_look(self, look: Look) -> None:
        """Arrange them so; it is not remembered as a choice."""
        self._panel.set_arrangement(look.arrangement)
        self._panel.set_seam(look.seam)
        self._panel.set_seam_direction(look.seam_direction)
        self._choose_rate(look.blink_rate)
        self._choose_axes(look.unit)
        for name in ("slow_up", "fast_left"):
            blocker = QSignalBlocker(self._actions[name])
            self._actions[name].setChecked(getattr(look, name))
            blocker.unblock()
        self._turn(Directions(look.slow_up, look.fast_left))

    def arrange(self, arrangement: Arrangement) -> None:
        """Arrange the images in another way."""
        self._panel.set_arrangement(arrangement)
        self._window.memory.remember("arrangement", arrangement)

    def _show_arrangement(self) -> None:
        check_choice(self._actions.arrangements, self._panel.arrangement)
        bar = self._window.toolbar
        bar.choose(bar.arrangement, self._panel.arrangement)
        split = self._panel.arrangement == "split"
        allow(self._actions["seam"], split, "only the arrangement Split has a seam")

    def _turn_seam(self) -> None:
        upright = self._panel.both.canvas.content.seam_direction == "upright"
        self._panel.set_seam_direction("level" if upright else "upright")

    def _set_rate(self, action: QAction) -> None:
        self._window.memory.remember("blink", action.data())
        self._choose_rate(float(action.data()))

    def _choose_rate(self, per_second: float) -> None:
        self._panel.set_blink_rate(per_second)
        check_choice(self._actions.blink_rates, f"{per_second:g}")

    def _set_axes(self, action: QAction) -> None:
        self._window.memory.remember("axes", action.data())
        self._choose_axes(action.data())

    def _choose_axes(self, unit: AxisUnit) -> None:
        self._panel.set_unit(unit)
        check_choice(self._actions.axes, unit)

    def _set_directions(self) -> None:
        turned = {name: self._actions[name].isChecked() for name in ("slow_up", "fast_left")}
        self._turn(Directions(**turned))
        for name, on in turned.items():
            self._window.memory.remember(name, "yes" if on else "")

    def _turn(self, directions: Directions) -> None:
        self._panel.view_state.set_directions(*directions)
        self._window.workspace.turn(directions)

    # ── overlays ──────────────────────────────────────────────────────────────────────────────

    def _add_overlay_menu(self) -> None:
        menu, memory = self._actions.overlays_menu, self._window.memory
        menu.setEnabled(bool(self.overlays.known))
        for name, overlay in self.overlays.known.items():
            default = "on" if overlay.shown else "off"
            action = menu.addAction(overlay.title)
            action.setToolTip(overlay.description)
            action.setCheckable(True)
            action.setChecked(memory.choice(f"overlay {name}", default) == "on")
            self.overlays.switch(name, action.isChecked())
            action.toggled.connect(lambda on, which=name: self._switch(which, on))
            self._switches[name] = action

    def show_overlays(self, names: Collection[str]) -> None:
        """Switch these on and all others off; it is not remembered as a choice."""
        for name, action in self._switches.items():
            blocker = QSignalBlocker(action)
            action.setChecked(name in names)
            blocker.unblock()
            self.overlays.switch(name, name in names)

    def _switch(self, name: str, on: bool) -> None:
        self._window.memory.remember(f"overlay {name}", "on" if on else "off")
        self.overlays.switch(name, on)

    def _overlay_failed(self, overlay: OverlayContribution, error: BaseException) -> None:
        action = self._switches[overlay.id]
        action.blockSignals(True)
        action.setChecked(False)
        action.blockSignals(False)
        from braggscope.gui.messages import from_exception

        self._window.message.show_error(
            from_exception(error, where=f"overlay “{overlay.title}”, which is off now"),
            f"overlay {overlay.id}",
        )

    def _scene(self) -> OverlayScene | None:
        session = self._window.session
        slots = [session.slot(side) for side in SIDES]
        slot = next((slot for slot in slots if slot.image is not None), None)
        if slot is None or slot.image is None:
            return None
        run = slot.image_run or slot.image.provenance.run
        sight = self._panel.main_canvas().sight
        view = (sight.slow_range, sight.fast_range)
        return OverlayScene(slot.image, run, view, session.cursor)

    # ── drawing ───────────────────────────────────────────────────────────────────────────────

    def take(self, tool: ToolName) -> None:
        """Take up a tool; the keys go to the images, so that Esc leaves it."""
        if self._panel.presenter.shape is None:
            self._window.status.showMessage("There is no image to draw on", _SHORT_MS)
            return
        if tool == "shell" and self._panel.where.setup() is None:
            self._window.status.showMessage(
                "The geometry of this image is not known (yet)", _SHORT_MS
            )
            return
        self._panel.main_canvas().setFocus()
        self._panel.editor.take(tool)

    def _show_tool(self) -> None:
        tool = self._panel.editor.tool
        if tool is not None:
            self._window.status.show_hint(_TOOL_HINTS[tool])
        elif self._window.status.currentMessage() in _TOOL_HINTS.values():
            self._window.status.clearMessage()
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = bool(self._panel.editor.chosen)
        allow(self._actions["remove_region"], chosen, "no region is chosen; click the edge of one")

    def _remove_chosen(self) -> None:
        if self._panel.editor.chosen:
            self._panel.editor.remove(self._panel.editor.chosen)

    def _clear(self) -> None:
        workspace = self._window.workspace
        self._panel.editor.clear()
        workspace.set_line(None)
        workspace.set_selection(None)

    def show_regions(self) -> None:
        """Open the list of regions."""
        from braggscope.gui.images.regions_dialog import RegionsDialog

        if self._dialog is None:
            self._dialog = RegionsDialog(
                self._window.workspace, self._panel.editor, self._middle, self._window
            )
        self._dialog.show()
        self._dialog.activateWindow()

    def _middle(self) -> Rectangle:
        region = self._panel.view_state.region
        height, width = max(round(region.height / 4), 1), max(round(region.width / 4), 1)
        slow, fast = (round(value) for value in region.center)
        return Rectangle(
            slow=slow - height // 2, fast=fast - width // 2, height=height, width=width
        )

    def _show_menu(self, pixel: Pixel | None, place: QPoint) -> None:
        menu, actions = QMenu(self._window), self._actions
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if pixel is not None:
            trace = menu.addAction(f"Trace pixel {pixel.slow}, {pixel.fast}")
            trace.triggered.connect(lambda: self._trace(pixel))
            value = menu.addAction("Copy its values")
            value.triggered.connect(lambda: self._copy_values(pixel))
            menu.addSeparator()
        for name in ("draw_rectangle", "draw_ellipse", "draw_shell", "draw_line"):
            menu.addAction(actions[name])
        menu.addAction(actions["remove_region"])
        menu.addAction(actions["regions"])
        menu.addSeparator()
        menu.addAction(actions["fit"])
        menu.addMenu(actions.arrangements_menu)
        menu.addMenu(actions.overlays_menu)
        menu.addSeparator()
        menu.addAction(actions["copy_view"])
        menu.addAction(actions["save_tile"])
        menu.addAction(actions["save_view"])
        menu.popup(place)

    def _trace(self, pixel: Pixel) -> None:
        self._window.workspace.set_cursor(pixel)
        self._window.workspace.request_trace(pixel)

    def _copy_values(self, pixel: Pixel) -> None:
        from braggscope.gui.statusline import pixel_text

        text = pixel_text(self._window.session, self._panel.presenter, pixel)
        QGuiApplication.clipboard().setText(text)

    # ── pictures ──────────────────────────────────────────────────────────────────────────────

    def parts(self) -> list[Part]:
        """What is on screen, for a picture of it."""
        return [self._part(tile) for tile in self._panel.shown_tiles()]

    def _part(self, tile: Tile) -> Part:
        shown, content = tile.canvas.content, Content()
        sight = tile.canvas.sight
        content.like(shown)
        # Vector formats take the picture as it is: two pixels for each of the screen's.
        content.prepare_for_file(sight, 2.0)
        title, detail = tile.texts
        bars = shown.pictures[:1] if self._panel.presenter.display.linked else shown.pictures
        if shown.mode == "overlay":
            # Mixed colours have no map: where A and B are equal, they are grey.
            bars = tuple(None if p is None else replace(p, colormap="grey") for p in bars)
        return Part(title, detail, content, sight, tuple(p for p in bars if p is not None))

    def copy_view(self) -> None:
        """Put a picture of what is on screen on the clipboard."""
        parts = self.parts()
        if self._say(bool(parts), "There is no image to copy"):
            font = small_font(self._window.font())
            QGuiApplication.clipboard().setImage(image_of(parts, current_theme(), font))
            self._window.status.showMessage("Copied the images as a picture", _SHORT_MS)

    def save_view(self) -> None:
        """Ask where, and save a picture of what is on screen."""
        self._ask_and_save(self.parts(), "Save picture of the view", "images.png")

    def save_tile(self) -> None:
        """Ask where, and save a picture of the image that has the keys, or had them last."""
        tile = self._panel.current_tile()
        parts = [] if tile is None else [self._part(tile)]
        name = "-".join(tile.sources).lower().replace(" ", "-") if tile is not None else ""
        self._ask_and_save(parts, "Save picture of one image", f"image-{name}.png")

    def _ask_and_save(self, parts: list[Part], title: str, proposal: str) -> None:
        if not self._say(bool(parts), "There is no image to save"):
            return
        path = ask_where(
            self._window, title, self._window.folders.of("pictures") / proposal, _KINDS
        )
        if path is not None:
            self._window.folders.keep("pictures", path.parent)
            self.write(parts, path)

    def write(self, parts: list[Part], path: Path) -> None:
        """Save a picture; problems are shown."""
        font = small_font(self._window.font())
        try:
            save(parts, current_theme(), font, path)
        except BraggscopeError as error:
            self._window.show_problem(error)
        else:
            self._window.status.showMessage(f"Saved {path}", _SHORT_MS)

    def _say(self, done: bool, text: str) -> bool:
        if not done:
            self._window.status.showMessage(text, _SHORT_MS)
        return done
