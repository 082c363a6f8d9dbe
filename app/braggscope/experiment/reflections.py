"""Structure factors from nanoBragg .hkl text and from MTZ, as a list of reflections in P1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.experiment.files import checked_bytes, read_bytes, sha256_of
from braggscope.experiment.model import StructureFactors, UnitCell

ROLE = "structure-factor"
#: Largest index table that is still sensible, entries; 8 bytes each.
_LARGEST_TABLE = 2**28


@dataclass(frozen=True, eq=False)
class Reflections:
    """Reflections in P1, later duplicates beating earlier ones.

    Attributes:
        hkl: (n, 3) int32.
        amplitude: (n,) float64, electrons.
    """

    hkl: NDArray[np.int32]
    amplitude: NDArray[np.float64]

    def table(self, default_f: float) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
        """A dense table over the index ranges, filled with default_f where nothing is listed.

        Returns:
            (Rh, Rk, Rl) float64, and the lowest h, k, l.
        """
        low = self.hkl.min(axis=0)
        table = np.full(tuple(self.hkl.max(axis=0) - low + 1), default_f)
        table[tuple((self.hkl - low).T)] = self.amplitude
        return table, (int(low[0]), int(low[1]), int(low[2]))


def structure_factors_from(path: Path, column: str | None = None) -> StructureFactors:
    """A reference to a structure-factor file, after a look that it can be read.

    Raises:
        InvalidInput: the file is missing, empty or not understood.
    """
    path = path.absolute()
    content = read_bytes(path, ROLE)
    reference = StructureFactors(path=path, sha256=sha256_of(content), column=column)
    _parse(path, content, column)
    return reference


def load_reflections(reference: StructureFactors) -> Reflections:
    """The reflections of a referenced file, whose content must be unchanged."""
    path = Path(reference.path)
    return _parse(path, checked_bytes(path, reference.sha256, ROLE), reference.column)


def _parse(path: Path, content: bytes, column: str | None) -> Reflections:
    if content[:4] == b"MTZ ":
        reflections = _parse_mtz(path, content, column)
    else:
        reflections = _parse_text(path, content)
    spans = reflections.hkl.max(axis=0).astype(np.int64) - reflections.hkl.min(axis=0) + 1
    if int(np.prod(spans)) > _LARGEST_TABLE:
        raise InvalidInput(
            f"{path.name} spans {' × '.join(map(str, spans))} indices, too many for a table",
            where=str(path),
            remedy="Look for a wrong line with a huge index",
        )
    return reflections


def _parse_text(path: Path, content: bytes) -> Reflections:
    """`h k l F` lines. Stricter than nanoBragg, which stops silently at a bad line (spec Q37)."""
    remedy = "Each line holds four numbers: h k l F, with whole h, k and l"
    if not content.strip():
        raise InvalidInput(f"{path.name} holds no reflections", where=str(path), remedy=remedy)
    try:
        rows = np.loadtxt(content.decode("ascii").splitlines(), dtype=np.float64, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path.name} is not a list of reflections",
            where=str(path),
            why=str(error),
            remedy=remedy,
        ) from error
    if rows.shape[1] != 4:
        raise InvalidInput(
            f"{path.name} has {rows.shape[1]} columns", where=str(path), remedy=remedy
        )
    indices = rows[:, :3]
    bad = ~np.all(np.isfinite(rows), axis=1) | np.any(indices != np.round(indices), axis=1)
    bad |= np.any(np.abs(indices) > 1e6, axis=1)
    if np.any(bad):
        first = int(np.argmax(bad))
        raise InvalidInput(
            f"reflection {first + 1} of {path.name} is not usable: {rows[first].tolist()}",
            where=str(path),
            remedy=remedy,
        )
    return Reflections(indices.astype(np.int32), rows[:, 3].copy())


def _parse_mtz(path: Path, content: bytes, column: str | None) -> Reflections:
    """Amplitudes of an MTZ file, expanded to P1 with Friedel mates."""
    import gemmi

    try:
        mtz = gemmi.read_mtz_file(str(path))
    except (RuntimeError, ValueError, OSError) as error:
        raise InvalidInput(
            f"cannot read the MTZ file {path.name}", where=str(path), why=str(error)
        ) from error
    label = _amplitude_column(path, [(c.label, c.type) for c in mtz.columns], column)
    hkl = np.array(mtz.make_miller_array())
    amplitude = np.array(mtz.column_with_label(label).array, dtype=np.float64)
    known = np.isfinite(amplitude)
    if not np.any(known):
        raise InvalidInput(f"column {label} of {path.name} holds no values", where=str(path))
    return expand_to_p1(hkl[known], amplitude[known], mtz.spacegroup)


def expand_to_p1(
    hkl: NDArray[np.int32], amplitude: NDArray[np.float64], space_group: object
) -> Reflections:
    """Symmetry mates and Friedel mates of reflections of a space group.

    Args:
        hkl: (n, 3) indices.
        amplitude: (n,) electrons.
        space_group: a gemmi.SpaceGroup, or None for P1.
    """
    import gemmi

    operations = (
        list(space_group.operations().sym_ops)
        if isinstance(space_group, gemmi.SpaceGroup)
        else [gemmi.Op()]
    )
    mates = [hkl @ (np.array(op.rot, dtype=np.int64) // op.DEN) for op in operations]
    indices = np.concatenate([m for mate in mates for m in (mate, -mate)])
    unique, first = np.unique(indices, axis=0, return_index=True)
    return Reflections(unique.astype(np.int32), np.tile(amplitude, 2 * len(operations))[first])


def _amplitude_column(path: Path, columns: list[tuple[str, str]], wanted: str | None) -> str:
    """The named column, or the first of type F, preferring the usual names."""
    amplitudes = [label for label, kind in columns if kind == "F"]
    listing = ", ".join(amplitudes) or "none"
    if wanted is not None:
        if wanted not in [label for label, _ in columns]:
            raise InvalidInput(
                f"{path.name} has no column {wanted}",
                where=str(path),
                remedy=f"Amplitude columns: {listing}",
            )
        if wanted not in amplitudes:
            raise InvalidInput(
                f"column {wanted} of {path.name} does not hold amplitudes",
                where=str(path),
                remedy=f"Amplitude columns: {listing}",
            )
        return wanted
    if not amplitudes:
        raise InvalidInput(
            f"{path.name} has no amplitude column",
            where=str(path),
            why=f"its columns are {', '.join(f'{label} ({kind})' for label, kind in columns)}",
            remedy="Structure factors are columns of type F",
        )
    usual = [label for label in ("F", "FP", "FOBS", "F-obs", "FC") if label in amplitudes]
    return usual[0] if usual else amplitudes[0]


def amplitude_columns(path: Path) -> list[str]:
    """Amplitude columns of an MTZ file, in file order."""
    import gemmi

    return [c.label for c in gemmi.read_mtz_file(str(path)).columns if c.type == "F"]


def cell_of_mtz(path: Path) -> UnitCell:
    """The unit cell that an MTZ file names."""
    import gemmi

    cell = gemmi.read_mtz_file(str(path)).cell
    return UnitCell(
        a_A=cell.a,
        b_A=cell.b,
        c_A=cell.c,
        alpha_deg=cell.alpha,
        beta_deg=cell.beta,
        gamma_deg=cell.gamma,
    )


def write_hkl(reflections: Reflections, path: Path) -> None:
    """Write nanoBragg's text form; amplitudes keep every bit."""
    with path.open("w", encoding="ascii") as stream:
        for (h, k, index_l), amplitude in zip(
            reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True
        ):
            stream.write(f"{h} {k} {index_l} {amplitude!r}\n")
