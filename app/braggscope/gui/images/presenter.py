"""Decides what the tiles show. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from braggscope.api import DetectorImage, DifferenceMapContribution, Pixel
from braggscope.gui.agreement.presenter import why_no_pair
from braggscope.gui.images.levels import LevelKeeper
from braggscope.gui.images.pictures import (
    Display,
    Picture,
    TileId,
    make_picture,
    symmetric_about,
    symmetric_above,
)
from braggscope.gui.images.pyramids import Pyramids
from braggscope.gui.images.tile_texts import hint, origin_text, unshown, whence
from braggscope.gui.numbers import near, number, seconds
from braggscope.gui.session import SIDES, Session
from braggscope.gui.slots import Slot
from braggscope.io.pyramid import Pyramid, extras_for
from braggscope.io.rendering import Levels, Scale

Meanings = tuple[tuple[float, str], ...]
#: Levels of a map of few values with a sign, in distances of its largest from no difference.
_WITHIN: Final = 1.7


@dataclass(frozen=True, eq=False)
class TileState:
    """What one tile shows.

    Attributes:
        letter: "A", "B" or the sign of the difference map.
        title, detail: the two lines above the image.
        picture: None shows `hint` instead.
        hint: what to do when there is no image.
        outdated: why the image is not what the rows describe now; "" when it is.
        origin: how the image came about, in lines; "" when there is none.
    """

    letter: str
    title: str
    detail: str = ""
    picture: Picture | None = None
    hint: str = ""
    outdated: str = ""
    origin: str = ""
    automatic: bool = True


class ImagesPresenter:
    """Turns the session's images into pictures and says what tiles show.

    Args:
        changed: called with the tile that shows something else now.
    """

    def __init__(
        self,
        session: Session,
        maps: Mapping[str, DifferenceMapContribution],
        changed: Callable[[TileId], None],
    ) -> None:
        self._session = session
        self.maps = dict(maps)
        self._changed = changed
        self.display = Display()
        self._pyramids = Pyramids(session.post)
        self._levels = LevelKeeper()
        self._pictures: dict[TileId, Picture] = {}
        self._shown_map = ""
        self._with_grid = False
        self._steps: tuple[float, ...] = ()
        self._shown_images: dict[TileId, int] = {}

    # ── what tiles show ───────────────────────────────────────────────────────────────────────

    def tile(self, tile: TileId) -> TileState:
        """What a tile shows now."""
        return self._difference_tile() if tile == "D" else self._image_tile(tile)

    def slot_of(self, tile: TileId) -> Slot | None:
        """The row whose image a tile shows; None: there is no such row, or it is the difference."""
        if tile in SIDES:
            return self._session.slot("A" if tile == "A" else "B")
        return next((slot for slot in self._session.slots if grid_tile(slot) == tile), None)

    def _image_tile(self, tile: TileId) -> TileState:
        slot = self.slot_of(tile)
        if slot is None:
            return TileState("", "")
        picture = self._pictures.get(tile)
        letter = tile if tile in SIDES else "".join(self._session.sides_of(slot))
        state = TileState(
            letter or str(self._session.slots.index(slot) + 1),
            self._session.image_label(slot),
            automatic=self.display.levels_of(tile) is None,
        )
        if picture is None or slot.image is None:
            fault = self._pyramids.fault_of(slot.image) if slot.image else ""
            waiting = hint(slot.phase, self._session.name_of(slot))
            return replace(state, hint=unshown(fault) if fault else waiting)
        origin = slot.image.provenance
        took = f"{seconds(origin.wall_time_s)}{whence(origin)}"
        pyramid = picture.pyramid
        detail = f"{took} · Σ {number(pyramid.total)} · max {number(pyramid.largest, 4)}"
        outdated = (
            "Outdated: the set-up has changed since" if self._session.is_outdated(slot) else ""
        )
        return replace(
            state,
            detail=detail,
            picture=picture,
            outdated=outdated,
            origin=origin_text(origin),
        )

    def _difference_tile(self) -> TileState:
        contribution = self.maps.get(self._session.analyser.difference_map)
        title = contribution.title if contribution else "no map"
        state = TileState("Δ", title, automatic="D" not in self.display.levels)
        analyser = self._session.analyser
        picture = self._pictures.get("D")
        if picture is None:
            fault = (analyser.findings.faults if analyser.findings else {}).get(
                analyser.difference_map
            )
            if analyser.problem is not None:
                return replace(state, hint=str(analyser.problem))
            if fault:
                return replace(state, hint=f"{title} failed: {fault.splitlines()[0]}")
            broken = self._pyramids.difference_fault
            return replace(state, hint=unshown(broken) if broken else self._no_difference())
        pyramid = picture.pyramid
        ends = (pyramid.smallest, pyramid.largest)
        lowest, highest = (near(end, pyramid.offset, 3) for end in ends)
        detail = f"{lowest} … {highest} · Σ {number(pyramid.total, 3)}"
        old = any(self._session.is_outdated(self._session.slot(side)) for side in SIDES)
        return replace(state, detail=detail, picture=picture, outdated="Outdated" if old else "")

    def _no_difference(self) -> str:
        if self._session.analyser.is_busy:
            return "Comparing…"
        if any(self._session.slot(side).phase.is_busy for side in SIDES):
            return "The difference appears when A and B are there"
        reasons = why_no_pair(self._session)
        return "\n".join(reasons) or "The difference appears when A and B are there"

    @property
    def shape(self) -> tuple[int, int] | None:
        """Size of the images; of A where they differ."""
        for tile in SIDES:
            picture = self._pictures.get(tile)
            if picture is not None:
                return picture.shape
        return None

    def has_pixel(self, pixel: Pixel) -> bool:
        """Whether an image has it."""
        shapes = [picture.shape for picture in self._pictures.values()]
        return any(pixel.slow < height and pixel.fast < width for height, width in shapes)

    @property
    def brightest(self) -> Pixel | None:
        """Where there is most to see: the brightest pixel of A, or of B alone."""
        found = next((p for tile in SIDES if (p := self._pictures.get(tile)) is not None), None)
        return None if found is None else Pixel(*found.pyramid.brightest)

    def picture(self, tile: TileId) -> Picture | None:
        """The picture that a tile shows."""
        return self._pictures.get(tile)

    def values_at(self, pixel: Pixel | None) -> dict[TileId, float]:
        """The value of A, B and the difference at a pixel, where there is one."""
        found: dict[TileId, float] = {}
        for tile in ("A", "B", "D"):
            picture = self._pictures.get(tile)
            if picture is None or pixel is None:
                continue
            height, width = picture.shape
            if 0 <= pixel.slow < height and 0 <= pixel.fast < width:
                found[tile] = picture.value(pixel.slow, pixel.fast)
        return found

    # ── what changes them ─────────────────────────────────────────────────────────────────────

    def images_changed(self) -> None:
        """A or B (or a run of the grid) has another image, or none."""
        images = self._images()
        for tile in [t for t in self._pictures if t != "D" and t not in images]:
            del self._pictures[tile]
            self._changed(tile)
        self._pyramids.want_images(list(images.values()), self._built)

    def slots_changed(self) -> None:
        """Rows changed; only the grid cares for images that are neither A nor B."""
        if self._with_grid:
            shown = {tile: id(image) for tile, image in self._images().items()}
            if shown != self._shown_images:
                self._shown_images = shown
                self.images_changed()

    def show_grid(self, shown: bool) -> None:
        """Whether all runs have tiles, not only A and B."""
        self._with_grid = shown
        self.images_changed()

    @property
    def grid_tiles(self) -> tuple[TileId, ...]:
        """The tiles of all rows that have an image, or may get one."""
        return tuple(grid_tile(slot) for slot in self._session.slots)

    def analysis_changed(self) -> None:
        """The difference is another one, or gone."""
        findings = self._session.analyser.findings
        if findings is None or findings.difference is None:
            # While the next one is being made the old one stays.
            if not self._session.analyser.is_busy or findings is None:
                self._pyramids.drop_difference()
                self._pictures.pop("D", None)
        else:
            if findings.difference_map != self._shown_map:
                self.display = self.display.with_levels("D", None)
                self._levels.forget("D")
            self._shown_map = findings.difference_map
            chosen = self.maps.get(findings.difference_map)
            diverging, neutral = (chosen.diverging, chosen.neutral) if chosen else (True, 0.0)
            self._pyramids.want_difference(
                findings.difference, findings.pair, diverging, neutral, self._built
            )
        self._changed("D")

    def set_display(self, display: Display) -> None:
        """Show images in another way, all at once; light or dark stays as the theme is."""
        self._levels.forget()
        self._shown_map = self._session.analyser.difference_map
        self._show(replace(display, dark=self.display.dark))

    def set_scale(self, scale: Scale) -> None:
        """Linear, square root or logarithmic; levels by hand stay where the scale has them."""
        self._levels.forget()
        self._show(replace(self.display, scale=scale))

    def set_colormap(self, name: str) -> None:
        """Another colour map for A and B."""
        self._show(replace(self.display, colormap=name))

    def set_difference_colormap(self, name: str) -> None:
        """Another colour map for differences with a sign; "" fits the theme."""
        self._show(replace(self.display, difference_colormap=name))

    def set_dark(self, dark: bool) -> None:
        """The theme is another one."""
        if dark != self.display.dark:
            self._show(replace(self.display, dark=dark))

    def set_inverted(self, inverted: bool) -> None:
        """Colour maps turned round."""
        self._show(replace(self.display, inverted=inverted))

    def set_linked(self, linked: bool) -> None:
        """Whether A and B share their levels."""
        self._levels.forget()
        display = replace(self.display, linked=linked)
        if linked and "A" in display.levels:
            display = display.with_levels("A", display.levels["A"])
        self._show(display)

    def set_percentile(self, percentile: float) -> None:
        """Automatic levels for all, with this percentile."""
        self._levels.forget()
        self._show(replace(self.display, percentile=percentile, levels={}))

    def set_automatic(self) -> None:
        """Automatic levels for all."""
        self._levels.forget()
        self._show(replace(self.display, levels={}))

    def set_mean(self, mean: bool) -> None:
        """From afar, whether a screen pixel shows the mean of its pixels."""
        self._show(replace(self.display, mean=mean))

    def set_mark_clipped(self, marked: bool) -> None:
        """Whether pixels beyond the levels have colours of their own."""
        self._show(replace(self.display, mark_clipped=marked))

    def set_levels(self, tile: TileId, levels: Levels | None) -> None:
        """Levels by hand for a tile, or automatic ones."""
        picture = self._pictures.get(tile)
        chosen = self.maps.get(self._shown_map)
        if tile == "D" and levels and picture and chosen and chosen.diverging:
            levels = symmetric_about(chosen.neutral, picture.levels, levels)
        if levels is None:
            self._levels.forget(self.display.group(tile))
        self._show(self.display.with_levels(tile, levels))

    def close(self) -> None:
        """Stop the threads."""
        self._pyramids.close()

    def _show(self, display: Display) -> None:
        """Make all pictures afresh: levels and colours only, no image is touched."""
        self.display = display
        self._choose_extras()
        self._built()

    def look(self, steps: Iterable[float]) -> None:
        """From how near images are seen: pixels to one of the screen, of each tile in view.

        Where a finer copy is wanted first, what is shown becomes finer in a moment.
        """
        self._steps = tuple(steps)
        self._choose_extras()
        if not self._pyramids.has_extras:
            self._pyramids.want_extras(self._built)

    def _choose_extras(self) -> None:
        mean = self.display.mean
        self._pyramids.extras = extras_for(0.0, mean).union(
            *(extras_for(step, mean) for step in self._steps)
        )

    def _meanings(self) -> Meanings:
        """What values of the shown difference map stand for, in rising order."""
        chosen = self.maps.get(self._shown_map)
        return tuple(sorted(chosen.meanings.items())) if chosen else ()

    def _images(self) -> dict[TileId, DetectorImage]:
        slots: dict[TileId, Slot] = {side: self._session.slot(side) for side in SIDES}
        if self._with_grid:
            slots |= {grid_tile(slot): slot for slot in self._session.slots}
        return {tile: slot.image for tile, slot in slots.items() if slot.image is not None}

    def _built(self) -> None:
        """Pyramids are there: make pictures of them."""
        pyramids = {
            tile: pyramid
            for tile, image in self._images().items()
            if (pyramid := self._pyramids.of_image(image)) is not None
        }
        difference = self._pyramids.difference
        if difference is not None and self._session.analyser.findings is not None:
            pyramids["D"] = difference
        levels = self._levels.levels(pyramids, self.display)
        meanings = self._meanings()
        if "D" in pyramids and self.display.levels_of("D") is None:
            if meanings:
                levels["D"] = levels_of_meanings(meanings, pyramids["D"])
            elif (chosen := self.maps.get(self._shown_map)) and chosen.lowest is not None:
                levels["D"] = symmetric_above(chosen.neutral, levels["D"], chosen.lowest)
        made = {
            t: make_picture(p, levels[t], self.display, t, meanings if t == "D" else ())
            for t, p in pyramids.items()
        }
        fresh = {t: p for t, p in made.items() if not p.looks_like(self._pictures.get(t))}
        self._pictures.update(fresh)
        broken = [tile for tile, image in self._images().items() if self._pyramids.fault_of(image)]
        broken += ["D"] if self._pyramids.difference_fault else []
        for tile in broken:
            self._pictures.pop(tile, None)
        for tile in (*fresh, *broken):
            self._changed(tile)
        if not self._pyramids.has_extras:
            # They were built before somebody looked so near.
            self._pyramids.want_extras(self._built)


def levels_of_meanings(meanings: Meanings, pyramid: Pyramid) -> Levels:
    """Levels of a map of few values: each has the same colour, whichever of them occur.

    With a sign they end before the map does, whose ends are all pale, or all dark.
    """
    low, high = meanings[0][0], meanings[-1][0]
    if pyramid.reduction != "farthest":
        return low, high
    middle = pyramid.offset
    return middle + _WITHIN * (low - middle), middle + _WITHIN * (high - middle)


def grid_tile(slot: Slot) -> TileId:
    """The tile of a row in the grid of all runs."""
    return f"run {slot.id}"
