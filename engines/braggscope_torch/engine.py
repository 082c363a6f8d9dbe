"""The torch simulator as a Braggscope engine."""

from __future__ import annotations

import math
import platform
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray

from braggscope import __version__
from braggscope.api import (
    Availability,
    EngineFailed,
    InvalidInput,
    Limit,
    Pixel,
    PixelTrace,
    Preparation,
    Run,
    RunContext,
)
from braggscope.experiment.reflections import Reflections, load_reflections
from braggscope.experiment.smv import load_mask
from braggscope_torch.card.precision import suiting
from braggscope_torch.image import KernelName, native_library, ordered, render_into
from braggscope_torch.native.library import Missing, library
from braggscope_torch.native.limits import limit_of
from braggscope_torch.native.rendering import processors
from braggscope_torch.recent import Recent
from braggscope_torch.tables import (
    DEFAULT_MEMORY_BYTES,
    Precision,
    StructureFactorTable,
    Tables,
    make_tables,
    structure_factor_table,
)
from braggscope_torch.trace import trace_pixels

_LEAST_MEGABYTES: Final = 16


def create(engine_id: str, settings: Mapping[str, str]) -> TorchEngine:
    """The factory named by the plugin."""
    return TorchEngine(engine_id, settings)


class TorchEngine:
    """Renders and traces runs on one device; keeps structure factors and tables between runs.

    Settings: `memory_mb` (MB that a run may take beyond its image, default 512).
    """

    def __init__(self, engine_id: str, settings: Mapping[str, str]) -> None:
        self._id = engine_id
        self._settings = settings
        self._device = torch.device("cuda" if engine_id == "torch-cuda" else "cpu")
        # Threads that share a block's short operations wait for each other: on a busy machine
        # twenty times longer than they work.
        torch.set_num_threads(1)
        self._tables: Recent[Tables] = Recent()
        self._ordered: Recent[Tables] = Recent()
        self._reflections: Recent[Reflections | None] = Recent()
        self._factors: Recent[StructureFactorTable] = Recent()

    def availability(self) -> Availability:
        """The device's name, or why there is none."""
        version = f"{__version__} (torch {torch.__version__})"
        if self._device.type == "cpu":
            return Availability(True, _processor_name(), version)
        if torch.cuda.is_available():
            return Availability(True, torch.cuda.get_device_name(), version)
        return Availability(False, "", version, _why_no_cuda())

    def prepare(self, run: Run) -> Preparation:
        """Load structure factors and bring the set-up to the device."""
        tables = self._prepared(run)
        return Preparation(
            shape=tables.setup.detector.shape,
            dtype="float64" if tables.precision == "float64" else "float32",
            precision=tables.precision,
            notes=(*tables.setup.notes, *_too_large(tables)),
        )

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Render into the image with the chosen kernel."""
        tables = self._in_order(run, context)
        try:
            render_into(image, tables, context, _kernel(run))
        except torch.OutOfMemoryError as error:
            raise EngineFailed(
                f"{self._id} ran out of memory on {self._device}",
                why=str(error).splitlines()[0],
                remedy="Close other programs that use the graphics card, or use torch-cpu",
            ) from error

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Trace pixels with the eager kernel."""
        tables = self._in_order(run, context)
        for pixel in pixels:
            self._check_simulated(tables, pixel)
        return trace_pixels(tables, pixels, self._id)

    def limit(self, run: Run) -> Limit | None:
        """Of the native kernel; the others' operations are not counted."""
        tables = self._prepared(run)
        native, _ = native_library(tables, _kernel(run))
        return None if native is None else limit_of(tables, native, processors())

    def _check_simulated(self, tables: Tables, pixel: Pixel) -> None:
        roi = tables.setup.detector.roi
        slow, fast = pixel
        why = ""
        inside_slow = roi.slow_min <= slow <= roi.slow_max
        if not (inside_slow and roi.fast_min <= fast <= roi.fast_max):
            why = (
                f"the region is slow {roi.slow_min}–{roi.slow_max},"
                f" fast {roi.fast_min}–{roi.fast_max}"
            )
        elif tables.mask is not None:
            masked = not tables.mask[slow * tables.setup.detector.fast_pixels + fast]
            why = "the mask leaves it out" if masked else ""
        if why:
            raise InvalidInput(
                f"pixel (slow {slow}, fast {fast}) is not simulated: nothing to trace",
                where=self._id,
                why=why,
            )

    def _prepared(self, run: Run) -> Tables:
        tables = self._tables.get(self._key(run), lambda: self._make_tables(run))
        # Equal numbers may have been said in another way: names and origins are this run's own.
        return replace(tables, setup=run.setup)

    def _key(self, run: Run) -> tuple[Hashable, ...]:
        """What tables depend on."""
        return (run.setup.digest(), run.semantics, self._precision(run))

    def _precision(self, run: Run) -> Precision:
        said = run.option("precision", "automatic")
        return suiting(self._device) if said == "automatic" else cast(Precision, said)

    def _make_tables(self, run: Run) -> Tables:
        setup, precision = run.setup, self._precision(run)
        said_mask = run.effective_experiment.detector.mask
        mask = None if said_mask is None else load_mask(said_mask, setup.detector.shape)
        factors = self._structure_factors(run, precision)
        return make_tables(
            setup,
            run.semantics,
            factors,
            self._device,
            precision,
            mask,
            memory_bytes=memory_bytes(self._settings.get("memory_mb"), self._id),
        )

    def _in_order(self, run: Run, context: RunContext) -> Tables:
        """The tables with what depends on the order of the run; looking for it takes a while."""
        tables = self._prepared(run)
        kernel = _kernel(run)
        found = self._ordered.get(
            (*self._key(run), kernel), lambda: ordered(tables, kernel, context)
        )
        return replace(found, setup=run.setup)

    def _structure_factors(self, run: Run, precision: Precision) -> StructureFactorTable:
        reference = run.effective_experiment.crystal.structure_factors
        default_f = run.setup.crystal.default_f

        def make() -> StructureFactorTable:
            reflections = self._reflections.get(
                reference, lambda: None if reference is None else load_reflections(reference)
            )
            return structure_factor_table(reflections, default_f, self._device, precision)

        return self._factors.get((reference, default_f, precision), make)


