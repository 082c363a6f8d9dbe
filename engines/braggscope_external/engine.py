"""A nanoBragg-compatible program as a Braggscope engine."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Availability,
    BraggscopeError,
    EngineFailed,
    Pixel,
    PixelTrace,
    Preparation,
    Run,
    RunContext,
)
from braggscope.experiment.nanobragg_writer import semantics_flags
from braggscope_external.inputs import flags_for
from braggscope_external.process import run_program
from braggscope_external.program import Program, find_program
from braggscope_external.trace_reader import (
    check_whole,
    pixels_at_once,
    read_printed,
    read_report,
    read_trace,
    read_traces,
)
from braggscope_external.trial import Ability, trace_flags, try_out

_DEFAULT_TIME_LIMIT_S = 3600.0
_IMAGE_NAME = "image.bin"
_LIST_NAME = "pixels.txt"


def create(engine_id: str, settings: Mapping[str, str]) -> ExternalEngine:
    """The factory named by the plugin."""
    return ExternalEngine(engine_id, settings)


class ExternalEngine:
    """Runs the program anew for every image and every trace.

    Settings: `program` (path, or "own" for Braggscope's own), `time_limit_s` (seconds, default
    3600).
    """

    def __init__(self, engine_id: str, settings: Mapping[str, str]) -> None:
        self._id = engine_id
        self._settings = settings
        self._found: Program | None = None
        self._tried: tuple[str, Ability] | None = None

    def _look(self) -> Program:
        """The program as it is now: it may be built anew while we live."""
        self._found = find_program(self._settings, self._found)
        return self._found

    @property
    def _program(self) -> Program:
        """The one that `prepare` found: what it can do was promised then."""
        return self._found or self._look()

    @property
    def _time_limit_s(self) -> float:
        return float(self._settings.get("time_limit_s", _DEFAULT_TIME_LIMIT_S))

    def availability(self) -> Availability:
        """Which program would run, or why there is none."""
        try:
            program = self._look()
            ability = self._ability(program)
        except BraggscopeError as error:
            return Availability(False, reason=str(error))
        if not ability.runs:
            return Availability(False, reason=ability.problem)
        how = program.found_by if program.traces else f"{program.found_by}; {ability.words}"
        return Availability(True, f"{program.path.name} ({how})", program.identity)

    def _ability(self, program: Program) -> Ability:
        """What the program can do: as it says itself, or by a trial."""
        if program.traces:
            return Ability(trace="complete")
        if not program.answered:
            return Ability()
        if self._tried is None or self._tried[0] != program.digest:
            self._tried = program.digest, try_out(program.path, program.digest)
        return self._tried[1]

    def prepare(self, run: Run) -> Preparation:
        """The program writes float64 if it can, else float32 as nanoBragg does."""
        program = self._look()
        semantics_flags(run.semantics, own_program=program.knows_semantics)  # Refused early.
        precision = "float64" if program.writes_float64 else "float64, written as float32"
        return Preparation(
            shape=run.setup.detector.shape,
            dtype="float64" if program.writes_float64 else "float32",
            precision=precision,
            notes=run.setup.notes,
            version=program.identity,
        )

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Run the program in a folder of its own and read the float image it writes."""
        program = self._program
        if run.setup.detector.roi.is_empty:
            return
        with tempfile.TemporaryDirectory(prefix="nanobragg-") as name:
            folder = Path(name)
            command = self._command(program, run, folder, _image_flags(program))
            context.command = tuple(command)
            context.progress(0.0)
            run_program(command, folder, self._time_limit_s, context)
            _read_image(folder / _IMAGE_NAME, image)
        context.progress(1.0)

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Run the program without an image and read the traces it prints.

        A program that knows no complete traces is run once per pixel, for the whole image, with
        the flag of instrumented nanoBraggs, or with -printout_pixel if it knows no more; what it
        does not print is not known.
        """
        program = self._program
        traces: list[PixelTrace] = []
        at_once = pixels_at_once(run) if program.lists_pixels else 1
        for start in range(0, len(pixels), at_once):
            context.progress(start / len(pixels))
            traces += self._trace_some(program, run, pixels[start : start + at_once], context)
        return traces

    def _trace_some(
        self, program: Program, run: Run, pixels: Sequence[Pixel], context: RunContext
    ) -> list[PixelTrace]:
        # The region stays the run's: what depends on the pixels before these must not change.
        first = pixels[0]
        with tempfile.TemporaryDirectory(prefix="nanobragg-") as name:
            folder = Path(name)
            form = self._ability(program).trace
            if form == "nothing":
                return [read_printed([], first, self._id)]
            extra = trace_flags(form, first)
            if len(pixels) > 1:
                text = "".join(f"{pixel.slow} {pixel.fast}\n" for pixel in pixels)
                (folder / _LIST_NAME).write_text(text, encoding="ascii")
                extra = ["-trace_list", _LIST_NAME]
            if program.traces:
                extra.append("-trace_only")
            command = self._command(program, run, folder, extra)
            printed = run_program(command, folder, self._time_limit_s, context)
        check_whole(printed, self._id)
        lines = printed.stdout
        if form == "printout_pixel":
            return [read_report(lines, run, first, self._id)]
        if not program.traces:
            return [read_printed(lines, first, self._id)]
        if len(pixels) > 1:
            return read_traces(lines, pixels, self._id)
        return [read_trace(lines, first, self._id)]

    def _command(self, program: Program, run: Run, folder: Path, extra: Sequence[str]) -> list[str]:
        return [str(program.path), *flags_for(program, run, folder), *extra]


def _image_flags(program: Program) -> list[str]:
    if not program.writes_float64:
        return ["-floatfile", _IMAGE_NAME]
    return ["-float64file", _IMAGE_NAME, *(["-nofloat"] if program.knows_semantics else [])]


def _read_image(path: Path, image: NDArray[np.generic]) -> None:
    """Read a file straight into a contiguous image."""
    size = path.stat().st_size if path.is_file() else 0
    if size != image.nbytes:
        raise EngineFailed(
            "the program wrote no image"
            if size == 0
            else f"the image has {size} bytes, not {image.nbytes}",
            where="nanobragg-c",
            why=f"expected {' × '.join(map(str, image.shape))} pixels of {image.dtype}",
            remedy="Check that the program is nanoBragg-compatible",
        )
    rest = image.data.cast("B")
    with path.open("rb", buffering=0) as stream:
        while rest and (count := stream.readinto(rest)):
            rest = rest[count:]
