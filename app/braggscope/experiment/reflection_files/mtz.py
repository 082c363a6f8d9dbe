"""MTZ files: amplitudes (types F, G) or intensities (types J, K)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.model import UnitCell
from braggscope.experiment.reflection_files.table import (
    Listed,
    Offer,
    Reflections,
    Values,
    cell_from,
    reflections_of,
)

#: Column type -> its usual names, likely ones first; types in the order in which one is chosen.
_USUAL: Final[dict[str, tuple[str, ...]]] = {
    "F": ("F", "FP", "FOBS", "F-obs", "FC"),
    "J": ("IMEAN", "I", "IOBS", "I-obs"),
    "G": (),
    "K": (),
}
_INTENSITIES = "JK"
_PAIRS = "GK"


def read_mtz(path: Path, column: str | None) -> Reflections:
    """A column's values in P1 with Friedel mates."""
    with _readable(path):
        return _read(path, _open(path), column)


def _read(path: Path, mtz: Any, column: str | None) -> Reflections:
    if len(mtz.batches):
        raise InvalidInput(
            f"{path.name} holds unmerged observations",
            where=str(path),
            remedy="Merge it first, for example with AIMLESS or dials.merge",
        )
    label = _choice(path, [(c.label, c.type) for c in mtz.columns], column)
    kind = mtz.column_with_label(label).type
    minus = None
    if kind in _PAIRS:
        label, partner = _pair(path, [c.label for c in mtz.columns if c.type == kind], label)
        minus = _values(mtz, partner)
    listed = Listed(label, _values(mtz, label), minus, kind in _INTENSITIES)
    return reflections_of(path, np.array(mtz.make_miller_array()), listed, mtz.spacegroup)


def offer_of_mtz(path: Path, column: str | None) -> Offer:
    """Columns, cell and wavelength."""
    with _readable(path):
        return _offer(path, _open(path), column)


def _offer(path: Path, mtz: Any, column: str | None) -> Offer:
    columns = [(c.label, c.type) for c in mtz.columns]
    usable = [label for label, kind in columns if kind in _USUAL]
    if not usable:
        return Offer((), cell_from(mtz.cell))
    dataset = mtz.column_with_label(_choice(path, columns, column)).dataset
    wavelength = float(dataset.wavelength)
    return Offer(
        tuple(usable),
        cell_from(dataset.cell),
        wavelength if 0 < wavelength < 100 else None,
        automatic=_choice(path, columns, None),
    )


def mtz_of(reflections: Reflections, cell: UnitCell, wavelength_A: float) -> bytes:
    """An MTZ file of reflections in P1: F(+), F(-), in single precision as all that MTZ holds."""
    import gemmi

    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = gemmi.SpaceGroup("P 1")
    mtz.set_cell_for_all(gemmi.UnitCell(*cell.model_dump().values()))
    dataset = mtz.add_dataset("braggscope")
    dataset.wavelength = wavelength_A
    for label in ("F(+)", "F(-)"):
        mtz.add_column(label, "G")
    plus: dict[tuple[int, ...], float] = {}
    minus: dict[tuple[int, ...], float] = {}
    for row, amplitude in zip(
        reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True
    ):
        h, k, index_l = row
        if (index_l, h, k) >= (0, 0, 0):
            plus[h, k, index_l] = amplitude
        if (index_l, h, k) <= (0, 0, 0):
            minus[-h, -k, -index_l] = amplitude
    nothing = float("nan")
    rows = [
        (*hkl, plus.get(hkl, nothing), minus.get(hkl, nothing)) for hkl in sorted({*plus, *minus})
    ]
    mtz.set_data(np.array(rows, dtype=np.float32))
    return bytes(mtz.write_to_bytes())


def _open(path: Path) -> Any:
    import gemmi

    return gemmi.read_mtz_file(str(path))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Damage shows late: in names that are no text, in data sets that are not there."""
    try:
        yield
    except (RuntimeError, ValueError, OSError, IndexError) as error:
        raise InvalidInput(
            f"cannot read the MTZ file {path.name}", where=str(path), why=str(error)
        ) from error


def _values(mtz: Any, label: str) -> Values:
    with np.errstate(invalid="ignore"):  # Damaged files hold NaNs of every kind.
        return np.array(mtz.column_with_label(label).array, dtype=np.float64)


def _choice(path: Path, columns: list[tuple[str, str]], wanted: str | None) -> str:
    """The named column, or the first amplitude, else the first intensity, usual names first."""
    kinds = dict(columns)
    usable = [label for label, kind in columns if kind in _USUAL]
    remedy = f"Columns of amplitudes or intensities: {', '.join(usable) or 'none'}"
    if wanted is not None:
        if wanted not in kinds:
            raise InvalidInput(
                f"{path.name} has no column {wanted}", where=str(path), remedy=remedy
            )
        if wanted not in usable:
            raise InvalidInput(
                f"column {wanted} of {path.name} does not hold amplitudes or intensities",
                where=str(path),
                remedy=remedy,
            )
        return wanted
    for kind, names in _USUAL.items():
        labels = [label for label in usable if kinds[label] == kind]
        if labels:
            return next((name for name in names if name in labels), labels[0])
    raise InvalidInput(
        f"{path.name} has no column of amplitudes or intensities",
        where=str(path),
        why=f"its columns are {', '.join(f'{label} ({kind})' for label, kind in columns)}",
        remedy="Structure factors are columns of type F, J, G or K",
    )


def _pair(path: Path, labels: list[str], label: str) -> tuple[str, str]:
    """The names for h k l and for its Friedel mate; they stand side by side in a file."""
    first = labels.index(label) // 2 * 2
    pair = labels[first : first + 2]
    if len(pair) < 2:
        raise InvalidInput(
            f"column {label} of {path.name} has no partner for the Friedel mates", where=str(path)
        )
    if any(sign in pair[0].lower() for sign in ("-", "minus")):
        pair.reverse()
    return pair[0], pair[1]
