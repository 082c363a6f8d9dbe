"""A program that a TOML file describes, as a Braggscope engine."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from braggscope.engine_files.finding import found_engine
from braggscope.engine_files.model import EngineDescription
from braggscope.engine_files.reading import parse_description, read_text
from braggscope_external.described.image import announced_dtype, matches_in, read_image
from braggscope_external.described.inputs import (
    Place,
    check_known,
    command_for,
    environment_of,
    trace_command_for,
    values_for,
)
from braggscope_external.described.program import check_program, digest_of, told_version
from braggscope_external.described.tracing import read_described
from braggscope_external.process import Launch, Printed, launch
from braggscope_external.run_log import echo, keep_log
from braggscope_external.trial import TRACE_WORDS


def create(engine_id: str, settings: Mapping[str, str]) -> DescribedEngine:
    """The factory of engines from TOML files."""
    return DescribedEngine(engine_id, settings)


@dataclass(frozen=True)
class _Known:
    """The file as it was read, and the program as it was found.

    Attributes:
        version: what the program calls itself, "" where it does not.
        digest: of file and program.
    """

    path: Path
    description: EngineDescription
    program: Path
    version: str
    digest: str

    @property
    def here(self) -> Path:
        return self.path.parent / Path(self.description.here).expanduser()

    @property
    def identity(self) -> str:
        return f"{self.version or self.description.title} {self.digest[:12]}"


class DescribedEngine:
    """Runs the command of a TOML file anew for every image and every trace.

    Settings: `time_limit_s` (seconds) in place of the file's.
    """

    def __init__(self, engine_id: str, settings: Mapping[str, str]) -> None:
        self._id = engine_id
        self._settings = settings
        self._known: _Known | None = None

    def availability(self) -> Availability:
        """Whether the file can be used and its program be found, and which version that is."""
        try:
            known = self._look()
        except BraggscopeError as error:
            return Availability(False, reason=str(error))
        trace = known.description.trace
        how = TRACE_WORDS["nothing" if trace is None else trace.grammar]
        device = f"{known.program.name} ({known.path.name}; images, {how})"
        return Availability(True, device, known.identity)

    def prepare(self, run: Run) -> Preparation:
        """Refuse what the program does not know.

        Raises:
            InvalidInput: the run needs it.
            EngineFailed: the program is not there any more.
        """
        known = self._look()
        check_known(known.description, run)
        return Preparation(
            shape=run.setup.detector.shape,
            dtype=announced_dtype(known.description.image),
            precision=known.description.precision,
            notes=run.setup.notes,
            version=known.identity,
            has_mask=known.description.image.format == "auto",
        )

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Run the command and read the image that it leaves."""
        known = self._known or self._look()
        if run.setup.detector.roi.is_empty:
            return
        with self._place(known) as place:
            values = values_for(known.description, run, place)
            command = command_for(known.description, values, run)
            context.command = tuple(command)
            context.progress(0.0)
            printed = self._run(known, command, place, context)
            with self._log_named(command, printed):
                pixels, mask = read_image(known.description.image, place, image.shape[:2])
        image[...] = pixels
        if mask is not None and context.mask is not None:
            context.mask[...] = mask
        _note_odd_pixels(image, context)
        context.progress(1.0)

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Run the command once for every pixel and read what it says of it."""
        known = self._known or self._look()
        said = known.description.trace
        if said is None:
            raise EngineFailed(
                f"{known.description.title} does not trace pixels",
                where=self._id,
                why=f"{known.path.name} has no table [trace]",
                remedy="Say there how the program is asked for a trace, or compare images alone",
            )
        traces = []
        for number, pixel in enumerate(pixels):
            context.progress(number / len(pixels))
            with self._place(known) as place:
                values = values_for(known.description, run, place)
                command = trace_command_for(known.description, values, run, *pixel)
                printed = self._run(known, command, place, _Part(context, number, len(pixels)))
                with self._log_named(command, printed):
                    traces.append(
                        read_described(known.description, printed, place.folder, run, pixel)
                    )
        return traces

    def _run(
        self, known: _Known, command: Sequence[str], place: Place, context: RunContext
    ) -> Printed:
        said = known.description
        limit = self._settings.get("time_limit_s")
        asked = Launch(
            command,
            place.folder,
            float(limit) if limit else said.time_limit_s,
            environment_of(said, known.here),
            re.compile(said.progress) if said.progress else None,
            parts_stderr=said.trace is not None and said.trace.output == "stderr",
            raise_limit=f"Raise time_limit_s in {known.path.name}, or make the run smaller",
        )
        try:
            printed = launch(asked, context)
        except EngineFailed as error:
            kept = keep_log(self._id, command, [str(error), error.details])
            error.details += f"\nlog: {kept}" if kept else ""
            raise
        keep_log(self._id, command, [*printed.stdout, *printed.stderr])
        echo([*printed.stdout, *printed.stderr])
        return printed

    @contextmanager
    def _log_named(self, command: Sequence[str], printed: Printed) -> Iterator[None]:
        """An error in what came out tells what the program printed, and where all of it is."""
        try:
            yield
        except EngineFailed as error:
            last = "\n".join([*printed.stdout[-15:], *printed.stderr[-15:]])
            kept = keep_log(self._id, command, [*printed.stdout, *printed.stderr])
            error.details = "\n".join(
                part for part in (error.details, last, f"log: {kept}" if kept else "") if part
            )
            raise

    @contextmanager
    def _place(self, known: _Known) -> Iterator[Place]:
        """The working folder: the file's own, or a fresh one for this run."""
        own = known.description.working_folder
        if own:
            folder = known.here / Path(own).expanduser()
            if not folder.is_dir():
                raise EngineFailed(
                    f"there is no folder {folder}",
                    where=self._id,
                    why=f"{known.path.name} names it as working_folder",
                    remedy="Make the folder, or leave working_folder out",
                )
            _clear(known.description, folder)
            yield Place(known.here, folder, matches_in(known.description.image, folder))
            return
        with tempfile.TemporaryDirectory(prefix="engine-") as name:
            yield Place(known.here, Path(name))

    def _look(self) -> _Known:
        """File and program as they are now: both may be changed while we live."""
        path = self._path()
        text = read_text(path)
        description = parse_description(text, path)
        here = path.parent / Path(description.here).expanduser()
        program = check_program(description, here)
        digest = digest_of(description, text, here, program)
        if self._known is None or self._known.digest != digest:
            version = told_version(description, here)
            self._known = _Known(path, description, program, version, digest)
        return self._known

    def _path(self) -> Path:
        found = found_engine(self._id)
        if found is not None:
            return found.path
        # A file that was spoilt since has its id no more, and its mistake is to be told.
        if self._known is not None and self._known.path.is_file():
            return self._known.path
        raise EngineFailed(
            f"the file of the engine {self._id} is not there any more",
            where=self._id,
            remedy="Put it back, or choose another engine",
        )


class _Part(RunContext):
    """A context for one of several runs."""

    def __init__(self, whole: RunContext, number: int, count: int) -> None:
        super().__init__(
            report=lambda fraction, message: whole.report((number + fraction) / count, message),
            is_cancelled=whole.is_cancelled,
        )


def _clear(description: EngineDescription, folder: Path) -> None:
    """Last time's image or trace must not be taken for this one's."""
    if not description.image.is_pattern:
        (folder / description.image.file).unlink(missing_ok=True)
    if description.trace is not None and description.trace.is_file:
        (folder / description.trace.output).unlink(missing_ok=True)


def _note_odd_pixels(image: NDArray[np.generic], context: RunContext) -> None:
    count = int(np.count_nonzero(~np.isfinite(image.astype(np.float64, copy=False))))
    if count:
        context.notes.append(f"{count} of {image.size} pixels are not finite numbers")
