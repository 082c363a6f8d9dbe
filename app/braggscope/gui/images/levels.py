"""Automatic levels that do not jump when an image is updated. No Qt."""

from __future__ import annotations

from collections.abc import Mapping

from braggscope.gui.images.pictures import Display, TileId, automatic_levels, still_fit
from braggscope.io.pyramid import Pyramid
from braggscope.io.rendering import Levels


class LevelKeeper:
    """Finds levels from the first images and keeps them for the next ones.

    They are found afresh when asked for, when images have another size, when B joins A, and when
    hardly anything of the new images would be seen with the old ones.
    """

    def __init__(self) -> None:
        #: Levels, the size of the images that they were found from, and how many these were.
        self._kept: dict[TileId, tuple[Levels, tuple[int, int], int]] = {}
        #: The images that a group's levels were checked against.
        self._checked: dict[TileId, tuple[Pyramid, ...]] = {}

    def forget(self, group: TileId | None = None) -> None:
        """Find levels afresh, of one group or of all."""
        if group is None:
            self._kept.clear()
        else:
            self._kept.pop(group, None)

    def levels(self, pyramids: Mapping[TileId, Pyramid], display: Display) -> dict[TileId, Levels]:
        """The levels of each tile."""
        groups: dict[TileId, list[Pyramid]] = {}
        for tile, pyramid in pyramids.items():
            members = groups.setdefault(display.group(tile), [])
            # Of linked images only A and B decide, as long as they are there.
            if tile in ("A", "B", "D") or not (display.linked and "A" in pyramids):
                members.append(pyramid)
        found = {group: self._of_group(group, tuple(p), display) for group, p in groups.items()}
        return {tile: display.levels_of(tile) or found[display.group(tile)] for tile in pyramids}

    def _of_group(self, group: TileId, pyramids: tuple[Pyramid, ...], display: Display) -> Levels:
        kept = self._kept.get(group)
        if kept is not None and self._checked.get(group) == pyramids:
            return kept[0]
        # While a pair is updated, the old B may be of another experiment.
        shape = pyramids[0].shape
        alike = tuple(pyramid for pyramid in pyramids if pyramid.shape == shape)
        wanted = automatic_levels(alike, display, group)
        self._checked[group] = pyramids
        scale = "linear" if group == "D" else display.scale
        if kept is not None and (
            kept[1] != shape or kept[2] < len(alike) or not still_fit(kept[0], wanted, scale)
        ):
            kept = None
        if kept is None:
            self._kept[group] = kept = (wanted, shape, len(alike))
        return kept[0]
