"""DetectorImage: an array of pixels with its mask and its origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.api.run import Run


@dataclass(frozen=True)
class Provenance:
    """How an image came about.

    Attributes:
        run: the run that made it, or None for a file.
        engine_version: version of the engine (or of the program behind it).
        device: processor or graphics card, in words.
        precision: "float64", "mixed", "float32" …
        wall_time_s: seconds between request and result.
        peak_memory_bytes: largest resident memory of the engine's process; 0 if unknown.
        overlapped: whether other runs shared the machine, so that the time means little.
        command: the command line that was run, for external engines.
        notes: what the user should know about the result.
    """

    run: Run | None
    engine_version: str = ""
    device: str = ""
    precision: str = ""
    wall_time_s: float = 0.0
    peak_memory_bytes: int = 0
    overlapped: bool = False
    command: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DetectorImage:
    """One detector image.

    Attributes:
        data: [slow, fast], any numeric type, photons/pixel for simulated images.
        mask: [slow, fast] bool, True where a pixel does not count (outside the region of
            interest, dead); None when all count.
        provenance: where it comes from.
    """

    data: NDArray[np.generic]
    mask: NDArray[np.bool_] | None
    provenance: Provenance

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) pixel counts."""
        return (int(self.data.shape[0]), int(self.data.shape[1]))
