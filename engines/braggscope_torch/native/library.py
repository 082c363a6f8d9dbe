"""Finds and loads the compiled kernel."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import Final

from braggscope_torch.native.job import JobStructure, OutcomeStructure

FOLDER: Final = Path(__file__).parent / "bin"
FAILURE: Final = "BUILD_FAILED.txt"
#: The widest vectors to use, in bits: for tests and measurements on processors that have more.
LIMIT_VARIABLE: Final = "BRAGGSCOPE_VECTOR_BITS"
_SUFFIX: Final = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
NAME: Final = f"braggscope_kernel{_SUFFIX}"
_WIDEST: Final = 512


class Missing(Exception):
    """There is no compiled kernel here; says why."""


class Library:
    """The compiled kernel.

    Attributes:
        target: what it was compiled for, such as "AVX2".
    """

    def __init__(self, path: Path) -> None:
        self._code = ctypes.CDLL(str(path))
        self._render = self._code.braggscope_render
        self._render.restype = None
        self._render.argtypes = [
            ctypes.POINTER(JobStructure),
            ctypes.c_int64,
            ctypes.c_int64,
            ctypes.c_int32,
            ctypes.POINTER(OutcomeStructure),
        ]
        self._code.braggscope_layout.restype = ctypes.c_int64
        expected = ctypes.sizeof(JobStructure) * 1000 + ctypes.sizeof(OutcomeStructure)
        if self._code.braggscope_layout() != expected:
            raise Missing(f"{path.name} is of another version of Braggscope; install it again")
        self._bits = int(os.environ.get(LIMIT_VARIABLE, _WIDEST))
        self._code.braggscope_target.restype = ctypes.c_char_p
        self._code.braggscope_target.argtypes = [ctypes.c_int32]
        self.target = str(self._code.braggscope_target(self._bits).decode())
        self._code.braggscope_fused.restype = ctypes.c_double
        self._sine_ratios = self._code.braggscope_sine_ratios
        self._sine_ratios.restype = None
        self._sine_ratios.argtypes = [
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_double,
            ctypes.c_int32,
        ]

        self._square_products = self._code.braggscope_square_products
        self._square_products.restype = None
        self._square_products.argtypes = [
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_double * 3,
            ctypes.c_void_p,
            ctypes.c_int32,
        ]

    def render(self, job: JobStructure, start: int, stop: int) -> OutcomeStructure:
        """Render the pixels start to stop of the region; Python's lock is free meanwhile."""
        outcome = OutcomeStructure()
        self._render(ctypes.byref(job), start, stop, self._bits, ctypes.byref(outcome))
        return outcome

    def sine_ratios(self, source: int, target: int, count: int, cells: float) -> None:
        """sin(N π h)/sin(π h) of so many doubles, from one address to another or in place."""
        self._sine_ratios(source, target, count, cells, self._bits)

    def square_products(
        self,
        q: int,
        pixels: int,
        cells_m: int,
        orientations: int,
        n_cells: tuple[float, float, float],
        target: int,
    ) -> None:
        """F_latt of SQUARE crystals; all arrays float64, contiguous, by their addresses.

        Args:
            q: (3, pixels) scattering vectors, 1/m.
            cells_m: (orientations, 3, 3) rows a, b, c.
            target: (orientations, pixels) for the result.
        """
        cells = (ctypes.c_double * 3)(*n_cells)
        self._square_products(q, pixels, cells_m, orientations, cells, target, self._bits)

    def operations_per_s(self, seconds: float = 0.2) -> float:
        """Measured vector operations (fused multiply-adds) per second of one thread, each lane
        counted as one.
        """
        operations, lanes = ctypes.c_int64(), ctypes.c_int32()
        rounds = 1_000_000
        while True:
            started = time.perf_counter()
            self._code.braggscope_fused(
                ctypes.c_int64(rounds), self._bits, ctypes.byref(operations), ctypes.byref(lanes)
            )
            spent = time.perf_counter() - started
            if spent >= seconds:
                return operations.value * lanes.value / spent
            rounds *= 2


@cache
def library() -> Library:
    """The compiled kernel.

    Raises:
        Missing: it was not built, or cannot be loaded; says why.
    """
    path = FOLDER / NAME
    if not path.is_file():
        failure = FOLDER / FAILURE
        why = failure.read_text(encoding="utf-8").strip() if failure.is_file() else "it is missing"
        raise Missing(why)
    try:
        return Library(path)
    except (OSError, AttributeError) as error:
        raise Missing(str(error)) from error
