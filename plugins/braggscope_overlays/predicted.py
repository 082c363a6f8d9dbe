"""Reflections that diffract into the view: pure functions over the set-up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Line, Marks, OverlayItem, OverlayScene
from braggscope.physics.places import points_towards, reciprocal_at, scattering_per_A
from braggscope.physics.setup import Crystal, Setup
from braggscope_overlays.geometry import setup_of

#: More reciprocal-lattice points than this are not looked at: the view has to be smaller.
_MOST_TRIED = 3_000_000
_MOST_SHOWN = 1500
#: Of the spindle's range at most so many orientations are looked at.
_MOST_STEPS = 12

Points = NDArray[np.float64]


def predicted_reflections(scene: OverlayScene) -> list[OverlayItem]:
    """Circles with Miller indices where reflections in view meet Ewald's sphere."""
    setup = setup_of(scene)
    if setup is None or not len(setup.crystal.phi_rad):
        return []
    found = predict(setup, scene.visible, scene.image.shape)
    middle = tuple((low + high) / 2 for low, high in scene.visible)
    if found is None:
        nothing = np.full((1, 2), np.nan)
        text = "zoom in to see predicted reflections"
        return [Line(nothing, text, (middle[0], middle[1]))]
    hkl, points = found
    labels = tuple(" ".join(str(i).replace("-", "−") for i in row) for row in hkl.tolist())
    return [Marks(points, "circle", labels, "plain")] if len(points) else []


def predict(
    setup: Setup,
    visible: tuple[tuple[float, float], tuple[float, float]],
    shape: tuple[int, int],
) -> tuple[NDArray[np.int64], Points] | None:
    """Miller indices (n, 3) and places (n, 2) of reflections in view; None: too many.

    A reflection counts where its distance from Ewald's sphere is within its own width: that of the
    small crystal (1/(N·a)), and that of the mosaic spread. Of several orientations, the nearest to
    the sphere decides where it stands.
    """
    box = tuple(
        (max(low, 0.0), min(high, float(size)))
        for (low, high), size in zip(visible, shape, strict=True)
    )
    if any(low >= high for low, high in box):
        return np.empty((0, 3), np.int64), np.empty((0, 2))
    hkl = _candidates(setup, box)
    if hkl is None:
        return None
    wavelength_A = float(setup.beam.wavelength_m[0]) * 1e10
    incident = setup.beam.incident[0] / wavelength_A
    best = np.full(len(hkl), np.inf)
    towards = np.zeros((len(hkl), 3))
    widths = np.zeros(len(hkl))
    for reciprocal in orientations(setup.crystal):
        vectors = hkl @ reciprocal
        leaving = incident + vectors
        length = np.linalg.norm(leaving, axis=1)
        miss = np.abs(length - 1.0 / wavelength_A)
        nearer = miss < best
        best[nearer] = miss[nearer]
        towards[nearer] = leaving[nearer] / length[nearer, np.newaxis]
        widths = _widths(setup.crystal, vectors)
    points = points_towards(setup, towards)
    (top, bottom), (left, right) = box
    with np.errstate(invalid="ignore"):
        kept = (best <= widths) & np.any(hkl != 0, axis=1)
        kept &= (points[:, 0] >= top) & (points[:, 0] <= bottom)
        kept &= (points[:, 1] >= left) & (points[:, 1] <= right)
    order = np.argsort((best / widths)[kept])[:_MOST_SHOWN]
    return hkl[kept][order].astype(np.int64), points[kept][order]


def orientations(crystal: Crystal) -> list[Points]:
    """(3, 3) rows a*, b*, c*, 1/Å, at some of the spindle's angles."""
    angles = crystal.phi_rad
    if len(angles) > _MOST_STEPS:
        angles = angles[np.linspace(0, len(angles) - 1, _MOST_STEPS).round().astype(int)]
    return [reciprocal_at(crystal, float(phi)) for phi in angles]


def _widths(crystal: Crystal, vectors: Points) -> NDArray[np.float64]:
    """How far from the sphere a reflection still diffracts, 1/Å."""
    edges_A = np.linalg.norm(crystal.direct_m, axis=1) * 1e10
    size = float((1.0 / (np.maximum(crystal.n_cells, 1.0) * edges_A)).max())
    spread = crystal.mosaic_spread_rad if len(crystal.mosaic_deviates) > 1 else 0.0
    return np.asarray(size + spread * np.linalg.norm(vectors, axis=1))


def _candidates(setup: Setup, box: tuple[tuple[float, float], ...]) -> NDArray[np.float64] | None:
    """(n, 3) indices around those that pixels in view look at; None: too many."""
    (top, bottom), (left, right) = box
    slow, fast = np.linspace(top, bottom, 41), np.linspace(left, right, 41)
    grid = np.stack(np.meshgrid(slow, fast, indexing="ij"), axis=-1).reshape(-1, 2)
    vectors = scattering_per_A(setup, grid)
    lowest, highest = np.full(3, np.inf), np.full(3, -np.inf)
    for reciprocal in orientations(setup.crystal):
        indices = vectors @ np.linalg.inv(reciprocal)
        lowest = np.minimum(lowest, indices.min(axis=0))
        highest = np.maximum(highest, indices.max(axis=0))
    first = np.floor(lowest - 0.5).astype(int)
    last = np.ceil(highest + 0.5).astype(int)
    if np.prod((last - first + 1).astype(float)) > _MOST_TRIED:
        return None
    axes = [np.arange(low, high + 1) for low, high in zip(first, last, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)
