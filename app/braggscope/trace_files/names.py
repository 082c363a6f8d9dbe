"""What the original's trace calls things, and what they are (spec trace.md 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["run", "block", "pixel"]


@dataclass(frozen=True)
class Meaning:
    """A printed name in terms of the catalogue.

    Attributes:
        variable: name in `braggscope.api.CATALOGUE`.
        level: printed once, once for each sub-pixel of each layer, or after all of them.
        components: how many numbers it has.
        factor: from the printed unit to the catalogue's.
        part: of a variable whose rows are printed apart: which row.
    """

    variable: str
    level: Level
    components: int = 1
    factor: float = 1.0
    part: int | None = None


def _rows(pattern: str, variable: str, level: Level, factor: float) -> dict[str, Meaning]:
    return {
        pattern.format(axis): Meaning(variable, level, 3, factor, row)
        for row, axis in enumerate("abc")
    }


MEANINGS: Final[Mapping[str, Meaning]] = {
    "DETECTOR_FAST_AXIS": Meaning("basis_final_f", "run", 3),
    "DETECTOR_SLOW_AXIS": Meaning("basis_final_s", "run", 3),
    "DETECTOR_NORMAL_AXIS": Meaning("basis_final_o", "run", 3),
    "DETECTOR_PIX0_VECTOR": Meaning("pix0_m", "run", 3),
    "fdet_after_twotheta": Meaning("basis_final_f", "run", 3),
    "sdet_after_twotheta": Meaning("basis_final_s", "run", 3),
    "odet_after_twotheta": Meaning("basis_final_o", "run", 3),
    "twotheta_axis": Meaning("basis_initial_t", "run", 3),
    "Fbeam_m": Meaning("Fbeam_in_m", "run"),
    "Sbeam_m": Meaning("Sbeam_in_m", "run"),
    "pix0_vector": Meaning("pix0_m", "run", 3),
    "pix0_vector_meters": Meaning("pix0_m", "block", 3),
    "fdet_vec": Meaning("basis_final_f", "block", 3),
    "sdet_vec": Meaning("basis_final_s", "block", 3),
    "close_distance_meters": Meaning("close_distance_m", "block"),
    "pixel_pos_meters": Meaning("pos_m", "block", 3),
    "R_distance_meters": Meaning("R_m", "block"),
    "omega_pixel_sr": Meaning("omega_in_force", "block"),
    "diffracted_vec": Meaning("d", "block", 3),
    "incident_vec": Meaning("k", "block", 3),
    "lambda_meters": Meaning("lambda", "block"),
    # Its label says 1/Å, its value is in 1/m.
    "scattering_vec_A_inv": Meaning("q", "block", 3),
    **_rows("rot_{}_angstroms", "cell_mosaic", "block", 1e-10),
    **_rows("rot_{}_star_A_inv", "recip_regenerated", "block", 1.0),
    "hkl_frac": Meaning("hkl", "block", 3),
    "hkl_rounded": Meaning("hkl0", "block", 3),
    "F_latt_a": Meaning("F_latt_a", "block"),
    "F_latt_b": Meaning("F_latt_b", "block"),
    "F_latt_c": Meaning("F_latt_c", "block"),
    "F_latt": Meaning("F_latt", "block"),
    "F_cell": Meaning("F_cell", "block"),
    "I_before_scaling": Meaning("I_total", "pixel"),
    "fluence_photons_per_m2": Meaning("fluence", "pixel"),
    "steps": Meaning("steps", "pixel"),
    "capture_fraction": Meaning("capture", "pixel"),
    "polar": Meaning("polar", "pixel"),
    "omega_pixel": Meaning("omega", "pixel"),
    "I_pixel_final": Meaning("val", "pixel"),
    "floatimage_accumulated": Meaning("float32", "pixel"),
}

#: Printed names that say nothing that is not said elsewhere, or nothing at all.
WITHOUT_MEANING: Final[Mapping[str, str]] = {
    "detector_convention": "always says MOSFLM, whatever the convention",
    "initial_fdet": "always MOSFLM's vector",
    "initial_sdet": "always MOSFLM's vector",
    "initial_odet": "always MOSFLM's vector",
    "convention_mapping": "always the same text",
    "fdet_after_rotz": "includes 2θ already, in spite of its name",
    "sdet_after_rotz": "includes 2θ already, in spite of its name",
    "odet_after_rotz": "includes 2θ already, in spite of its name",
    "cos_2theta": "of the last sub-pixel and source, not of the one that counts",
    "obliquity_factor": "close distance over R; follows from both",
    "lambda_angstroms": "the wavelength once more",
    "beam_center_m": "divided by 1000 once too often",
    "angles_rad": "the rotations, which the vectors show",
    "Rx": "follows from the rotation",
    "Ry": "follows from the rotation",
    "Rz": "follows from the rotation",
    "R_total": "follows from the rotations",
    "distance_m": "the distance that entered pix0",
    "term_fast": "a part of pix0",
    "term_slow": "a part of pix0",
    "term_beam": "a part of pix0",
    "r_e_meters": "a constant",
    "r_e_sqr": "a constant",
    "oversample_thick": "a flag",
    "oversample_polar": "a flag",
    "oversample_omega": "a flag",
}
