"""Structure factors computed from an atomic model in PDB or mmCIF form."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.reflection_files.table import (
    Offer,
    Reflections,
    cell_from,
    expand_to_p1,
)

#: Resolution where neither the user nor the file says one, Å.
USUAL_RESOLUTION_A: Final = 2.0
#: Grid points per resolution limit (twice Nyquist), and where an atom's density ends, e/Å³.
_RATE: Final = 2.0
_CUTOFF: Final = 1e-6
#: Largest isotropic B, Å²: a displacement of 3.5 Å.
_LARGEST_B: Final = 1000.0
#: Largest density map, points; 4 bytes each.
_LARGEST_GRID: Final = 2**27


def read_model(path: Path, content: bytes, resolution_A: float | None) -> Reflections:
    """|F| of a model to a resolution, in P1.

    The density of independent atoms (scattering factors of International Tables C, no dispersion,
    no bulk solvent) is transformed; F(000) is left out.
    """
    import gemmi

    structure = _open(path, content)
    limit = resolution_A or model_resolution(path, content)
    _refuse_wild_atoms(path, structure[0])
    _refuse_large(path, structure, limit)
    calculator = gemmi.DensityCalculatorX()
    calculator.d_min = limit
    calculator.rate = _RATE
    calculator.cutoff = _CUTOFF
    try:
        calculator.set_refmac_compatible_blur(structure[0])
        calculator.grid.setup_from(structure)
        calculator.put_model_density_on_grid(structure[0])
    except RuntimeError as error:
        raise InvalidInput(
            f"no structure factors can be computed from {path.name}",
            where=str(path),
            why=str(error),
        ) from error
    grid = gemmi.transform_map_to_f_phi(calculator.grid, half_l=True)
    data = grid.prepare_asu_data(dmin=limit, unblur=calculator.blur)
    hkl = np.array(data.miller_array, dtype=np.int32)
    if len(hkl) == 0:
        raise InvalidInput(f"{path.name} has no reflections to {limit:g} Å", where=str(path))
    amplitude = np.abs(np.array(data.value_array)).astype(np.float64)
    expanded = expand_to_p1(hkl, amplitude, calculator.grid.spacegroup)
    note = f"{path.name}: structure factors computed to {limit:g} Å, without solvent and dispersion"
    others = [f"the first of {len(structure)} models"] if len(structure) > 1 else []
    return Reflections(expanded.hkl, expanded.amplitude, (note, *others))


def offer_of_model(path: Path, content: bytes) -> Offer:
    """The model's cell."""
    return Offer((), cell_from(_open(path, content).cell))


def model_resolution(path: Path, content: bytes) -> float:
    """The resolution that the file was refined to, else the usual one, Å."""
    stated = float(_open(path, content).resolution)
    return stated if math.isfinite(stated) and stated > 0 else USUAL_RESOLUTION_A


def _open(path: Path, content: bytes) -> Any:
    """The structure, its cell and its space group known."""
    import gemmi

    try:
        structure = gemmi.read_structure_string(content.decode("latin-1"))
    except (RuntimeError, ValueError) as error:
        raise InvalidInput(
            f"{path.name} is not a model in PDB or mmCIF form", where=str(path), why=str(error)
        ) from error
    if len(structure) == 0 or structure[0].count_atom_sites() == 0:
        raise InvalidInput(f"{path.name} holds no atoms", where=str(path))
    if not structure.cell.is_crystal() or not _spans_a_volume(structure.cell):
        raise InvalidInput(
            f"{path.name} names no unit cell",
            where=str(path),
            why="the model does not come from a crystal",
            remedy="Add a CRYST1 record or _cell items",
        )
    if gemmi.find_spacegroup_by_name(structure.spacegroup_hm) is None:
        raise InvalidInput(
            f"{path.name} names no space group that is known",
            where=str(path),
            why=f"it says {structure.spacegroup_hm!r}",
            remedy="Correct the CRYST1 record or _symmetry.space_group_name_H-M",
        )
    return structure


def _spans_a_volume(cell: Any) -> bool:
    return min(cell.a, cell.b, cell.c) >= 1.0 and math.isfinite(cell.volume) and cell.volume >= 1.0


def _refuse_wild_atoms(path: Path, model: Any) -> None:
    """Atoms so smeared or so far away that damage is more likely than meaning."""
    for site in model.all():
        numbers = (*site.atom.pos.tolist(), site.atom.b_iso, site.atom.occ)
        if not all(map(math.isfinite, numbers)) or abs(site.atom.b_iso) > _LARGEST_B:
            raise InvalidInput(
                f"an atom of {path.name} cannot be used: {site}",
                where=str(path),
                why=f"its position, B or occupancy is {numbers}",
            )


def _refuse_large(path: Path, structure: Any, limit: float) -> None:
    points = structure.cell.volume * (2.0 * _RATE / limit) ** 3
    if points > _LARGEST_GRID:
        raise InvalidInput(
            f"structure factors of {path.name} to {limit:g} Å need too much memory",
            where=str(path),
            why=f"a density map of {points:.2g} points",
            remedy="Give a coarser resolution",
        )
