"""Puts a bundle that was read into the window, all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from braggscope.api import DetectorImage
from braggscope.evidence.bundle import OpenedBundle
from braggscope.gui.evidence.restoring import Setting, bounds_of, put_rows
from braggscope.gui.trace_sources import ReadTraces

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow


def show_bundle(window: MainWindow, bundle: OpenedBundle, setting: Setting) -> None:
    """Have the bundle's experiment, runs, images and marks in the place of what is shown."""
    session, maps = window.session, window.images.presenter.maps
    window.message.hide()
    session.cancel()
    window.images.editor.take(None)
    window.set_experiment(setting.experiment, bundle.source.name, setting.semantics)
    analyser = session.analyser
    known = bundle.difference_map in maps
    analyser.restore(
        bounds_of(session, bundle), bundle.difference_map if known else analyser.difference_map
    )
    session.markings.set_regions(bundle.marks.regions)
    session.markings.set_line(bundle.marks.line)
    session.markings.set_selection(None)
    put_rows(session, setting.rows)
    session.sources.record(_recorded(bundle))
    session.tracer.take_tolerances(bundle.tolerances)
    cursor = bundle.marks.cursor
    image = next((image for image in bundle.images if image is not None), None)
    if cursor is not None and image is not None:
        inside = cursor.slow < image.shape[0] and cursor.fast < image.shape[1]
        session.set_cursor(cursor if inside else None)
    if cursor is not None and any(in_a.pixel == cursor for in_a, _ in bundle.traces):
        session.tracer.request(cursor)


def _recorded(bundle: OpenedBundle) -> list[tuple[DetectorImage, ReadTraces]]:
    """The bundle's traces with the images that they belong to."""
    found = []
    for side, image in enumerate(bundle.images):
        if image is not None and bundle.traces:
            traces = {pair[0].pixel: pair[side] for pair in bundle.traces}
            found.append((image, ReadTraces("evidence", traces)))
    return found
