"""Structure factors from nanoBragg's .hkl text and dump files, and from MTZ, listed in P1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.experiment.dump_file import is_dump, parse_dump
from braggscope.experiment.files import checked_bytes, read_bytes, sha256_of
from braggscope.experiment.hkl_text import parse_hkl
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
        bounds: (2, 3) lowest and highest h, k, l of the table; None takes those of the list.
    """

    hkl: NDArray[np.int32]
    amplitude: NDArray[np.float64]
    bounds: NDArray[np.int64] | None = None

    def table(self, default_f: float) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
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


def structure_factors_from(
    path: Path, column: str | None = None, *, strict: bool = True
) -> StructureFactors:
    """A reference to a structure-factor file, after a look that it can be read.

    Args:
        path: the file.
        column: of an MTZ file.
        strict: whether text that nanoBragg reads otherwise than it looks is an error.

    Raises:
        InvalidInput: the file is missing, empty or not understood.
    """
    path = path.absolute()
    content = read_bytes(path, ROLE)
    reference = StructureFactors(path=path, sha256=sha256_of(content), column=column)
    _parse(path, content, column)
    warnings = _warnings(path, content) if strict else ()
    if warnings:
        raise InvalidInput(
            f"{path.name} is not a clean list of reflections",
            where=str(path),
            why="; ".join(warnings),
            remedy="Each line holds four numbers: h k l F, with whole h, k and l",
        )
    return reference


def file_warnings(reference: StructureFactors) -> tuple[str, ...]:
    """What can hardly be meant in a structure-factor file that nanoBragg reads."""
    return _warnings(reference.path, checked_bytes(reference.path, reference.sha256, ROLE))


def is_nanobragg_text(content: bytes) -> bool:
    """Whether a structure-factor file is what nanoBragg's -hkl takes."""
    return content[:4] != b"MTZ " and not is_dump(content)


def _warnings(path: Path, content: bytes) -> tuple[str, ...]:
    return parse_hkl(path, content).warnings if is_nanobragg_text(content) else ()


def load_reflections(reference: StructureFactors) -> Reflections:
    """The reflections of a referenced file, whose content must be unchanged."""
    path = Path(reference.path)
    return _parse(path, checked_bytes(path, reference.sha256, ROLE), reference.column)


def _parse(path: Path, content: bytes, column: str | None) -> Reflections:
    if content[:4] == b"MTZ ":
        reflections = _parse_mtz(path, content, column)
    elif column is not None:
        raise InvalidInput(
            f"{path.name} has no columns to choose from, so there is no column {column!r}",
            where=str(path),
            why="only MTZ files have named columns",
            remedy="Leave the column out",
        )
    elif is_dump(content):
        low, table = parse_dump(path, content)
        hkl = np.indices(table.shape).reshape(3, -1).T + low
        reflections = Reflections(hkl.astype(np.int32), table.ravel())
    else:
        text = parse_hkl(path, content)
        reflections = Reflections(text.hkl, text.amplitude, text.bounds)
    low, high = reflections.range
    spans = high - low + 1
    if float(np.prod(spans, dtype=np.float64)) > _LARGEST_TABLE:
        raise InvalidInput(
            f"{path.name} spans {' × '.join(map(str, spans))} indices, too many for a table",
            where=str(path),
            remedy="Look for a wrong line with a huge index",
        )
    return reflections


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
