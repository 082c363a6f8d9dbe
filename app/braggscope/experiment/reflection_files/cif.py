"""Structure factors in CIF files: `_refln` of mmCIF and of small-molecule CIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.model import UnitCell
from braggscope.experiment.reflection_files.table import (
    Listed,
    Offer,
    Reflections,
    cell_from,
    reflections_of,
)

#: (name, name for the Friedel mate or "", whether intensities), in the order of choice.
_COLUMNS: Final = (
    ("F_meas_au", "", False),
    ("F_meas", "", False),
    ("intensity_meas", "", True),
    ("F_squared_meas", "", True),
    ("pdbx_F_plus", "pdbx_F_minus", False),
    ("pdbx_I_plus", "pdbx_I_minus", True),
    ("F_calc_au", "", False),
    ("F_calc", "", False),
    ("F_squared_calc", "", True),
)
#: Status flags of rows that were not measured or not to be used.
_LEFT_OUT = ("x", "-")


def read_sf_cif(path: Path, content: bytes, column: str | None) -> Reflections:
    """A column's values in P1 with Friedel mates."""
    block, (name, partner, intensities) = _block_and_column(path, content, column)
    hkl = np.array(block.make_miller_array())
    plus = np.array(block.make_float_array(name), dtype=np.float64)
    minus = np.array(block.make_float_array(partner), dtype=np.float64) if partner else None
    used = _used(block, len(hkl))
    plus = np.where(used, plus, np.nan)
    minus = None if minus is None else np.where(used, minus, np.nan)
    return reflections_of(path, hkl, Listed(name, plus, minus, intensities), block.spacegroup)


def offer_of_sf_cif(path: Path, content: bytes) -> Offer:
    """Columns, cell and wavelength of the block that is read."""
    block, (automatic, _, _) = _block_and_column(path, content, None)
    wavelength = float(block.wavelength or 0.0)
    return Offer(
        tuple(name for name, _, _ in _listed(block)),
        cell_from(block.cell),
        wavelength if 0 < wavelength < 100 else None,
        automatic=automatic,
    )


def sf_cif_of(reflections: Reflections, cell: UnitCell, wavelength_A: float) -> str:
    """A CIF file of reflections in P1 as `_refln.F_meas_au`; every number keeps every bit."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    head = ["data_braggscope"]
    head += [f"_cell.{n} {v!r}" for n, v in zip(names, cell.model_dump().values(), strict=True)]
    head += [
        "_symmetry.space_group_name_H-M 'P 1'",
        "_diffrn_radiation_wavelength.id 1",
        f"_diffrn_radiation_wavelength.wavelength {wavelength_A!r}",
        "loop_",
        *(f"_refln.{name}" for name in ("index_h", "index_k", "index_l", "status", "F_meas_au")),
    ]
    rows = zip(reflections.hkl.tolist(), reflections.amplitude.tolist(), strict=True)
    body = [f"{h} {k} {index_l} o {amplitude!r}" for (h, k, index_l), amplitude in rows]
    return "\n".join([*head, *body, ""])


def _block_and_column(
    path: Path, content: bytes, wanted: str | None
) -> tuple[Any, tuple[str, str, bool]]:
    """The first block with usable reflections, and the column to read."""
    import gemmi

    try:
        # gemmi wants text; latin-1 takes any byte, and what we read is ASCII.
        document = gemmi.cif.read_string(content.decode("latin-1"))
        if b"_refln." in content:
            blocks = list(gemmi.as_refln_blocks(document))
        else:  # Small-molecule CIF writes _refln_index_h.
            blocks = [gemmi.hkl_cif_as_refln_block(block) for block in document]
    except (RuntimeError, ValueError) as error:
        raise InvalidInput(
            f"{path.name} is not a CIF file", where=str(path), why=str(error)
        ) from error
    usable = [block for block in blocks if block.default_loop is not None and _listed(block)]
    if not usable:
        raise InvalidInput(
            f"{path.name} holds no structure factors",
            where=str(path),
            remedy=f"One of {', '.join(f'_refln.{name}' for name, _, _ in _COLUMNS)} is needed",
        )
    for block in usable:
        for column in _listed(block):
            if wanted is None or wanted in column[:2]:
                return block, column
    names = [name for block in usable for name, _, _ in _listed(block)]
    raise InvalidInput(
        f"{path.name} has no column {wanted} of amplitudes or intensities",
        where=str(path),
        remedy=f"Columns: {', '.join(names)}",
    )


def _listed(block: Any) -> list[tuple[str, str, bool]]:
    labels = set(block.column_labels())
    return [c for c in _COLUMNS if c[0] in labels and (not c[1] or c[1] in labels)]


def _used(block: Any, count: int) -> Any:
    labels = list(block.column_labels())
    for name in ("status", "observed_status"):
        if name in labels:
            column = labels.index(name)
            width = len(labels)
            status = list(block.default_loop.values)[column::width]
            return np.array([value not in _LEFT_OUT for value in status])
    return np.ones(count, dtype=bool)
