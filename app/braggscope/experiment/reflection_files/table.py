"""Reflections in P1, and how reflections of a space group become them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.experiment.model import UnitCell

Indices = NDArray[np.int32]
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reflections:
    """Reflections in P1, later duplicates beating earlier ones.

    Attributes:
        hkl: (n, 3) int32.
        amplitude: (n,) float64, electrons.
        notes: what the user should know of how the amplitudes came about.
        bounds: (2, 3) lowest and highest h, k, l of the table; None takes those of the list.
        warnings: what can hardly be meant in the file.
    """

    hkl: Indices
    amplitude: Values
    notes: tuple[str, ...] = ()
    bounds: NDArray[np.int64] | None = None
    warnings: tuple[str, ...] = ()

    def without_duplicates(self) -> Reflections:
        """Each reflection once, sorted, with its last amplitude."""
        newest_first = self.hkl[::-1]
        last = _first_of_each(newest_first)
        return Reflections(newest_first[last], self.amplitude[::-1][last], self.notes, self.bounds)

    def table(self, default_f: float) -> tuple[Values, tuple[int, int, int]]:
        """A dense table over the index ranges, filled with default_f where nothing is listed.

        Returns:
            (Rh, Rk, Rl) float64, and the lowest h, k, l.
        """
        low, high = self.range
        table = np.full(tuple(high - low + 1), default_f)
        table[tuple((self.hkl - low).T)] = self.amplitude
        return table, (int(low[0]), int(low[1]), int(low[2]))

    @property
    def range(self) -> NDArray[np.int64]:
        """(2, 3) lowest and highest h, k, l of the table."""
        if self.bounds is not None:
            return self.bounds
        return np.array([self.hkl.min(axis=0), self.hkl.max(axis=0)], dtype=np.int64)


@dataclass(frozen=True)
class Offer:
    """What a file of structure factors says besides them.

    Attributes:
        columns: what may be chosen as amplitudes or intensities, in file order.
        cell: its unit cell, or None.
        wavelength_A: of the data, or None.
        automatic: the column that is read where none is named.
    """

    columns: tuple[str, ...] = ()
    cell: UnitCell | None = None
    wavelength_A: float | None = None
    automatic: str | None = None


def expand_to_p1(
    hkl: Indices, amplitude: Values, space_group: object, minus: Values | None = None
) -> Reflections:
    """Symmetry mates and Friedel mates of reflections of a space group.

    Args:
        hkl: (n, 3) indices.
        amplitude: (n,) electrons.
        space_group: a gemmi.SpaceGroup, or None for P1.
        minus: (n,) amplitudes of the Friedel mates; default: the same.
    """
    import gemmi

    operations = (
        list(space_group.operations().sym_ops)
        if isinstance(space_group, gemmi.SpaceGroup)
        else [gemmi.Op()]
    )
    mates = [hkl @ (np.array(op.rot, dtype=np.int64) // op.DEN) for op in operations]
    # What a file lists itself beats what follows from another reflection: mates come last.
    indices = np.concatenate([*mates, *(-mate for mate in mates)])
    values = np.concatenate(
        [
            np.tile(amplitude, len(mates)),
            np.tile(amplitude if minus is None else minus, len(mates)),
        ]
    )
    first = _first_of_each(indices)
    return Reflections(indices[first].astype(np.int32), values[first])


def _first_of_each(hkl: NDArray[np.integer]) -> NDArray[np.intp]:
    """Where each h, k, l is found first, in the order of h, k, l."""
    if not len(hkl):
        return np.zeros(0, dtype=np.intp)
    low = hkl.min(axis=0).astype(object)
    spans = hkl.max(axis=0).astype(object) - low + 1
    if spans[0] * spans[1] * spans[2] > np.iinfo(np.int64).max:
        rows: NDArray[np.intp] = np.unique(hkl, axis=0, return_index=True)[1]
        return rows
    # One number per reflection sorts ten times as fast as rows do.
    h, k, l = (hkl.astype(np.int64) - low.astype(np.int64)).T  # noqa: E741  # Miller's letters
    keys = (h * spans[1] + k) * spans[2] + l
    first: NDArray[np.intp] = np.unique(keys, return_index=True)[1]
    return first


def roots_of(intensity: Values) -> tuple[Values, tuple[str, ...]]:
    """Amplitudes √I; a negative intensity gives 0 (no French-Wilson statistics)."""
    negative = int(np.count_nonzero(intensity < 0))
    note = "amplitudes are square roots of intensities"
    if negative:
        note += f"; {negative} of {len(intensity)} intensities were negative and count as 0"
    return np.sqrt(np.maximum(intensity, 0.0)), (note,)


@dataclass(frozen=True, eq=False)
class Listed:
    """One column, or a pair of columns for Friedel mates, as a file lists it; NaN is "missing".

    Attributes:
        label: the column's name.
        plus: (n,) values of h k l, or of h k l and its mate where there is no `minus`.
        minus: (n,) values of -h -k -l, or None.
        intensities: whether the values are intensities.
    """

    label: str
    plus: Values
    minus: Values | None
    intensities: bool


def reflections_of(path: Path, hkl: Indices, listed: Listed, space_group: object) -> Reflections:
    """Listed values as reflections in P1; half a pair stands for the whole one.

    Raises:
        InvalidInput: there is no value at all.
    """
    plus, minus = listed.plus, listed.minus
    if minus is not None:
        plus, minus = (
            np.where(np.isfinite(plus), plus, minus),
            np.where(np.isfinite(minus), minus, plus),
        )
    known = np.isfinite(plus)
    if not np.any(known):
        raise InvalidInput(f"column {listed.label} of {path.name} holds no values", where=str(path))
    notes: tuple[str, ...] = ()
    values = [value[known] for value in (plus, minus) if value is not None]
    if listed.intensities:
        roots, notes = roots_of(np.concatenate(values))
        values = np.split(roots, len(values))
    expanded = expand_to_p1(hkl[known], values[0], space_group, values[-1])
    return Reflections(
        expanded.hkl, expanded.amplitude, (f"{path.name}, column {listed.label}", *notes)
    )


def cell_from(cell: object) -> UnitCell | None:
    """A gemmi cell as ours; None where it is no crystal's."""
    import gemmi
    from pydantic import ValidationError

    if not isinstance(cell, gemmi.UnitCell) or not cell.is_crystal():
        return None
    try:
        return UnitCell(
            a_A=cell.a,
            b_A=cell.b,
            c_A=cell.c,
            alpha_deg=cell.alpha,
            beta_deg=cell.beta,
            gamma_deg=cell.gamma,
        )
    except ValidationError:
        return None