def memory_bytes(megabytes: str | None, engine_id: str) -> int:
    """The setting memory_mb in bytes.

    Raises:
        InvalidInput: it is no number of megabytes, or too small a one.
    """
    if megabytes is None:
        return DEFAULT_MEMORY_BYTES
    try:
        number = float(megabytes)
    except ValueError:
        number = math.nan
    if not _LEAST_MEGABYTES <= number < math.inf:
        raise InvalidInput(
            f"memory_mb = {megabytes!r} is no amount of memory",
            where=f"engines.{engine_id}.memory_mb in the settings",
            remedy=f"Give a number of megabytes, {_LEAST_MEGABYTES} or more",
        )
    return int(number * 2**20)


def _too_large(tables: Tables) -> tuple[str, ...]:
    """What to say of tables that do not fit; they are needed as a whole."""
    if tables.bytes <= tables.memory_bytes:
        return ()
    return (
        f"structure factors and orientations take {tables.bytes / 2**20:.0f} MB, more than"
        f" memory_mb = {tables.memory_bytes / 2**20:.0f}",
    )


def _kernel(run: Run) -> KernelName:
    return cast(KernelName, run.option("kernel", "automatic"))


def _processor_name() -> str:
    name = platform.processor() or platform.machine()
    try:
        count = processors()
        return f"{name}, {library().target}, {count} thread{'s' if count > 1 else ''}"
    except Missing:
        return f"{name}, without the native kernel, 1 thread"


def _why_no_cuda() -> str:
    if torch.version.cuda is None:
        return (
            "this torch is built without CUDA; install a CUDA build of torch in an environment"
            " of its own and name its interpreter in the settings"
        )
    return "torch finds no NVIDIA graphics card with a working driver; check nvidia-smi"
