"""Setup: every number that rendering needs, as plain arrays, each with its origin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.recipe import Recipe
from braggscope.physics.rotation import Matrix, Vector
from braggscope.physics.sensor import Sensor
from braggscope.physics.shapes import Shape

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
class FileSource:
    """Which file holds something: its path, its content's SHA-256, and how it is read."""

    path: str
    sha256: str
    column: str | None = None
    resolution_A: float | None = None


@dataclass(frozen=True, eq=False)
class Beam:
    """What shines on the crystal.

    Attributes:
        incident: (sources, 3) unit vectors k, direction of travel; there may be no source (Q20).
        wavelength_m: (sources,).
        weight: (sources,) relative strength, for semantics that use it.
        direction: (3,) b, along which distances are measured.
        polarization_axis: (3,) p of the Kahn factor.
        kahn_factor: K, 0 is unpolarised.
        polarized: False switches the polarisation factor off (it is 1 then).
        fluence_per_m2: photons/m².
    """

    incident: Matrix
    wavelength_m: NDArray[np.float64]
    weight: NDArray[np.float64]
    direction: Vector
    polarization_axis: Vector
    kahn_factor: float
    polarized: bool
    fluence_per_m2: float


@dataclass(frozen=True, eq=False)
class Detector:
    """Pixels and where they are; vectors are (3,), lab frame, lengths in m.

    Attributes:
        distance_m: along the beam, after spec 4.4; the radius of a curved detector.
        sensor: thickness and absorption.
        mask: an SMV image whose zero pixels are left out, or None.
    """

    pixel_m: float
    fast_pixels: int
    slow_pixels: int
    fast: Vector
    slow: Vector
    normal: Vector
    pix0_m: Vector
    close_distance_m: float
    distance_m: float
    curved: bool
    point_pixel: bool
    sensor: Sensor
    mask: FileSource | None
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
        reciprocal_per_A: (3, 3) rows a*, b*, c* at phi = 0, 1/Å, lab frame.
        n_cells: unit cells along a, b, c; whole numbers.
        shape: of the crystal or its spots.
        fudge: scales the squared spot radius of all shapes but SQUARE.
        spindle: (3,) rotation axis w.
        phi_rad: (phi steps,); there may be none.
        mosaic_spread_rad: largest rotation of a domain; the rotations themselves come from
            `recipe.domain_rotations`, under the option `mosaic_generator`.
        mosaic_deviates: (domains, 3) random numbers in (-1, 1).
        default_f: structure factor of reflections that are not listed, electrons.
        reflections: the file with structure factors, or None.
        interpolates: whether structure factors are interpolated between reflections.
    """

    direct_m: Matrix
    reciprocal_per_A: Matrix
    n_cells: tuple[float, float, float]
    shape: Shape
    fudge: float
    spindle: Vector
    phi_rad: NDArray[np.float64]
    mosaic_spread_rad: float
    mosaic_deviates: NDArray[np.float64]
    default_f: float
    reflections: FileSource | None
    interpolates: bool


@dataclass(frozen=True, eq=False)
class Setup:
    """Everything that rendering needs.

    Attributes:
        oversample: sub-pixels per axis.
        dmin_m: resolution cut-off, m; 0 is none.
        water_m: edge of the water cube, m.
        recipe: what the arrays were derived from, for derivatives.
        quantities: the named numbers on the way here, in order of dependency.
        notes: what the user should know (values without effect, surprising rules).
    """

    beam: Beam
    detector: Detector
    crystal: Crystal
    oversample: int
    dmin_m: float
    water_m: float
    recipe: Recipe
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Evaluations per pixel: sources · domains · phi steps · sub-pixels (spec section 9)."""
        return (
            len(self.beam.wavelength_m)
            * len(self.crystal.mosaic_deviates)
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
        for number in (self.oversample, self.dmin_m, self.water_m):
            total.update(_bytes_of(number))
        return total.hexdigest()


def _bytes_of(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        # Adding zero turns -0.0 into 0.0: the two make the same image.
        return repr(value.shape).encode() + (value + 0.0).tobytes()
    if isinstance(value, FileSource):
        return f"{value.sha256} {value.column} {value.resolution_A}".encode()
    return repr(value + 0.0 if isinstance(value, float) else value).encode()
