"""The pages of pinned pixels: side by side, and their asymmetry; and what pins them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from braggscope.api import DetectorImage, Pixel, TraceComparison
from braggscope.api.asymmetry import centre_and_edge
from braggscope.ui import PinsState, ViewContext
from braggscope_trace.asymmetry import asymmetry_table
from braggscope_trace.pins import FIXED, FOUR, pin_title, pins_summary, pins_table, telling_pixels
from braggscope_trace.text_page import TextPage
from braggscope_trace.work import Background

_NO_PINS = (
    "No pixel is pinned yet.\n\n“Pin these four” finds the peak, the edge, the corner and the"
    " background of A's image; “Pin” above keeps the pixel that is traced now."
)
_NO_ASYMMETRY = (
    "Nothing is traced yet.\n\n“Centre, edge, corner” shows what the solid angle and its like do"
    " inside a pixel at the edge of the detector, beside the centre."
)
_OUTDATED = "A or B changed: these pixels are no longer traced."
_PIN_WIDTHS = {0: 214}
_ASYMMETRY_WIDTHS = {0: 206, 1: 112, 2: 36, 3: 76, 4: 70, 10: 50}


class PinPages(QObject):
    """Both pages, kept as the context's pins say.

    Signals:
        problem: what went wrong, in words.
    """

    problem = Signal(str)

    def __init__(self, context: ViewContext, menu: QMenu, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._words, self._only = "", False
        self._background = Background(self)
        self._background.done.connect(self._found)
        self._background.failed.connect(self._not_found)
        self.four_button = QPushButton("Pin these four")
        self.four_button.setToolTip("Pin peak, edge, corner and background of A's image.")
        self.again_button = QPushButton("Trace again")
        self.clear_button = QPushButton("Unpin all")
        self.centre_button = QPushButton("Centre, edge, corner")
        self.centre_button.setToolTip("Pin these pixels of the detector, to see them side by side.")
        self.pins = TextPage(
            "Pinned pixels", (self.again_button, self.four_button, self.clear_button)
        )
        self.asymmetry = TextPage("Asymmetry over the sub-pixels", (self.centre_button,))
        self._fill_menu(menu)
        self.four_button.clicked.connect(self.pin_four)
        self.again_button.clicked.connect(self._trace_again)
        self.clear_button.clicked.connect(self._clear)
        self.centre_button.clicked.connect(self._pin_centre)

    def filter(self, words: str, only: bool) -> None:
        """Show the rows that a filter leaves."""
        self._words, self._only = words, only
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the pins as they are now."""
        state = self._context.pins
        image = self._image()
        self.pin_action.setEnabled(self._traced() is not None)
        self.four_action.setEnabled(image is not None)
        self.four_button.setEnabled(image is not None)
        self.centre_button.setEnabled(image is not None)
        self.clear_action.setEnabled(bool(state.pins))
        self.clear_button.setEnabled(bool(state.pins))
        missing = any(pin.comparison is None for pin in state.pins)
        self.again_button.setVisible(missing and not state.running)
        if self.pins.isVisible():
            self._show_pins(state)
        if self.asymmetry.isVisible():
            self._show_asymmetry(state)

    @Slot()
    def pin_four(self) -> None:
        """Find the four telling pixels of A's image in a thread, and pin them."""
        image = self._image()
        if image is not None:
            self._background.start(lambda: telling_pixels(image))

    @Slot()
    def pin_traced(self) -> None:
        """Keep the pixel that is traced now."""
        pixel = self._context.trace.pixel
        if pixel is not None:
            self._pin({**self._named(), pixel: self._named().get(pixel, "")})

    def _fill_menu(self, menu: QMenu) -> None:
        self.pin_action = QAction("Pin the traced &pixel", menu)
        self.four_action = QAction("Pin these &four: peak, edge, corner, background", menu)
        self.clear_action = QAction("&Unpin all", menu)
        for action, slot in (
            (self.pin_action, self.pin_traced),
            (self.four_action, self.pin_four),
            (self.clear_action, self._clear),
        ):
            action.triggered.connect(slot)
            menu.addAction(action)

    def _show_pins(self, state: PinsState) -> None:
        traced = [pin for pin in state.pins if pin.comparison is not None]
        if not state.pins:
            self.pins.say(_NO_PINS)
        elif state.running and not traced:
            self.pins.say(f"Tracing {len(state.pins)} pixels …", busy=True)
        elif not traced:
            self.pins.say(state.problem or _OUTDATED)
        else:
            table = pins_table(state.pins, self._words, self._only)
            summary = state.problem or pins_summary(state.pins)
            self.pins.show_table(table, summary, self._pin_widths(len(table.headers)))

    def _pin_widths(self, many: int) -> dict[int, int]:
        room = self.pins.table.viewport().width() - sum(_PIN_WIDTHS.values())
        pins = max(1, many - len(FIXED))
        width = min(240, max(100, room // pins))
        return {**_PIN_WIDTHS, **dict.fromkeys(range(len(FIXED), many), width)}

    def _show_asymmetry(self, state: PinsState) -> None:
        comparisons = self._comparisons(state)
        if comparisons:
            table = asymmetry_table(comparisons, self._words, self._only)
            summary = state.problem or "Asymmetry: (last − first)/mean over the sub-pixels"
            self.asymmetry.show_table(table, summary, _ASYMMETRY_WIDTHS)
        elif state.running:
            self.asymmetry.say("Tracing …", busy=True)
        else:
            self.asymmetry.say(state.problem or (_OUTDATED if state.pins else _NO_ASYMMETRY))

    def _comparisons(self, state: PinsState) -> list[tuple[str, TraceComparison]]:
        found = [(pin_title(pin), pin.comparison) for pin in state.pins if pin.comparison]
        traced = self._traced()
        if traced is not None and traced.a.pixel not in [pin.pixel for pin in state.pins]:
            pixel = traced.a.pixel
            found.insert(0, (f"traced ({pixel.slow}, {pixel.fast})", traced))
        return found

    def _traced(self) -> TraceComparison | None:
        return self._context.trace.comparison

    def _image(self) -> DetectorImage | None:
        return self._context.image("A") or self._context.image("B")

    def _named(self) -> dict[Pixel, str]:
        return {pin.pixel: pin.name for pin in self._context.pins.pins}

    def _pin(self, named: dict[Pixel, str]) -> None:
        self._context.set_pins(tuple((name, pixel) for pixel, name in named.items()))

    def _add(self, places: dict[str, Pixel]) -> None:
        """Pin places by name in front; those of the same names before are replaced."""
        others = {p: name for p, name in self._named().items() if name not in places}
        named: dict[Pixel, str] = {}
        for name, pixel in places.items():
            named.setdefault(pixel, name)
        self._pin({**named, **others})

    @Slot()
    def _pin_centre(self) -> None:
        image = self._image()
        if image is not None:
            self._add(centre_and_edge(image.shape))

    @Slot()
    def _trace_again(self) -> None:
        self._pin(self._named())

    @Slot()
    def _clear(self) -> None:
        self._pin({})

    @Slot(object)
    def _found(self, places: dict[str, Pixel]) -> None:
        self._add({name: places[name] for name in FOUR})

    @Slot(object)
    def _not_found(self, error: Exception) -> None:
        self.problem.emit(f"The pixels cannot be found: {error}")
