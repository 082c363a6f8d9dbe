"""What is drawn over every image: overlays, regions, line, picked pixels, borders. Qt for painting.

One object for all canvases; each asks for the drawing that fits its own sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, Qt

from braggscope.api import Ellipse, ImageRegion, Line, Marks, OverlayItem, Rectangle, RegionShape
from braggscope.api.overlay import Emphasis
from braggscope.gui.images.drawing import OWN, Drawing, Label, Stroke, box_of
from braggscope.gui.images.picked import PickedPixels
from braggscope.gui.images.region_shapes import box, handle_points, outline
from braggscope.gui.images.ticks import AxisUnit, tick_text, ticks
from braggscope.gui.markings import LineEnds
from braggscope.ui.view_state import Sight

_HANDLE: Final = 3.0
_TICK: Final = 6.0


@dataclass(frozen=True, eq=False)
class Annotated:
    """Everything that is drawn over the images now.

    Attributes:
        overlays: items of all overlays that are on.
        regions: those with an outline of their own; `shells` has the rings of the others.
        chosen: the region with handles.
        held: a region whose draft stands for it.
        draft: what is being drawn.
        picked: pixels that plots picked.
        unit: of the numbers along the border.
        pixel_mm: edge of a pixel; None: not known, then pixels are counted.
    """

    overlays: Sequence[OverlayItem] = ()
    regions: tuple[ImageRegion, ...] = ()
    shells: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    chosen: str = ""
    held: str = ""
    draft: RegionShape | LineEnds | None = None
    line: LineEnds | None = None
    picked: PickedPixels | None = None
    unit: AxisUnit = "none"
    pixel_mm: float | None = None


def drawing_of(state: Annotated, sight: Sight) -> Drawing:
    """What one canvas paints."""
    drawing = Drawing()
    # Of labels that overlap, the first one stays.
    _add_borders(drawing, state, sight)
    if state.picked is not None:
        drawing.strokes.append(Stroke(state.picked.edges(sight), "plain", color=OWN))
    for region in state.regions:
        if region.name != state.held:
            _add_region(drawing, region, region.name == state.chosen, state, sight)
    draft = state.draft
    if isinstance(draft, Rectangle | Ellipse):
        drawing.add(Line(outline(draft), emphasis="plain", dashed=True), sight, OWN)
    elif isinstance(draft, tuple):
        _add_profile_line(drawing, draft, sight)
    if state.line is not None and not isinstance(draft, tuple):
        _add_profile_line(drawing, state.line, sight)
    for item in sorted(state.overlays, key=lambda item: isinstance(item, Marks)):
        drawing.add(item, sight)
    drawing.settle_labels(sight.width, sight.height)
    return drawing


def _add_region(
    drawing: Drawing, region: ImageRegion, chosen: bool, state: Annotated, sight: Sight
) -> None:
    shape = region.shape
    if not isinstance(shape, Rectangle | Ellipse):
        for line in state.shells.get(region.name, ()):
            drawing.add(line, sight, OWN)
        return
    top, _, left, _ = box(shape)
    emphasis: Emphasis = "strong" if chosen else "plain"
    drawing.add(Line(outline(shape), emphasis=emphasis), sight, OWN)
    x, y = sight.to_screen(top, left)
    x, y = min(max(x, 2.0), sight.width - 20.0), max(y - 3.0, 18.0)
    if _is_near(shape, sight):
        anchor = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        drawing.labels.append(Label(x, y, region.name, OWN, anchor))
    if chosen:
        drawing.strokes.append(Stroke(_handles(shape, sight), "strong", color=OWN))


def _is_near(shape: Rectangle | Ellipse, sight: Sight) -> bool:
    top, bottom, left, right = box(shape)
    (slow_from, slow_to), (fast_from, fast_to) = sight.slow_range, sight.fast_range
    return bottom > slow_from and top < slow_to and right > fast_from and left < fast_to


def _handles(shape: Rectangle | Ellipse, sight: Sight) -> list[QLineF]:
    lines: list[QLineF] = []
    for slow, fast in handle_points(shape).tolist():
        x, y = sight.to_screen(slow, fast)
        if -_HANDLE < x < sight.width + _HANDLE and -_HANDLE < y < sight.height + _HANDLE:
            lines += box_of(x - _HANDLE, y - _HANDLE, 2 * _HANDLE, 2 * _HANDLE)
    return lines


def _add_profile_line(drawing: Drawing, ends: LineEnds, sight: Sight) -> None:
    points = np.array(ends)
    drawing.add(Line(points, emphasis="plain"), sight, OWN)
    drawing.add(Marks(points[:1], "circle"), sight, OWN)
    drawing.add(Marks(points[1:], "square"), sight, OWN)


def _add_borders(drawing: Drawing, state: Annotated, sight: Sight) -> None:
    if state.unit == "none":
        return
    size = state.pixel_mm if state.unit == "mm" and state.pixel_mm else 1.0
    name = "mm" if state.unit == "mm" and state.pixel_mm else "px"
    lines = []
    for is_fast in (True, False):
        low, high = sight.fast_range if is_fast else sight.slow_range
        length = sight.width if is_fast else sight.height
        found = ticks(low * size, high * size, int(length // (90 if is_fast else 60)))
        step = found[1] - found[0] if len(found) > 1 else 1.0
        for value in found:
            slow, fast = (sight.region.slow, value / size) if is_fast else (value / size, 0.0)
            x, y = sight.to_screen(slow, fast)
            place = x if is_fast else y
            if not 24 < place < length - (10 if is_fast else 30):
                continue
            text = tick_text(value, step)
            lines.append(_tick(place, is_fast))
            drawing.labels.append(_tick_label(place, is_fast, text))
    corner = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
    drawing.labels.append(Label(1.0, 1.0, name, anchor=corner))
    if lines:
        drawing.strokes.append(Stroke(lines, "plain"))


def _tick(place: float, is_fast: bool) -> QLineF:
    return QLineF(place, 0, place, _TICK) if is_fast else QLineF(0, place, _TICK, place)


def _tick_label(place: float, is_fast: bool, text: str) -> Label:
    if is_fast:
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
        return Label(place, _TICK + 1, text, anchor=top)
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    return Label(_TICK + 1, place, text, anchor=left)
