"""Where pixels look in reciprocal space, from a run's set-up. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.api import BraggscopeError
from braggscope.physics.setup import Setup
from braggscope_plots.pixels import Floats


@dataclass(frozen=True, eq=False)
class Geometry:
    """Detector and beam, as far as directions need them.

    Attributes:
        setup: where they come from.
        incident: (3,) unit vector of the first source.
        wavelength_m: of the first source.
    """

    setup: Setup
    incident: Floats
    wavelength_m: float

    @classmethod
    def of(cls, setup: Setup, shape: tuple[int, int]) -> Geometry:
        """The geometry of an image of a (slow, fast) shape.

        Raises:
            BraggscopeError: the set-up has no source, or a detector of another shape.
        """
        if setup.detector.shape != shape:
            raise BraggscopeError(
                "the experiment's detector is not the image's",
                why="it has {} × {} pixels, the image {} × {} (slow × fast)".format(
                    *setup.detector.shape, *shape
                ),
                remedy="Open the experiment that belongs to the image",
            )
        if not len(setup.beam.wavelength_m):
            raise BraggscopeError(
                "there is no resolution without a beam",
                why="the experiment has no source",
                remedy="Give it one under Beam",
            )
        return cls(setup, setup.beam.incident[0], float(setup.beam.wavelength_m[0]))

    @property
    def wavelength_A(self) -> float:
        """Wavelength of the first source, Å."""
        return self.wavelength_m * 1e10

    def directions(self, slow: Floats, fast: Floats) -> tuple[Floats, Floats, Floats]:
        """x, y, z of unit vectors from the sample to points, in pixel coordinates.

        Arrays that can be broadcast: a column of slow and a row of fast make all their pairs.
        """
        detector = self.setup.detector
        on_fast, on_slow = fast * detector.pixel_m, slow * detector.pixel_m
        place = [
            detector.pix0_m[i] + on_fast * detector.fast[i] + on_slow * detector.slow[i]
            for i in range(3)
        ]
        if detector.curved:
            place = list(self._bent(place))
        length = np.sqrt(place[0] ** 2 + place[1] ** 2 + place[2] ** 2)
        x, y, z = (part / length for part in place)
        return x, y, z

    def sine_squared(self, slow: Floats, fast: Floats) -> Floats:
        """sin²θ at points, which is (λ / 2d)²; arguments as of `directions`."""
        x, y, z = self.directions(slow, fast)
        k = self.incident
        # |d − k|² / 4 keeps its digits near the beam, where 1 − cos 2θ loses them.
        squared: Floats = ((x - k[0]) ** 2 + (y - k[1]) ** 2 + (z - k[2]) ** 2) * 0.25
        return np.minimum(squared, 1.0, out=squared)

    def inverse_d_per_A(self, slow: Floats, fast: Floats) -> Floats:
        """1/d = 2 sin θ / λ at points, 1/Å."""
        return np.sqrt(self.sine_squared(slow, fast)) * (2.0 / self.wavelength_A)

    def resolution_A(self, slow: Floats, fast: Floats) -> Floats:
        """d at points, Å; infinite in the direct beam."""
        with np.errstate(divide="ignore"):
            return 1.0 / self.inverse_d_per_A(slow, fast)

    def rows(self, first: int, last: int) -> tuple[Floats, Floats]:
        """Middles of the pixels in rows first ≤ slow < last: a column and a row."""
        fast = np.arange(self.setup.detector.fast_pixels, dtype=np.float64) + 0.5
        slow = np.arange(first, last, dtype=np.float64) + 0.5
        return slow[:, None], fast[None, :]

    def near_beam(self) -> tuple[Floats, Floats] | None:
        """Middles of the pixels about the point where the beam meets a flat detector, as `rows`.

        None where it misses the detector.
        """
        detector = self.setup.detector
        axes = np.stack([detector.fast, detector.slow, -self.incident], axis=1)
        if abs(np.linalg.det(axes)) < 1e-12:
            return None
        fast, slow, length = np.linalg.solve(axes, -detector.pix0_m)
        at = np.floor(np.array([slow, fast]) / detector.pixel_m)
        if length <= 0.0 or (at < 0).any() or (at >= detector.shape).any():
            return None
        places = [
            np.clip(at[i] + np.arange(-1, 2), 0, detector.shape[i] - 1) + 0.5 for i in range(2)
        ]
        return places[0][:, None], places[1][None, :]

    def _bent(self, flat: list[Floats]) -> list[Floats]:
        """Flat positions bent onto a cylinder about the sample, twice (spec 4.5, Q15)."""
        detector, beam = self.setup.detector, self.setup.beam
        straight = [np.full_like(flat[1], detector.distance_m * b) for b in beam.direction]
        once = _rotated(straight, detector.slow, flat[1] / detector.distance_m)
        return _rotated(once, detector.fast, flat[2] / detector.distance_m)


def _rotated(v: list[Floats], axis: NDArray[np.float64], angle_rad: Floats) -> list[Floats]:
    """Vectors about one axis, each by its own angle (Rodrigues)."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    along = (axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2]) * (1.0 - c)
    across = [
        axis[1] * v[2] - axis[2] * v[1],
        axis[2] * v[0] - axis[0] * v[2],
        axis[0] * v[1] - axis[1] * v[0],
    ]
    return [axis[i] * along + v[i] * c + across[i] * s for i in range(3)]
