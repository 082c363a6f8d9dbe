"""Decides what the tiles show. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from braggscope.api import DifferenceMapContribution, Pixel, Provenance
from braggscope.api.semantics import semantics_text
from braggscope.experiment.plain_text import value_text
from braggscope.gui.agreement.presenter import why_no_pair
from braggscope.gui.images.pictures import (
    Display,
    Picture,
    Source,
    TileId,
    make_difference,
    make_images,
    symmetric_about,
)
from braggscope.gui.images.worker import LatestWorker
from braggscope.gui.numbers import number, seconds
from braggscope.gui.session import SIDES, Session, Side
from braggscope.gui.slots import Phase
from braggscope.host.host import CACHED_NOTE
from braggscope.io.rendering import Levels, Scale


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
    """Turns the session's images into pictures, in a thread, and says what tiles show.

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
        self._worker = LatestWorker(session.post)
        self.display = Display()
        self._pictures: dict[TileId, Picture] = {}
        self._shown_map = ""

    # ── what tiles show ───────────────────────────────────────────────────────────────────────

    def tile(self, tile: TileId) -> TileState:
        """What a tile shows now."""
        return self._difference_tile() if tile == "D" else self._image_tile(tile)

    def _image_tile(self, tile: Side) -> TileState:
        slot = self._session.slot(tile)
        picture = self._pictures.get(tile)
        state = TileState(
            tile, self._session.label(slot), automatic=tile not in self.display.levels
        )
        if picture is None or slot.image is None:
            return replace(state, hint=_hint(slot.phase, tile))
        origin = slot.image.provenance
        memory = " (from memory)" if CACHED_NOTE in origin.notes else ""
        took = f"{seconds(origin.wall_time_s)}{memory}"
        detail = f"{took} · Σ {number(picture.total)} · max {number(picture.largest, 4)}"
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
            return replace(state, hint=self._no_difference())
        lowest, highest = number(picture.smallest, 3), number(picture.largest, 3)
        detail = f"{lowest} … {highest} · Σ {number(picture.total, 3)}"
        old = any(self._session.is_outdated(self._session.slot(side)) for side in SIDES)
        return replace(state, detail=detail, picture=picture, outdated="Outdated" if old else "")

    def _no_difference(self) -> str:
        if self._session.analyser.is_busy:
            return "Comparing…"
        reasons = why_no_pair(self._session)
        return "\n".join(reasons) or "The difference appears when A and B are there"

    @property
    def shape(self) -> tuple[int, int] | None:
        """Size of the images; of A where they differ."""
        for tile in SIDES:
            picture = self._pictures.get(tile)
            if picture is not None:
                return (picture.source.data.shape[0], picture.source.data.shape[1])
        return None

    @property
    def brightest(self) -> Pixel | None:
        """Where there is most to see: the brightest pixel of A, or of B alone."""
        found = next((p for tile in SIDES if (p := self._pictures.get(tile)) is not None), None)
        return None if found is None else Pixel(*found.brightest)

    def picture(self, tile: TileId) -> Picture | None:
        """The picture that a tile shows."""
        return self._pictures.get(tile)

    def values_at(self, pixel: Pixel | None) -> dict[TileId, float]:
        """The value of each tile at a pixel, where there is one."""
        found: dict[TileId, float] = {}
        for tile, picture in self._pictures.items():
            height, width = picture.source.data.shape
            if pixel is not None and 0 <= pixel.slow < height and 0 <= pixel.fast < width:
                found[tile] = float(picture.source.data[pixel.slow, pixel.fast])
        return found

    # ── what changes them ─────────────────────────────────────────────────────────────────────

    def images_changed(self) -> None:
        """A or B has another image, or none."""
        sources = self._sources()
        for tile in SIDES:
            if tile not in sources:
                self._pictures.pop(tile, None)
                self._changed(tile)
        self._make_images(sources)

    def analysis_changed(self) -> None:
        """The difference is another one, or gone."""
        findings = self._session.analyser.findings
        if findings is None or findings.difference is None:
            # While the next one is being made the old one stays.
            if not self._session.analyser.is_busy or findings is None:
                self._worker.drop("difference")
                self._pictures.pop("D", None)
        else:
            if findings.difference_map != self._shown_map:
                self.display = self.display.with_levels("D", None)
            self._shown_map = findings.difference_map
            self._make_difference()
        self._changed("D")

    def set_scale(self, scale: Scale) -> None:
        """Linear, square root or logarithmic; levels by hand stay where the scale has them."""
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
        display = replace(self.display, linked=linked)
        if linked and "A" in display.levels:
            display = display.with_levels("A", display.levels["A"])
        self._show(display)

    def set_percentile(self, percentile: float) -> None:
        """Automatic levels for all, with this percentile."""
        self._show(replace(self.display, percentile=percentile, levels={}))

    def set_automatic(self) -> None:
        """Automatic levels for all."""
        self._show(replace(self.display, levels={}))

    def set_levels(self, tile: TileId, levels: Levels | None) -> None:
        """Levels by hand for a tile, or automatic ones."""
        picture = self._pictures.get(tile)
        chosen = self.maps.get(self._shown_map)
        if tile == "D" and levels and picture and chosen and chosen.diverging:
            levels = symmetric_about(chosen.neutral, picture.levels, levels)
        self._show(self.display.with_levels(tile, levels))

    def close(self) -> None:
        """Stop the thread."""
        self._worker.close()

    def _show(self, display: Display) -> None:
        self.display = display
        self._make_images(self._sources())
        self._make_difference()

    def _sources(self) -> dict[TileId, Source]:
        images = {side: self._session.slot(side).image for side in SIDES}
        return {
            tile: Source(image.data, image.mask)
            for tile, image in images.items()
            if image is not None
        }

    def _make_images(self, sources: dict[TileId, Source]) -> None:
        if not sources:
            self._worker.drop("images")
            return
        display = self.display
        self._worker.submit("images", lambda: make_images(sources, display), self._made)

    def _make_difference(self) -> None:
        findings = self._session.analyser.findings
        if findings is None or findings.difference is None:
            return
        chosen = self.maps.get(findings.difference_map)
        diverging, neutral = (chosen.diverging, chosen.neutral) if chosen else (True, 0.0)
        source, display = Source(findings.difference), self.display
        self._worker.submit(
            "difference",
            lambda: make_difference(source, display, diverging, neutral),
            self._made,
        )

    def _made(self, pictures: Any) -> None:
        self._pictures.update(pictures)
        for tile in pictures:
            self._changed(tile)


def origin_text(origin: Provenance) -> str:
    """How an image came about, in lines."""
    run = origin.run
    lines = []
    if run is not None:
        lines.append(f"Engine: {run.engine} {origin.engine_version}".rstrip())
        lines += [f"Override: {path} = {value_text(value)}" for path, value in run.overrides]
        named = semantics_text(run.semantics)
        lines.append(f"Semantics: {named}" if named else "")
    lines.append(f"Device: {origin.device}" if origin.device else "")
    lines.append(f"Precision: {origin.precision}" if origin.precision else "")
    lines += [f"Note: {note}" for note in origin.notes]
    return "\n".join(line for line in lines if line)


def _hint(phase: Phase, tile: str) -> str:
    if phase is Phase.QUEUED:
        return "Waiting for its turn…"
    if phase is Phase.RUNNING:
        return "Running…"
    if phase is Phase.FAILED:
        return f"The run of {tile} failed.\nSee its row under “Runs”."
    return "No image yet.\nPress F5 to run A and B."
