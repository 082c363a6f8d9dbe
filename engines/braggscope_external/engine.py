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
from braggscope.experiment import Experiment
from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.reflections import is_text, load_reflections, write_hkl
from braggscope_external.process import run_program
from braggscope_external.program import Program, find_program
from braggscope_external.trace_reader import read_trace

_DEFAULT_TIME_LIMIT_S = 3600.0
_IMAGE_NAME = "image.bin"


def create(engine_id: str, settings: Mapping[str, str]) -> ExternalEngine:
    """The factory named by the plugin."""
    return ExternalEngine(engine_id, settings)


class ExternalEngine:
    """Runs the program anew for every image and every trace.

    Settings: `program` (path), `time_limit_s` (seconds, default 3600).
    """

    def __init__(self, engine_id: str, settings: Mapping[str, str]) -> None:
        self._id = engine_id
        self._settings = settings
        self._found: Program | None = None

    @property
    def _program(self) -> Program:
        if self._found is None or not self._found.path.is_file():
            self._found = find_program(self._settings)
        return self._found

    @property
    def _time_limit_s(self) -> float:
        return float(self._settings.get("time_limit_s", _DEFAULT_TIME_LIMIT_S))

    def availability(self) -> Availability:
        """Which program would run, or why there is none."""
        try:
            program = self._program
        except BraggscopeError as error:
            return Availability(False, reason=str(error))
        version = f"{program.name} {program.version}".strip()
        return Availability(True, f"{program.path.name} ({program.found_by})", version)

    def prepare(self, run: Run) -> Preparation:
        """The program writes float64 if it can, else float32 as nanoBragg does."""
        program = self._program
        precision = "float64" if program.writes_float64 else "float64, written as float32"
        return Preparation(
            shape=run.setup.detector.shape,
            dtype="float64" if program.writes_float64 else "float32",
            precision=precision,
            notes=run.setup.notes,
        )

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Run the program in a folder of its own and read the float image it writes."""
        program = self._program
        if run.setup.detector.roi.is_empty:
            return
        with tempfile.TemporaryDirectory(prefix="nanobragg-") as name:
            folder = Path(name)
            flag = "-float64file" if program.writes_float64 else "-floatfile"
            command = self._command(program, run, folder, [flag, _IMAGE_NAME])
            context.command = tuple(command)
            context.progress(0.0)
            run_program(command, folder, self._time_limit_s, context)
            image[...] = _read_image(folder / _IMAGE_NAME, image.shape, image.dtype)
        context.progress(1.0)

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Run the program once per pixel, on that pixel alone, and read the trace it prints."""
        program = self._program
        if not program.traces:
            raise EngineFailed(
                f"{program.path.name} cannot trace pixels",
                where=self._id,
                why="it does not know Braggscope's trace grammar",
                remedy="Use Braggscope's own C program for traces: remove NB_C_BIN and the setting",
            )
        return [self._trace_one(program, run, pixel, context) for pixel in pixels]

    def _trace_one(
        self, program: Program, run: Run, pixel: Pixel, context: RunContext
    ) -> PixelTrace:
        window = {
            "fast_min": pixel.fast,
            "fast_max": pixel.fast,
            "slow_min": pixel.slow,
            "slow_max": pixel.slow,
        }
        alone = Run(
            experiment=run.effective_experiment.with_override("detector.roi", window),
            engine=run.engine,
            semantics=run.semantics,
            options=run.options,
        )
        with tempfile.TemporaryDirectory(prefix="nanobragg-") as name:
            folder = Path(name)
            extra = ["-floatfile", _IMAGE_NAME, "-trace_pixel", str(pixel.slow), str(pixel.fast)]
            command = self._command(program, alone, folder, extra)
            lines = run_program(command, folder, self._time_limit_s, context)
        return read_trace(lines, pixel, self._id)

    def _command(self, program: Program, run: Run, folder: Path, extra: Sequence[str]) -> list[str]:
        experiment = _with_region(run)
        files = _write_inputs(experiment, folder)
        flags = experiment.to_nanobragg(**files)
        return [str(program.path), *flags, "-nonoise", "-nopgm", *extra]


def _with_region(run: Run) -> Experiment:
    """The experiment whose region of interest is the run's."""
    if run.region is None:
        return run.effective_experiment
    roi = run.setup.detector.roi
    return run.effective_experiment.with_override("detector.roi", vars(roi))


def _write_inputs(experiment: Experiment, folder: Path) -> dict[str, str]:
    """Put the files that nanoBragg needs, and cannot read as they are, into the folder."""
    files: dict[str, str] = {}
    crystal = experiment.crystal
    if crystal.structure_factors is not None:
        reference = crystal.structure_factors
        if is_text(reference):
            files["hkl"] = str(reference.path)
        else:
            write_hkl(load_reflections(reference), folder / "structure_factors.hkl")
            files["hkl"] = "structure_factors.hkl"
    if crystal.matrix is not None:
        write_matrix(crystal.matrix, folder / "orientation.mat")
        files["matrix"] = "orientation.mat"
    return files


def _read_image(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> NDArray[np.generic]:
    expected = int(np.prod(shape)) * dtype.itemsize
    size = path.stat().st_size if path.is_file() else 0
    if size != expected:
        raise EngineFailed(
            "the program wrote no image"
            if size == 0
            else f"the image has {size} bytes, not {expected}",
            where="nanobragg-c",
            why=f"expected {' × '.join(map(str, shape))} pixels of {dtype}",
            remedy="Check that the program is nanoBragg-compatible",
        )
    return np.fromfile(path, dtype=dtype).reshape(shape)
