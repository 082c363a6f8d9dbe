"""Make the structure factors and the orientation of the lysozyme example. They are synthetic.

No measurement and no model of the protein is behind them: the amplitudes are random numbers with
the statistics that Wilson (1949) derived for randomly placed atoms, in the symmetry of tetragonal
hen egg-white lysozyme:

- mean intensity: ε Σ f_j²(s) exp(-2 B s²) over the non-hydrogen atoms of the unit cell, s = 1/(2d);
- acentric reflections: intensity over mean is exponentially distributed;
- centric reflections: intensity over mean is the square of a normal variable;
- systematic absences are left out, symmetry mates are equal because only one of them is listed.

The random numbers come from `random.Random(SEED).random()`, which Python keeps the same for ever.

usage: python make_lysozyme.py [FOLDER]      writes lysozyme.mtz and lysozyme.mat there
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

import gemmi
import numpy as np
from numpy.typing import NDArray

SEED = 1965
SPACE_GROUP = "P 43 21 2"
CELL = gemmi.UnitCell(79.1, 79.1, 37.9, 90, 90, 90)
RESOLUTION_A = 1.6
WAVELENGTH_A = 0.9795
WILSON_B_A2 = 20.0
#: Non-hydrogen atoms of one lysozyme molecule; the asymmetric unit holds one.
ATOMS = {"C": 613, "N": 193, "O": 185, "S": 10}
#: Rotations about the lab's x, y and z axes that bring the crystal from a* along x to its setting.
ORIENTATION_DEG = (37.4, -62.1, 18.9)


def mean_intensities(hkl: NDArray[np.int32]) -> NDArray[np.float64]:
    """⟨F²⟩ of each reflection in electrons², ε included."""
    operations = gemmi.find_spacegroup_by_name(SPACE_GROUP).operations()
    stol2 = CELL.calculate_1_d2_array(hkl) / 4.0
    per_molecule = sum(
        count * np.array([gemmi.Element(name).it92.calculate_sf(x) for x in stol2]) ** 2
        for name, count in ATOMS.items()
    )
    molecules = len(operations)
    epsilon = operations.epsilon_factor_array(hkl)
    return epsilon * molecules * per_molecule * np.exp(-2.0 * WILSON_B_A2 * stol2)


def relative_intensities(centric: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """Intensity over mean intensity, drawn for each reflection in turn."""
    uniform = random.Random(seed).random
    drawn = []
    for is_centric in centric.tolist():
        exponential = -math.log(1.0 - uniform())
        angle = 2.0 * math.pi * uniform()
        # Box and Muller: an exponential and an angle make a normal variable.
        drawn.append(2.0 * exponential * math.cos(angle) ** 2 if is_centric else exponential)
    return np.array(drawn)


def make_reflections() -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Indices of one asymmetric unit without absences, and their amplitudes in electrons."""
    space_group = gemmi.find_spacegroup_by_name(SPACE_GROUP)
    operations = space_group.operations()
    hkl = gemmi.make_miller_array(CELL, space_group, RESOLUTION_A)
    hkl = hkl[~operations.systematic_absences(hkl)]
    hkl = hkl[np.lexsort(hkl.T[::-1])]
    relative = relative_intensities(operations.centric_flag_array(hkl), SEED)
    return hkl, np.sqrt(mean_intensities(hkl) * relative)


def make_mtz() -> gemmi.Mtz:
    """The reflections as an MTZ file with the column F."""
    hkl, amplitude = make_reflections()
    mtz = gemmi.Mtz(with_base=True)
    mtz.title = "Synthetic lysozyme: Wilson statistics, not measured"
    mtz.history = [f"made by Braggscope's make_lysozyme.py, seed {SEED}"]
    mtz.spacegroup = gemmi.find_spacegroup_by_name(SPACE_GROUP)
    mtz.set_cell_for_all(CELL)
    mtz.add_dataset("synthetic").wavelength = WAVELENGTH_A
    mtz.add_column("F", "F")
    mtz.set_data(np.column_stack([hkl, amplitude]).astype(np.float32))
    return mtz


def orientation() -> NDArray[np.float64]:
    """The rotation matrix U of the setting."""
    x, y, z = np.radians(ORIENTATION_DEG)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    rotation: NDArray[np.float64] = about_z @ about_y @ about_x
    return rotation


def matrix_text() -> str:
    """A MOSFLM matrix file: A = λ U B, missetting angles, U, cell, missetting angles."""
    u = orientation()
    # The cell's angles are right angles: B is diagonal.
    a_matrix = WAVELENGTH_A * u @ np.diag([1 / CELL.a, 1 / CELL.b, 1 / CELL.c])
    zeros = "".join(f"{0:12.3f}" for _ in range(3))
    cell = "".join(f"{value:12.4f}" for value in CELL.parameters)
    # More digits than MOSFLM writes, so that matrix and cell agree to the last bits.
    rows = ["".join(f"{value:20.15f}" for value in row) for row in [*a_matrix, *u]]
    return "\n".join([*rows[:3], zeros, *rows[3:], cell, zeros]) + "\n"


def main() -> None:
    """Write the two files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    make_mtz().write_to_file(str(folder / "lysozyme.mtz"))
    (folder / "lysozyme.mat").write_text(matrix_text(), encoding="ascii")


if __name__ == "__main__":
    main()
