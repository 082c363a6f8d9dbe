"""Which part of the detector is in view: one state for all linked images.

The state holds the rectangle that the user asked for. What an image shows is worked out from it
and from the image's own size on screen, and never flows back: resizing cannot make it drift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

#: Fewest pixels across, and how many times the image's size may be seen at most.
_CLOSEST, _FARTHEST = 4.0, 3.0


@dataclass(frozen=True)
class Region:
    """A rectangle in pixel coordinates: pixel (slow, fast) covers [n, n+1] on both axes."""

    slow: float
    fast: float
    height: float
    width: float

    @property
    def center(self) -> tuple[float, float]:
        """(slow, fast) of the middle."""
        return (self.slow + self.height / 2, self.fast + self.width / 2)

    def contains(self, slow: float, fast: float) -> bool:
        """Whether a point lies inside."""
        return (
            self.slow <= slow <= self.slow + self.height
            and self.fast <= fast <= self.fast + self.width
        )

    def shown_in(self, screen_width: float, screen_height: float) -> Region:
        """The part that an image of this size on screen shows: all of this one, square pixels."""
        screen_width, screen_height = max(screen_width, 1.0), max(screen_height, 1.0)
        per_screen_pixel = max(self.width / screen_width, self.height / screen_height)
        height, width = per_screen_pixel * screen_height, per_screen_pixel * screen_width
        slow, fast = self.center
        return Region(slow - height / 2, fast - width / 2, height, width)


class Directions(NamedTuple):
    """Where the axes of images point.

    Attributes:
        slow_up: whether the slow axis points upwards, and not down as is the field's custom.
        fast_left: whether the fast axis points to the left.
    """

    slow_up: bool = False
    fast_left: bool = False


@dataclass(frozen=True)
class Sight:
    """How one image on screen shows its region: a map between pixels and the screen.

    Attributes:
        region: what is shown, square pixels.
        width, height: on screen.
        slow_up: whether the slow axis points upwards, and not down as is the field's custom.
        fast_left: whether the fast axis points to the left.
    """

    region: Region
    width: float
    height: float
    slow_up: bool = False
    fast_left: bool = False

    @property
    def scale(self) -> float:
        """Screen pixels across one image pixel."""
        return self.width / self.region.width

    def to_screen(self, slow: float, fast: float) -> tuple[float, float]:
        """(x, y) of a point."""
        x, y = (fast - self.region.fast) * self.scale, (slow - self.region.slow) * self.scale
        return (self.width - x if self.fast_left else x, self.height - y if self.slow_up else y)

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """(slow, fast) of a place on screen."""
        x, y = self.width - x if self.fast_left else x, self.height - y if self.slow_up else y
        return self.region.slow + y / self.scale, self.region.fast + x / self.scale

    @property
    def slow_range(self) -> tuple[float, float]:
        """From and to."""
        return self.region.slow, self.region.slow + self.region.height

    @property
    def fast_range(self) -> tuple[float, float]:
        """From and to."""
        return self.region.fast, self.region.fast + self.region.width


class ViewState(QObject):
    """Zoom, pan and direction of all linked images.

    Signals:
        changed: another region or direction is asked for.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shape = (1, 1)
        self._region = Region(0, 0, 1, 1)
        self._slow_up = self._fast_left = False

    def sight(self, width: float, height: float) -> Sight:
        """What an image of this size on screen shows."""
        shown = self._region.shown_in(width, height)
        return Sight(shown, max(width, 1.0), max(height, 1.0), self._slow_up, self._fast_left)

    @property
    def slow_up(self) -> bool:
        """Whether the slow axis points upwards."""
        return self._slow_up

    @property
    def fast_left(self) -> bool:
        """Whether the fast axis points to the left."""
        return self._fast_left

    def set_directions(self, slow_up: bool, fast_left: bool) -> None:
        """Turn the images round."""
        if (slow_up, fast_left) != (self._slow_up, self._fast_left):
            self._slow_up, self._fast_left = slow_up, fast_left
            self.changed.emit()

    def show(self, region: Region) -> None:
        """Show a region as it is given, such as one that was saved."""
        self._set(region)

    @property
    def region(self) -> Region:
        """The region that must be visible."""
        return self._region

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Tell the images' size; a change of it shows the whole image."""
        if shape != self._shape:
            self._shape = shape
            self.fit()

    def fit(self) -> None:
        """Show the whole image."""
        self._set(Region(0.0, 0.0, float(self._shape[0]), float(self._shape[1])))

    def zoom(self, factor: float, slow: float, fast: float) -> None:
        """Show `factor` times as much, keeping the point (slow, fast) where it is on screen."""
        old = self._region
        largest = max(old.height, old.width)
        factor = max(factor, _CLOSEST / largest)
        factor = min(factor, max(1.0, _FARTHEST * max(self._shape) / largest))
        self._set(
            Region(
                slow + (old.slow - slow) * factor,
                fast + (old.fast - fast) * factor,
                old.height * factor,
                old.width * factor,
            )
        )

    def pan(self, slow: float, fast: float) -> None:
        """Move the region; its middle stays on the image."""
        middle_slow, middle_fast = self._region.center
        slow = min(max(slow, -middle_slow), self._shape[0] - middle_slow)
        fast = min(max(fast, -middle_fast), self._shape[1] - middle_fast)
        old = self._region
        self._set(replace(old, slow=old.slow + slow, fast=old.fast + fast))

    def reveal(self, slow: float, fast: float) -> None:
        """Pan so that a point is in view, if it is not."""
        if not self._region.contains(slow, fast):
            middle_slow, middle_fast = self._region.center
            self.pan(slow - middle_slow, fast - middle_fast)

    def _set(self, region: Region) -> None:
        if region != self._region:
            self._region = region
            self.changed.emit()
