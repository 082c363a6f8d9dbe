"""The traces that a program printed, for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from braggscope.api import Dim, EngineFailed, Pixel, PixelTrace, Run
from braggscope.errors import InvalidInput
from braggscope.physics.sensor import layers_of
from braggscope.trace_files.complete import MASKED, OUTSIDE, read_complete, read_pixels
from braggscope.trace_files.printout import read_printout
from braggscope.trace_files.reading import read_trace_text
from braggscope_external import output
from braggscope_external.process import Printed

#: Of one request, for progress and cancel.
_MOST_PIXELS: Final = 50
#: What one evaluation prints, twice the usual, and what does not depend on their number.
_BYTES_OF_EVALUATION: Final = 2000
_BYTES_OF_RUN: Final = 20_000


def check_whole(printed: Printed, engine: str) -> None:
    """Refuse output of which a part was left out, for a trace may lack just that.

    Raises:
        EngineFailed: it is so.
    """
    if not printed.is_whole:
        raise EngineFailed(
            "the program printed too much for a trace",
            where=engine,
            why=f"of more than {output.MOST_BYTES / 1e6:.0f} MB a part is left out, and the trace"
            " may lack just that",
            remedy="Make a pixel's steps fewer: fewer sub-pixels, mosaic domains, phi steps,"
            " sources or layers of the sensor",
        )


def pixels_at_once(run: Run) -> int:
    """How many complete traces a program may print so that nothing is left out."""
    setup = run.setup
    layers = layers_of(setup.detector.sensor, run.semantics.thickness_layers).count
    one = _BYTES_OF_RUN + _BYTES_OF_EVALUATION * setup.steps * layers
    return min(max(output.MOST_BYTES // one, 1), _MOST_PIXELS)


def read_trace(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The complete trace in a program's output.

    Raises:
        InvalidInput: the program does not simulate the pixel.
        EngineFailed: there is none, or it is incomplete.
    """
    return _checked(*read_complete(lines, pixel, engine), pixel, engine)


def read_traces(lines: Iterable[str], pixels: Sequence[Pixel], engine: str) -> list[PixelTrace]:
    """The complete traces of several pixels, in the order given.

    Raises:
        InvalidInput: the program does not simulate one.
        EngineFailed: one is missing or incomplete.
    """
    found = {pixel: (trace, notes) for pixel, trace, notes in read_pixels(lines, engine)}
    missing: tuple[None, tuple[str, ...]] = (None, ())
    return [_checked(*found.get(pixel, missing), pixel, engine) for pixel in pixels]


def read_printed(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The trace of a program that prints the original's lines, or none.

    Raises:
        EngineFailed: it printed no trace.
    """
    try:
        return read_trace_text("\n".join(lines), engine, pixel).trace
    except InvalidInput as error:
        raise EngineFailed(
            "the program printed no trace",
            where=engine,
            why="it knows neither -trace_pixel, as only instrumented versions of nanoBragg do, nor"
            " -printout_pixel",
            remedy="Use an instrumented version, or Braggscope's own C program for traces: remove"
            " NB_C_BIN and the setting",
        ) from error


def read_report(lines: Iterable[str], run: Run, pixel: Pixel, engine: str) -> PixelTrace:
    """What -printout_pixel says of a pixel.

    Raises:
        EngineFailed: nothing.
    """
    setup = run.setup
    counts: dict[Dim, int] = {
        "layer": layers_of(setup.detector.sensor, run.semantics.thickness_layers).count,
        "subpixel": setup.oversample**2,
        "source": len(setup.beam.wavelength_m),
        "phi": len(setup.crystal.phi_rad),
        "domain": len(setup.crystal.mosaic_deviates),
    }
    factors = {"omega": "omega", "polar": "polarization", "capture": "capture"}
    compounded = [
        name for name, option in factors.items() if getattr(run.semantics, option) == "compounding"
    ]
    trace, _ = read_printout(lines, engine, pixel, counts, compounded)
    if trace is None:
        raise EngineFailed(
            f"the program says nothing of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=engine,
            why="its output holds no report of -printout_pixel",
        )
    return trace


def _checked(
    trace: PixelTrace | None, notes: tuple[str, ...], pixel: Pixel, engine: str
) -> PixelTrace:
    skipped = next((note for note in notes if note in (MASKED, OUTSIDE)), "")
    if trace is None and skipped:
        raise InvalidInput(
            f"pixel (slow {pixel.slow}, fast {pixel.fast}) is not simulated: nothing to trace",
            where=engine,
            why=skipped,
        )
    if trace is None or trace.partial:
        raise EngineFailed(
            f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=engine,
            why="; ".join(notes) or "the program did not print a complete one",
        )
    return trace
