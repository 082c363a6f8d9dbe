"""The window's actions and menus: names, keys, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from braggscope.api import DifferenceMapContribution
from braggscope.gui.images.arrangement import ARRANGEMENTS, BLINK_RATES
from braggscope.io.colormaps import COLORMAPS
from braggscope.io.rendering import colormap_ids


@dataclass(frozen=True)
class Entry:
    """One action: its text with the mnemonic, key, tooltip and icon; `check` makes it a switch."""

    name: str
    text: str
    key: str = ""
    tip: str = ""
    icon: str = ""
    check: bool | None = None


_FILE: Final = (
    Entry(
        "open",
        "&Open experiment…",
        "Ctrl+O",
        "Open an experiment (TOML)",
        "mdi6.folder-open-outline",
    ),
    Entry(
        "open_images",
        "Open &images…",
        "Ctrl+Shift+O",
        "Compare images from disk: CBF, SMV, TIFF, EDF, HDF5, NumPy, raw",
        "mdi6.image-plus-outline",
    ),
    Entry(
        "open_session",
        "Open sessio&n…",
        "Ctrl+Alt+O",
        "Open everything as it was saved: experiment, runs, images, regions, thresholds, view",
        "mdi6.folder-multiple-outline",
    ),
    Entry(
        "open_evidence",
        "Open evi&dence…",
        "",
        "Open the evidence of a comparison, folder or zip file, and verify it",
    ),
    Entry("example", "Open the exam&ple", "", "Open the lysozyme experiment that comes along"),
    Entry(
        "save",
        "&Save experiment",
        "Ctrl+S",
        "Save the experiment to its file (TOML)",
        "mdi6.content-save-outline",
    ),
    Entry("save_as", "Save experiment &as…", "Ctrl+Shift+S", "Save the experiment to another file"),
    Entry(
        "save_session",
        "Sav&e session",
        "Ctrl+Alt+S",
        "Save experiment, runs, images, regions, thresholds and view as one file (HDF5)",
        "mdi6.content-save-all-outline",
    ),
    Entry("save_session_as", "Sa&ve session as…", "", "Save the session to another file"),
    Entry("-", ""),
    Entry(
        "export_image",
        "E&xport image…",
        "Ctrl+Shift+E",
        "A, B or their difference as HDF5, CBF, SMV, TIFF, NumPy or raw pixels",
        "mdi6.export-variant",
    ),
    Entry(
        "export_evidence",
        "Expor&t evidence…",
        "Ctrl+Alt+E",
        "All that is needed to read, check and repeat this comparison, as a folder or zip file",
        "mdi6.archive-arrow-down-outline",
    ),
    Entry("quit", "&Quit", "Ctrl+Q"),
)
_PICTURES: Final = (
    Entry(
        "save_view",
        "Save picture of the &view…",
        "",
        "All images as on screen, with colour bars and overlays: PNG, SVG or PDF",
    ),
    Entry(
        "save_tile",
        "Save picture of &one image…",
        "",
        "The image with the keys, as on screen, with colour bar and overlays: PNG, SVG or PDF",
    ),
    Entry("-", ""),
    Entry("png_a", "Save all pixels of &A as PNG…", "", "The whole image A, at full size"),
    Entry("png_b", "Save all pixels of &B as PNG…", "", "The whole image B, at full size"),
    Entry(
        "png_d",
        "Save all pixels of the &difference as PNG…",
        "",
        "The whole difference map, at full size",
    ),
)
_EDIT: Final = (
    Entry("undo", "&Undo", "Ctrl+Z", "Take the last edit of the experiment back"),
    Entry("redo", "&Redo", "Ctrl+Shift+Z", "Make the edit that was taken back again"),
    Entry("-", ""),
    Entry(
        "paste",
        "&Paste nanoBragg command line…",
        "Ctrl+Shift+V",
        "Read an experiment from nanoBragg flags",
    ),
    Entry(
        "copy",
        "&Copy as nanoBragg command line",
        "Ctrl+Shift+C",
        "Put the experiment on the clipboard as flags",
    ),
    Entry("-", ""),
    Entry(
        "copy_view",
        "Copy p&icture of the view",
        "Ctrl+Alt+C",
        "Put the images on the clipboard, as they are on screen",
    ),
    Entry("-", ""),
    Entry(
        "find", "&Find a field…", "Ctrl+F", "Find a field of the experiment by title, name or flag"
    ),
    Entry(
        "palette",
        "Command pa&lette…",
        "Ctrl+K",
        "Find anything that can be done: actions, panels, engines, fields",
    ),
)
_RUN: Final = (
    Entry("run", "&Run A and B", "F5", "Run A and B", "mdi6.play"),
    Entry(
        "rerun",
        "Run A and B a&gain",
        "Shift+F5",
        "Also where the image is in memory, to measure the times afresh",
    ),
    Entry("cancel", "&Cancel", "Esc", "Stop what runs", "mdi6.stop"),
    Entry("-", ""),
    Entry("swap", "&Swap A and B", "X", "A becomes B, B becomes A", "mdi6.swap-horizontal"),
    Entry("-", ""),
    Entry("thresholds", "&Thresholds…", "", "The bounds that decide the verdict"),
    Entry(
        "noise",
        "Measure &noise floor",
        "",
        "By how much each engine differs from itself: run again, other precision, other threads",
    ),
    Entry("matrix", "&Matrix of all runs…", "", "Every run against every other one"),
    Entry("-", ""),
    Entry("bench", "&Benchmark…", "", "Measure how fast the engines are on this machine"),
)
_VIEW: Final = (
    Entry("log", "&Log scale", "L", "Logarithmic or linear", check=True),
    Entry("invert", "&Invert colours", "I", "Turn the colour maps round", check=False),
    Entry(
        "auto",
        "&Automatic levels",
        "Shift+A",
        "Levels from the images, for all tiles",
        "mdi6.auto-fix",
    ),
    Entry("linked", "&Same levels for A and B", "", "A and B share their levels", check=True),
    Entry("-", ""),
    Entry("fit", "&Fit", "F", "Show whole images", "mdi6.fit-to-page-outline"),
    Entry("next_map", "Next &difference map", "D", "Another kind of difference"),
    Entry("next_worst", "Next &worst difference", "N", "Go to the next worst difference"),
    Entry("previous_worst", "Pre&vious difference", "Shift+N", "Back to the one before"),
    Entry(
        "next_arrangement",
        "&Next arrangement",
        "Tab",
        "Arrange the images in another way, while one of them has the keys",
    ),
    Entry("seam", "Turn the seam", "", "Between A and B: upright or level"),
)
_PIXELS: Final = (
    Entry(
        "mean",
        "Mean from afar",
        "",
        "Zoomed out, a screen pixel shows the mean of its pixels, not the most telling one",
        check=False,
    ),
    Entry(
        "clipped",
        "Mar&k clipped pixels",
        "",
        "Own colours for pixels beyond the levels",
        check=False,
    ),
    Entry("slow_up", "Slow a&xis upwards", "", "Turn the images upside down", check=False),
    Entry("fast_left", "Fast axis to the left", "", "Mirror the images", check=False),
)
_DRAW: Final = (
    Entry("draw_rectangle", "&Rectangle", "R", "Draw a region", "mdi6.vector-square"),
    Entry("draw_ellipse", "&Ellipse", "Shift+R", "Draw an elliptic region"),
    Entry("draw_shell", "Resolution &shell", "", "Draw a shell from one resolution to another"),
    Entry("add_masked", "&Masked pixels", "", "A region of the pixels that do not count"),
    Entry("draw_line", "Profile &line", "P", "Draw the line of the line profile"),
    Entry("-", ""),
    Entry("regions", "Re&gions…", "Ctrl+R", "Names and numbers of all regions"),
    Entry(
        "undo_drawing", "&Undo drawing", "Ctrl+Backspace", "Take the last change of regions back"
    ),
    Entry("remove_region", "Rem&ove region", "Del", "Remove the region that has handles"),
    Entry("clear_drawings", "&Clear drawings", "", "Remove regions, line and picked pixels"),
)
_TRACE: Final = (
    Entry(
        "trace",
        "&Trace the pixel at the cursor",
        "T",
        "Walk both engines through this pixel",
        "mdi6.target",
    ),
    Entry(
        "explain",
        "&Explain the difference…",
        "E",
        "Which one change of A gives the image of B",
    ),
    Entry("-", ""),
    Entry("open_log_a", "Open log as &A…", "", "Take A’s trace from what a program printed"),
    Entry("open_log_b", "Open log as &B…", "", "Take B’s trace from what a program printed"),
    Entry("close_logs", "&Close logs", "", "Trace A and B by their runs again"),
)
_HELP: Final = (
    Entry("plugins", "&Plugins and engines…", "", "What is loaded, and what went wrong"),
    Entry("about", "&About Braggscope"),
)
PERCENTILES: Final = (100.0, 99.99, 99.9, 99.5, 99.0, 98.0)
SCALES: Final = (("linear", "Linear"), ("sqrt", "Square root"), ("log", "Log"))


class Actions:
    """All actions by name, in menus and on a toolbar."""

    def __init__(self, window: QMainWindow, maps: Mapping[str, DifferenceMapContribution]) -> None:
        self.by_name: dict[str, QAction] = {}
        self._icons: list[tuple[QAction, str]] = []
        self._window = window
        bar = window.menuBar()
        self.menus: dict[str, QMenu] = {}
        for title, entries in (
            ("&File", _FILE),
            ("&Edit", _EDIT),
            ("&Run", _RUN),
            ("&View", _VIEW),
            ("&Draw", _DRAW),
            ("&Trace", _TRACE),
            ("&Help", _HELP),
        ):
            menu = bar.addMenu(title)
            self.menus[title.replace("&", "")] = menu
            for entry in entries:
                self._add(menu, entry)
        pictures = QMenu("Pict&ures", window)
        self.menus["File"].insertMenu(self["quit"], pictures)
        self.menus["File"].insertSeparator(self["quit"])
        for entry in _PICTURES:
            self._add(pictures, entry)
        self.recent_menu = QMenu("Open &recent", window)
        self.menus["File"].insertMenu(self["example"], self.recent_menu)
        self["quit"].setMenuRole(QAction.MenuRole.QuitRole)
        self["cancel"].setEnabled(False)
        view = self.menus["View"]
        view.addSeparator()
        self._add_arrangement(view)
        self.scales = self._choices(view, "S&cale", list(SCALES))
        percents = [(f"{p:g}", f"{p:g} %") for p in PERCENTILES]
        self.percentiles = self._choices(view, "Automatic levels &up to", percents)
        self.colormaps = self._choices(view, "C&olour map", colormap_titles(diverging=False))
        self.difference_colormaps = self._choices(
            view,
            "Colour ma&p of differences",
            [("", "Fits the theme"), *colormap_titles(diverging=True)],
        )
        self.maps = self._choices(view, "Diffe&rence map", [(m.id, m.title) for m in maps.values()])
        for entry in _PIXELS:
            self._add(view, entry)
        view.addSeparator()
        self.docks_menu = view.addMenu("Pan&els")
        self.themes = self._choices(
            view, "T&heme", [("system", "System"), ("light", "Light"), ("dark", "Dark")]
        )
        self._add(view, Entry("reset_layout", "Rese&t layout", "", "Put all panels back"))

    def _add_arrangement(self, view: QMenu) -> None:
        self.arrangements_menu = QMenu("Arran&gement", self._window)
        view.addMenu(self.arrangements_menu)
        self.arrangements = self._choices_in(
            self.arrangements_menu, [(name, title) for name, title, _ in ARRANGEMENTS]
        )
        rates = [(f"{rate}", f"{rate} Hz") for rate in BLINK_RATES]
        self.blink_rates = self._choices(view, "&Blink rate", rates)
        axes = [("none", "None"), ("pixels", "Pixels"), ("mm", "Millimetres")]
        self.axes = self._choices(view, "Nu&mbers at the border", axes)
        self.overlays_menu = QMenu("Overla&ys", self._window)
        self.overlays_menu.setToolTipsVisible(True)
        view.addMenu(self.overlays_menu)
        view.addSeparator()
        # Elsewhere Tab goes on to the next field: it works while an image has the keys.
        self["next_arrangement"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def set_icons(self) -> None:
        """Give the actions their icons, in the colours of the theme."""
        # Imported here: qtawesome is for after the first frame.
        from braggscope.ui.icons import icon

        for action, name in self._icons:
            action.setIcon(icon(name))

    def _add(self, menu: QMenu, entry: Entry) -> None:
        if entry.name == "-":
            menu.addSeparator()
            return
        action = QAction(entry.text, self._window)
        if entry.key:
            action.setShortcut(QKeySequence(entry.key))
        tip = entry.tip or entry.text.replace("&", "").rstrip("…")
        action.setToolTip(f"{tip} ({entry.key})" if entry.key else tip)
        if entry.check is not None:
            action.setCheckable(True)
            action.setChecked(entry.check)
        if entry.icon:
            self._icons.append((action, entry.icon))
        menu.addAction(action)
        self._window.addAction(action)
        self.by_name[entry.name] = action

    def _choices(self, menu: QMenu, title: str, items: list[tuple[str, str]]) -> QActionGroup:
        return self._choices_in(menu.addMenu(title), items)

    def _choices_in(self, submenu: QMenu, items: list[tuple[str, str]]) -> QActionGroup:
        group = QActionGroup(self._window)
        for value, text in items:
            action = submenu.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)
        return group


def check_choice(group: QActionGroup, value: str) -> None:
    """Mark the chosen one of a group."""
    for action in group.actions():
        action.setChecked(action.data() == value)


def colormap_titles(diverging: bool) -> list[tuple[str, str]]:
    """(id, title) of the colour maps of one kind."""
    return [(name, COLORMAPS[name].title) for name in colormap_ids(diverging)]
