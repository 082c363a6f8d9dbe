"""Drawing regions and the profile line with the pointer. Decides; knows no widget.

A press begins a shape and a release ends it; without a move in between, a second click does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from braggscope.api import Ellipse, ImageRegion, Rectangle, RegionShape, Shell
from braggscope.gui.images.region_shapes import (
    Boxed,
    Grip,
    Point,
    free_name,
    grip_at,
    in_box,
    pulled,
    whole_pixels,
)
from braggscope.gui.markings import LineEnds, Markings

ToolName = Literal["rectangle", "ellipse", "shell", "line"]
#: What the pointer would do: "draw", "move", or resize along a handle's direction.
Hover = Literal["draw", "move"] | tuple[int, int] | None
_KINDS: Final[dict[str, type[Boxed]]] = {"rectangle": Rectangle, "ellipse": Ellipse}
_UNDO_DEPTH: Final = 100


@dataclass(frozen=True)
class _Hold:
    """A region, or an end of the line, in the user's hand."""

    what: str
    grip: Grip
    start: Point
    before: Boxed | LineEnds


class MarkingEditor:
    """What is being drawn or moved.

    Args:
        markings: what is drawn.
        resolution: d in Å at a point, or None where it is not known.
        changed: called when something looks different: tool, draft, selection.

    Attributes:
        tool: what a press begins; None: pressing pans.
        chosen: name of the region with handles; "" for none.
        draft: the shape or line that is being drawn.
    """

    def __init__(
        self,
        markings: Markings,
        resolution: Callable[[Point], float | None],
        changed: Callable[[], None],
    ) -> None:
        self._markings, self._resolution, self._changed = markings, resolution, changed
        self.tool: ToolName | None = None
        self.chosen = ""
        self.draft: RegionShape | LineEnds | None = None
        self._start: Point | None = None
        self._hold: _Hold | None = None
        self._pressed = False
        self._undo: list[tuple[ImageRegion, ...]] = []

    # ── tools ─────────────────────────────────────────────────────────────────────────────────

    def take(self, tool: ToolName | None) -> None:
        """Take up a tool, or put it down."""
        self.tool, self.draft, self._start, self._hold = tool, None, None, None
        self._changed()

    def reset(self) -> None:
        """Drop tool, choice and what could be undone: other regions take the place of all."""
        self.chosen = ""
        self._undo.clear()
        self.take(None)

    def cancel(self) -> bool:
        """Drop the draft, then the tool, then the choice; False when there was nothing to drop."""
        if self._hold is not None:
            self._put_back(self._hold)
            self._hold = None
        elif self._start is not None:
            self._start = self.draft = None
        elif self.tool is not None:
            self.tool = None
        elif self.chosen:
            self.chosen = ""
        else:
            return False
        self._changed()
        return True

    def hover(self, point: Point, reach: float) -> Hover:
        """What a press here would do."""
        if self.tool is not None:
            return "draw"
        held = self._found(point, reach)
        return None if held is None else held.grip

    # ── the pointer ───────────────────────────────────────────────────────────────────────────

    def press(self, point: Point, reach: float) -> bool:
        """The button went down; False: this press is not for drawings."""
        if self.tool is not None:
            self._pressed = True
            if self._start is None:
                self._start = point
            else:
                self._finish(point)
            self._changed()
            return True
        self._hold = self._found(point, reach)
        chosen = self._hold.what if self._hold is not None else ""
        if self._hold is not None and chosen != self.chosen and not chosen.startswith("line"):
            self.chosen = chosen
            self._changed()
        return self._hold is not None

    def move(self, point: Point) -> None:
        """The pointer went on, with the button down or between two clicks."""
        if self._hold is not None:
            self._pull(self._hold, point, final=False)
        elif self.tool is not None and self._start is not None:
            self.draft = self._shape(self._start, point)
            self._changed()

    def release(self, point: Point, reach: float) -> None:
        """The button went up."""
        if self._hold is not None:
            hold, self._hold = self._hold, None
            self._pull(hold, point, final=True)
        elif self.tool is not None and self._start is not None and self._pressed:
            far = max(abs(point[0] - self._start[0]), abs(point[1] - self._start[1]))
            if far > reach:
                self._finish(point)
        self._pressed = False

    def _shape(self, start: Point, end: Point) -> RegionShape | LineEnds | None:
        if self.tool == "line":
            return (start, end)
        if self.tool == "shell":
            one, other = self._resolution(start), self._resolution(end)
            if one is None or other is None or one == other:
                return None
            return Shell(d_min_A=min(one, other), d_max_A=max(one, other))
        return in_box(_KINDS[self.tool or "rectangle"], start, end)

    def _finish(self, end: Point) -> None:
        assert self._start is not None
        shape = self._shape(self._start, end)
        tool, self._start, self.draft, self._pressed = self.tool, None, None, False
        self.tool = None
        if tool == "line":
            self._markings.set_line(shape if isinstance(shape, tuple) else None)
        elif shape is not None and not isinstance(shape, tuple):
            self.add(whole_pixels(shape) if isinstance(shape, Rectangle | Ellipse) else shape)
        self._changed()

    # ── regions ───────────────────────────────────────────────────────────────────────────────

    def add(self, shape: RegionShape) -> str:
        """Add a region and choose it; its name."""
        name = free_name(self._markings.regions, shape)
        self._set((*self._markings.regions, ImageRegion(name=name, shape=shape)))
        self.chosen = name
        return name

    def choose(self, name: str) -> None:
        """Give a region its handles; "" takes them away."""
        if name != self.chosen:
            self.chosen = name
            self._changed()

    def remove(self, name: str) -> None:
        """Remove a region."""
        self._set(tuple(r for r in self._markings.regions if r.name != name))
        if self.chosen == name:
            self.chosen = ""
            self._changed()

    def clear(self) -> None:
        """Remove all regions."""
        self.chosen = ""
        self._set(())

    def replace(self, name: str, region: ImageRegion) -> None:
        """Another shape or name for a region.

        Raises:
            ValueError: another region has that name.
        """
        changed = tuple(region if r.name == name else r for r in self._markings.regions)
        if len({r.name for r in changed}) < len(changed):
            raise ValueError(f"there is a region “{region.name}” already")
        if self.chosen == name:
            self.chosen = region.name
        self._set(changed)

    def undo(self) -> bool:
        """Take the last change of the regions back; False when there is none."""
        if not self._undo:
            return False
        self._markings.set_regions(self._undo.pop())
        if all(region.name != self.chosen for region in self._markings.regions):
            self.chosen = ""
        self._changed()
        return True

    def _set(self, regions: tuple[ImageRegion, ...]) -> None:
        if regions != self._markings.regions:
            self._undo = [*self._undo[-_UNDO_DEPTH:], self._markings.regions]
            self._markings.set_regions(regions)

    # ── holding ───────────────────────────────────────────────────────────────────────────────

    def _found(self, point: Point, reach: float) -> _Hold | None:
        line = self._markings.line
        if line is not None:
            for number, end in enumerate(line):
                if max(abs(end[0] - point[0]), abs(end[1] - point[1])) <= reach:
                    return _Hold(f"line {number}", "move", point, line)
        for region in reversed(self._markings.regions):
            shape = region.shape
            grip = grip_at(shape, point, reach, region.name == self.chosen)
            if grip is not None and isinstance(shape, Rectangle | Ellipse):
                return _Hold(region.name, grip, point, shape)
        return None

    def _pull(self, hold: _Hold, point: Point, final: bool) -> None:
        if isinstance(hold.before, tuple):
            ends = list(hold.before)
            ends[int(hold.what[-1])] = point
            self._markings.set_line((ends[0], ends[1]))
            return
        shape = pulled(hold.before, hold.grip, hold.start, point)
        if not final:
            self.draft = shape
            self._changed()
            return
        self.draft = None
        shape = whole_pixels(shape) if point != hold.start else hold.before
        region = next((r for r in self._markings.regions if r.name == hold.what), None)
        if region is not None:
            self.replace(hold.what, ImageRegion(name=hold.what, shape=shape))
        self._changed()

    def _put_back(self, hold: _Hold) -> None:
        self.draft = None
        if isinstance(hold.before, tuple):
            self._markings.set_line(hold.before)

    @property
    def is_busy(self) -> bool:
        """Whether something is being drawn or pulled."""
        return self._hold is not None or self._start is not None

    @property
    def held(self) -> str:
        """The region that is being moved or resized, whose draft stands for it; "" for none."""
        hold = self._hold
        return "" if hold is None or isinstance(hold.before, tuple) else hold.what
