"""An engine without physics: every pixel of the region is the wavelength in Å."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Availability,
    CatalogueEntry,
    Pixel,
    PixelTrace,
    Preparation,
    Run,
    RunContext,
    variable,
)
from braggscope_example.faults import fault_point, wanted

fault_point("engine-import")

_LONG_S = 60
_GAIN = CatalogueEntry("example_gain", "gain", "sum", "", (), "given")
_VALUE = CatalogueEntry(
    "example_value", "value", "sum", "photon", ("lambda0_m", "example_gain"), "gain·λ/Å"
)


def create(engine_id: str, settings: Mapping[str, str]) -> ExampleEngine:
    """The factory named by the plugin."""
    fault_point("engine-factory")
    return ExampleEngine(engine_id, settings)


class ExampleEngine:
    """Settings: `slow` (seconds that a run takes), `slow_start` (seconds), `unavailable` (why),
    `child_file` (a path), `version_file` (a path)."""

    def __init__(self, engine_id: str, settings: Mapping[str, str]) -> None:
        self._id = engine_id
        self._settings = settings
        time.sleep(float(settings.get("slow_start", 0)))

    def availability(self) -> Availability:
        """Everywhere, unless told otherwise."""
        fault_point("engine-availability")
        reason = self._settings.get("unavailable", "")
        return Availability(not reason, "nothing at all", "1.0", reason)

    def prepare(self, run: Run) -> Preparation:
        """Float64, as large as the detector."""
        fault_point("engine-prepare")
        file = self._settings.get("version_file")
        version = Path(file).read_text() if file else ""
        notes = (*run.setup.notes, "a flat image")
        return Preparation(run.setup.detector.shape, "float64", "float64", notes, version)

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Fill the region."""
        self._misbehave(context)
        self._take_time(context)
        roi = run.setup.detector.roi
        inside = np.s_[roi.slow_min : roi.slow_max + 1, roi.fast_min : roi.fast_max + 1]
        image[inside] = _value(run)
        context.notes.append(f"made in process {os.getpid()}")
        context.progress(1.0, "done")

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> list[PixelTrace]:
        """Wavelength, gain, value."""
        fault_point("engine-trace")
        variables = (
            variable("lambda0_m", run.setup.beam.wavelength_m[0]),
            variable("example_gain", _gain(run), _GAIN),
            variable("example_value", _value(run), _VALUE),
        )
        return [PixelTrace(pixel, self._id, variables, _value(run)) for pixel in pixels]

    def _take_time(self, context: RunContext) -> None:
        seconds = float(self._settings.get("slow", _LONG_S if wanted("engine-slow") else 0))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            context.progress(1 - (end - time.monotonic()) / seconds, "taking time")
            time.sleep(0.01)

    def _misbehave(self, context: RunContext) -> None:
        fault_point("engine-render")
        if wanted("engine-noise"):
            _make_noise()
        if wanted("engine-exit"):
            sys.stderr.write("last words of the example engine\n")
            os._exit(3)
        if wanted("engine-child"):
            child = subprocess.Popen(["sleep", "600"], start_new_session=wanted("own-session"))
            Path(self._settings["child_file"]).write_text(str(child.pid))
        if wanted("engine-child") or wanted("engine-hang"):
            context.report(0.0, "hanging")
            time.sleep(_LONG_S)
        if wanted("engine-lock"):
            context.report(0.0, "hanging")
            ctypes.PyDLL(None).sleep(_LONG_S)


def _make_noise() -> None:
    """Print in every way there is, frames of the protocol among it."""
    sys.stdout.write("noise of Python\n")
    os.write(1, b"\x00\x00\x00\x02{}noise of a descriptor\n")
    subprocess.run(["echo", "noise of a child"], check=True)
    assert sys.stdin.read() == ""
    assert subprocess.run(["cat"], check=True, stdout=subprocess.PIPE).stdout == b""


def _gain(run: Run) -> float:
    return float(run.option("gain", "1"))


def _value(run: Run) -> float:
    return _gain(run) * float(run.setup.beam.wavelength_m[0]) * 1e10
