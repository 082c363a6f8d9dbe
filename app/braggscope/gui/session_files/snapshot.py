"""The window as a session, and a session in the window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray

from braggscope.api import (
    PROFILES,
    Bounds,
    BraggscopeError,
    DetectorImage,
    Pixel,
    Run,
    Tolerances,
)
from braggscope.gui.document import Document
from braggscope.gui.experiment_panel.model import FormEdits
from braggscope.gui.images.look import look_of
from braggscope.gui.images.pictures import Display
from braggscope.gui.layout_memory import LAYOUT_VERSION
from braggscope.gui.session import SIDES, Session
from braggscope.gui.slots import Phase, Slot
from braggscope.host.checks import with_absolute_paths
from braggscope.io.colormaps import COLORMAPS
from braggscope.session_files.model import (
    SavedBounds,
    SavedDisplay,
    SavedDocument,
    SavedEdits,
    SavedLook,
    SavedPin,
    SavedRow,
    SavedSession,
    SavedView,
)
from braggscope.session_files.session_file import SessionContent
from braggscope.ui.view_state import Region

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow


def snapshot(window: MainWindow) -> SessionContent:
    """Everything that the window shows now; it takes no time, arrays are shared."""
    session, images = window.session, window.images
    traced = session.tracer.state.pixel
    saved = SavedSession(
        experiment=session.experiment,
        semantics=session.semantics,
        edits=_edits(window),
        document=_document(window.document),
        rows=tuple(_row(session, slot) for slot in session.slots),
        sides=(session.slot("A").id, session.slot("B").id),
        regions=session.markings.regions,
        line=session.markings.line,
        thresholds={name: _bounds(said) for name, said in session.analyser.bounds.items()},
        difference_map=session.analyser.difference_map,
        display=_display(images.presenter.display),
        look=_look(window),
        view=None if images.presenter.shape is None else _view(images.view_state.region),
        cursor=None if session.cursor is None else tuple(session.cursor),
        traced=None if traced is None else tuple(traced),
        pins=tuple(SavedPin(name=p.name, pixel=tuple(p.pixel)) for p in session.pins.state.pins),
        tolerances={n: dict(said) for n, said in session.tracer.tolerances.changed.items()},
        layout=bytes(window.saveState(LAYOUT_VERSION).toBase64().data()).decode(),
        views=window.views.states(),
    )
    pictures = {slot.id: slot.image for slot in session.slots if slot.image is not None}
    return SessionContent(saved, pictures, session.markings.selection)


def show(window: MainWindow, content: SessionContent, document: Document) -> None:
    """Have a session in the place of what the window shows.

    Args:
        document: what the title says from now on.
    """
    session, saved = window.session, content.saved
    session.cancel()
    window.files.stop_opening()
    window.images.editor.reset()
    if saved.experiment is not None:
        window.set_experiment(saved.experiment, semantics=saved.semantics)
    window.set_document(document)
    edits = FormEdits(saved.edits.texts, saved.edits.values, saved.edits.gone)
    if edits:
        window.experiment.take_edits(edits)
    _show_judgement(window, saved)
    session.markings.set_regions(saved.regions)
    session.markings.set_line(saved.line)
    window.images.presenter.set_display(_display_of(saved.display))
    window.display.show()
    _show_look(window, saved.look)
    session.set_cursor(None if saved.cursor is None else Pixel(*saved.cursor))
    session.restore([_slot(session, row, content.images) for row in saved.rows], saved.sides)
    session.markings.set_selection(_selection(session, content))
    _show_view(window, saved.view)
    if saved.tolerances is not None:
        session.tracer.take_tolerances(_tolerances(saved.tolerances))
    session.pins.set(tuple((pin.name, Pixel(*pin.pixel)) for pin in saved.pins))
    if saved.traced is not None:
        session.tracer.request(Pixel(*saved.traced))
    # Last: requests bring pages of views to the front.
    if saved.layout:
        window.restoreState(QByteArray.fromBase64(saved.layout.encode()), LAYOUT_VERSION)
    window.views.restore(saved.views)


def _tolerances(said: Mapping[str, Mapping[str, float]]) -> Tolerances:
    return Tolerances({name: values for name, values in said.items() if name in PROFILES})


def _show_judgement(window: MainWindow, saved: SavedSession) -> None:
    analyser = window.session.analyser
    bounds = {
        name: None if said is None else Bounds(said.lower, said.upper)
        for name, said in saved.thresholds.items()
        if name in analyser.metrics
    }
    known = saved.difference_map in window.images.presenter.maps
    analyser.restore(bounds, saved.difference_map if known else analyser.difference_map)


def _show_look(window: MainWindow, look: SavedLook) -> None:
    window.image_commands.show_look(
        look_of(
            look.arrangement,
            look.seam,
            look.seam_direction,
            look.blink_per_s,
            look.axes,
            look.slow_up,
            look.fast_left,
        )
    )
    window.image_commands.show_overlays(look.overlays)


def _show_view(window: MainWindow, view: SavedView | None) -> None:
    shapes = [image.shape for side in SIDES if (image := window.session.slot(side).image)]
    if view is None or not shapes:
        return
    # Before the pictures are there: they find the size known, and leave the view alone.
    window.images.view_state.set_shape(shapes[0])
    window.images.view_state.show(Region(view.slow, view.fast, view.height, view.width))


def _edits(window: MainWindow) -> SavedEdits:
    experiment = window.session.experiment
    if experiment is None or not window.session.experiment_problem:
        return SavedEdits()
    edits = window.experiment.edits_since(experiment)
    return SavedEdits(texts=dict(edits.texts), values=dict(edits.values), gone=edits.gone)


def _document(document: Document) -> SavedDocument:
    return SavedDocument(
        name=document.name,
        path=document.path,
        experiment=document.saved,
        semantics=document.semantics,
    )


def _row(session: Session, slot: Slot) -> SavedRow:
    return SavedRow(
        id=slot.id,
        engine=slot.engine,
        options=tuple(slot.options.items()),
        overrides=slot.overrides,
        stands=slot.image_run == slot.asked,
    )


def _slot(session: Session, row: SavedRow, images: Mapping[int, DetectorImage]) -> Slot:
    slot = Slot(row.id, row.engine, dict(row.options), row.overrides)
    image = images.get(row.id)
    if image is None:
        return slot
    made_by = image.provenance.run
    now = session.run_of(slot)
    if now is not None and made_by is not None and _is_same(session, now, made_by):
        made_by = now
    asked = made_by if row.stands else None
    return replace(slot, phase=Phase.DONE, image=image, image_run=made_by, asked=asked)


def _is_same(session: Session, now: Run, saved: Run) -> bool:
    """Whether two runs mean the same, however their overrides are said."""
    engine = session.engines.get(now.engine)
    now = now if engine is None else with_absolute_paths(now, engine)
    try:
        return _meaning(now) == _meaning(saved)
    except BraggscopeError:
        return False


def _meaning(run: Run) -> tuple[Any, ...]:
    return run.effective_experiment, run.semantics, run.engine, run.options, run.region


def _selection(session: Session, content: SessionContent) -> Any:
    """Picked pixels, if they are pixels of the images."""
    picked = content.selection
    sizes = [image.data.size for side in SIDES if (image := session.slot(side).image)]
    fits = picked is not None and bool(sizes) and bool(((picked >= 0) & (picked < sizes[0])).all())
    return picked if fits else None


def _bounds(said: Bounds | None) -> SavedBounds | None:
    return None if said is None else SavedBounds(lower=said.lower, upper=said.upper)


def _display(display: Display) -> SavedDisplay:
    said = {
        field.name: getattr(display, field.name)
        for field in fields(display)
        if field.name in SavedDisplay.model_fields
    }
    finite = {name: pair for name, pair in display.levels.items() if all(map(math.isfinite, pair))}
    return SavedDisplay(**{**said, "levels": finite})


def _display_of(saved: SavedDisplay) -> Display:
    usual = Display()
    said = dict(saved)
    for name in ("colormap", "difference_colormap"):
        if said[name] not in COLORMAPS:
            said[name] = getattr(usual, name)
    return Display(**said)


def _look(window: MainWindow) -> SavedLook:
    look = window.image_commands.look()
    return SavedLook(
        arrangement=look.arrangement,
        seam=min(max(look.seam, 0.0), 1.0),
        seam_direction=look.seam_direction,
        blink_per_s=look.blink_rate,
        axes=look.unit,
        slow_up=look.slow_up,
        fast_left=look.fast_left,
        overlays=tuple(sorted(window.image_commands.overlays.on)),
    )


def _view(region: Region) -> SavedView:
    return SavedView(slow=region.slow, fast=region.fast, height=region.height, width=region.width)
