"""A window on the example with real engines, driven and photographed by pictures.py."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from braggscope.api import Pixel
from braggscope.gui.main import make_application
from braggscope.gui.window import MainWindow
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from braggscope.ui.view_state import Region

PIXELS = tuple[int, int]
_LIMIT_S = 180.0
#: Long enough for timers that wait until something rests, and for a frame after them.
_REST_S = 0.5

W = TypeVar("W", bound=QWidget)


class Stage:
    """One window at a time.

    Args:
        folder: where pictures go.
        scratch: for what a picture needs on disk.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        os.environ["BRAGGSCOPE_CONFIG_DIR"] = str(scratch / "configuration")
        os.environ["BRAGGSCOPE_STATE_DIR"] = ""
        self.folder, self.scratch = folder, scratch
        self.application = make_application()
        self._window: MainWindow | None = None
        self.written: list[Path] = []

    @property
    def window(self) -> MainWindow:
        """The window that is open."""
        assert self._window is not None, "no window is open"
        return self._window

    # ── time ──────────────────────────────────────────────────────────────────────────────────

    def rest(self, seconds: float = _REST_S) -> None:
        """Let everything that waits happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.002)

    def until(self, done: Callable[[], object], what: str) -> None:
        """Wait for something.

        Raises:
            TimeoutError: it does not come.
        """
        end = time.monotonic() + _LIMIT_S
        while not done():
            self.rest(0.02)
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: nothing after {_LIMIT_S:g} s")
        self.rest()

    # ── the window ────────────────────────────────────────────────────────────────────────────

    def open(self, theme: str = "light", size: PIXELS = (1366, 768)) -> MainWindow:
        """A new window on the example, in the place of the last one."""
        self.close()
        # What the last one remembered of layout and arrangement.
        shutil.rmtree(self.scratch / "configuration", ignore_errors=True)
        registry = PluginRegistry()
        registry.discover()
        window = self._window = MainWindow(Host(registry), registry)
        window.ask_about_edits = lambda parent, name: "discard"
        window.apply_theme("dark" if theme == "dark" else "light")
        window.files.open_example()
        window.resize(*size)
        window.show()
        window.start()
        # As in a window that had this size from the beginning.
        sides = [330, 410] if size[0] >= 1600 else [300, 336]
        window.resizeDocks(list(window.panels.values()), sides, Qt.Orientation.Horizontal)
        self.until(lambda: not window.files.is_opening, "opening the example")
        return window

    def run(self, b: Sequence[str] = (), engine: str = "", **options: Any) -> None:
        """Run A and B.

        Args:
            b: overrides of B.
            engine: of B, with its options; "": as it is.
        """
        session = self.window.session
        slot = session.slot("B")
        if engine:
            session.edit(slot.id, engine=engine, options=options)
        session.edit(slot.id, overrides=tuple(b))
        session.run()
        self.compared()

    def compared(self) -> None:
        """Wait until all runs and the comparison are done."""
        session = self.window.session
        analyser = session.analyser
        self.until(
            lambda: not session.is_busy and analyser.findings is not None,
            "runs and their comparison",
        )
        problems = [str(slot.problem) for slot in session.slots if slot.problem]
        if problems:
            raise RuntimeError("; ".join(problems))

    def trace(self, slow: int, fast: int) -> None:
        """Trace a pixel on A and B."""
        session = self.window.session
        session.set_cursor(Pixel(slow, fast))
        self.window.workspace.request_trace(Pixel(slow, fast))
        self.until(lambda: not session.tracer.is_busy, "the trace")

    def look_at(self, slow: float, fast: float, side: float) -> None:
        """Zoom in on a square."""
        region = Region(slow - side / 2, fast - side / 2, side, side)
        self.window.images.view_state.show(region)
        self.rest()

    def dock(self, name: str, height: int = 0) -> Any:
        """Bring a dock up, if need be with more height."""
        window = self.window
        window.views.bring_up(name)
        dock = window.views.docks[name]
        if height:
            window.resizeDocks([dock], [height], Qt.Orientation.Vertical)
        self.rest()
        widget = dock.widget()
        # A place is filled once it is seen.
        if hasattr(widget, "dock"):
            self.until(lambda: widget.dock is not None, f"the dock {name}")
            widget = widget.dock
        self.until(lambda: not getattr(widget, "is_busy", False), f"the content of {name}")
        return widget

    def dialog(self, kind: type[W]) -> W:
        """The window's dialog of a class, once it is on screen."""
        self.until(lambda: self.window.findChildren(kind), kind.__name__)
        return self.window.findChildren(kind)[-1]

    def close(self) -> None:
        """Close the window."""
        if self._window is not None:
            self._window.close_at_once()
            self._window.deleteLater()
            self._window = None
            self.rest(0.05)

    # ── pictures ──────────────────────────────────────────────────────────────────────────────

    def save(self, name: str, *widgets: QWidget) -> None:
        """Save a picture: of the window, or of widgets below each other."""
        self.rest()
        self.save_pixmap(name, stacked([w.grab() for w in widgets or (self.window,)]))

    def save_over(self, name: str, above: QWidget) -> None:
        """Save the window with another one that lies over it."""
        self.rest()
        picture = self.window.grab()
        place = self.window.mapFromGlobal(above.mapToGlobal(QPoint(0, 0)))
        painter = QPainter(picture)
        painter.drawPixmap(place, above.grab())
        painter.end()
        self.save_pixmap(name, picture)

    def save_pixmap(self, name: str, picture: QPixmap) -> None:
        """Write a picture with 256 colours."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        image = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
        path = self.folder / f"{name}.png"
        # An octree keeps colours of small areas, such as badges; 8 bits make a third of the bytes.
        few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        self.written.append(path)


def stacked(pictures: Sequence[QPixmap], gap: int = 4, columns: int = 1) -> QPixmap:
    """Pictures in rows of so many columns, on one."""
    ratio = pictures[0].devicePixelRatio()
    wide = max(picture.width() for picture in pictures)
    rows = [pictures[at : at + columns] for at in range(0, len(pictures), columns)]
    heights = [max(picture.height() for picture in row) for row in rows]
    across = min(columns, len(pictures))
    made = QPixmap(across * (wide + gap) - gap, sum(heights) + gap * (len(rows) - 1))
    made.fill("#808080")
    painter, top = QPainter(made), 0
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            plain = QPixmap(picture)
            plain.setDevicePixelRatio(1.0)
            painter.drawPixmap(column * (wide + gap), top, plain)
        top += height + gap
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
