"""Setup: every number that rendering needs, as plain arrays, each with its origin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.rotation import Matrix, Vector

OriginKind = Literal["given", "default", "derived"]
QuantityValue = float | int | str | NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """Where a number comes from.

    Attributes:
        kind: said by the user, a default, or computed.
        detail: the field or flag it was said in, or the names it was computed from.
    """

    kind: OriginKind
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One named number of the set-up (names of the trace schema), with its origin."""

    name: str
    value: QuantityValue
    origin: Origin


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels, bounds inclusive, as nanoBragg's -roi (spec Q50)."""

    fast_min: int
    fast_max: int
    slow_min: int
    slow_max: int

    def intersected(self, other: Window) -> Window:
        """The pixels in both; may be empty (a maximum below its minimum)."""
        return Window(
            max(self.fast_min, other.fast_min),
            min(self.fast_max, other.fast_max),
            max(self.slow_min, other.slow_min),
            min(self.slow_max, other.slow_max),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.fast_max < self.fast_min or self.slow_max < self.slow_min


@dataclass(frozen=True)
class ReflectionSource:
    """Which file holds the structure factors: its path, its content's SHA-256 and its column."""

    path: str
    sha256: str
    column: str | None


@dataclass(frozen=True, eq=False)
class Beam:
    """What shines on the crystal.

    Attributes:
        incident: (sources, 3) unit vectors k, direction of travel.
        wavelength_m: (sources,).
        polarization_axis: (3,) p of the Kahn factor.
        kahn_factor: K, 0 is unpolarised.
        polarized: False switches the polarisation factor off (it is 1 then).
        fluence_per_m2: photons/m².
    """

    incident: Matrix
    wavelength_m: NDArray[np.float64]
    polarization_axis: Vector
    kahn_factor: float
    polarized: bool
    fluence_per_m2: float


@dataclass(frozen=True, eq=False)
class Detector:
    """Pixels and where they are; vectors are (3,), lab frame, lengths in m."""

    pixel_m: float
    fast_pixels: int
    slow_pixels: int
    fast: Vector
    slow: Vector
    normal: Vector
    pix0_m: Vector
    close_distance_m: float
    roi: Window

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) pixel counts."""
        return (self.slow_pixels, self.fast_pixels)


@dataclass(frozen=True, eq=False)
class Crystal:
    """The crystal and its turning.

    Attributes:
        direct_m: (3, 3) rows a, b, c at phi = 0, m, lab frame.
        n_cells: unit cells along a, b, c.
        spindle: (3,) rotation axis w.
        phi_rad: (phi steps,).
        mosaic_rotations: (domains, 3, 3), lab frame, applied after phi.
        default_f: structure factor of reflections that are not listed, electrons.
        reflections: the file with structure factors, or None.
    """

    direct_m: Matrix
    n_cells: tuple[int, int, int]
    spindle: Vector
    phi_rad: NDArray[np.float64]
    mosaic_rotations: NDArray[np.float64]
    default_f: float
    reflections: ReflectionSource | None


@dataclass(frozen=True, eq=False)
class Setup:
    """Everything that rendering needs.

    Attributes:
        oversample: sub-pixels per axis.
        quantities: the named numbers on the way here, in order of dependency.
        notes: what the user should know (values without effect, surprising rules).
    """

    beam: Beam
    detector: Detector
    crystal: Crystal
    oversample: int
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Evaluations per pixel: sources · domains · phi steps · sub-pixels (spec section 9)."""
        return (
            len(self.beam.wavelength_m)
            * len(self.crystal.mosaic_rotations)
            * len(self.crystal.phi_rad)
            * self.oversample**2
        )

    def within(self, region: Window | None) -> Setup:
        """This set-up restricted to a region of interest."""
        if region is None:
            return self
        roi = self.detector.roi.intersected(region)
        return replace(self, detector=replace(self.detector, roi=roi))

    def digest(self) -> str:
        """SHA-256 over every number that the image depends on; equal digests, equal images."""
        total = hashlib.sha256()
        for part in (self.beam, self.detector, self.crystal):
            for name, value in sorted(vars(part).items()):
                total.update(name.encode())
                total.update(_bytes_of(value))
        total.update(_bytes_of(self.oversample))
        return total.hexdigest()


def _bytes_of(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        # Adding zero turns -0.0 into 0.0: the two make the same image.
        return repr(value.shape).encode() + (value + 0.0).tobytes()
    if isinstance(value, ReflectionSource):
        return f"{value.sha256} {value.column}".encode()
    return repr(value + 0.0 if isinstance(value, float) else value).encode()
