"""The catalogue of known trace variables: unit, loops, inputs and formula of each, in order of dependency.

Names are those of the trace schema (spec trace.md section 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from braggscope.experiment.semantics import Semantics

Dim = Literal["layer", "subpixel", "source", "phi", "domain"]
#: How two values of a variable are held against each other; see `braggscope.api.divergence`.
VariableKind = Literal["exact", "geometry", "index", "lattice", "intensity"]
Stage = Literal[
    "options",
    "detector",
    "beam",
    "crystal",
    "sources",
    "mosaic",
    "pixel",
    "sub-pixel",
    "source",
    "phi",
    "domain",
    "sum",
    "scaling",
]
#: The stages of the physics: a variable depends on none of a later stage.
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)


@dataclass(frozen=True)
class CatalogueEntry:
    """What is known of a variable besides its values; fields as in `Variable`.

    Attributes:
        spec: section of the physics specification that defines it.
    """

    name: str
    label: str
    stage: Stage
    unit: str
    inputs: tuple[str, ...]
    formula: str
    dims: tuple[Dim, ...] = ()
    kind: VariableKind = "geometry"
    spec: str = ""


def _entry(
    name: str,
    label: str,
    stage: Stage,
    unit: str,
    inputs: str,
    formula: str,
    dims: str = "",
    kind: VariableKind = "geometry",
    spec: str = "",
) -> CatalogueEntry:
    loops: tuple[Any, ...] = tuple(dims.split())
    needed = tuple(inputs.split())
    return CatalogueEntry(name, label, stage, unit, needed, formula, loops, kind, spec)


def stage_of(name: str, said: str) -> Stage:
    """The stage of a variable; of one that is not in the catalogue, the one it says of itself.

    Args:
        name: of the variable.
        said: its own `stage`, which a file of an earlier version may call otherwise.
    """
    if name in CATALOGUE:
        return CATALOGUE[name].stage
    return next((stage for stage in STAGES if stage == said), "scaling")


_OPTION: Final = "semantics_"


def is_option(name: str) -> bool:
    """Whether a variable of a trace is an option of the semantics."""
    return name.startswith(_OPTION)


_B, _BJ = "layer subpixel", "layer subpixel source"
_BJK, _EVALUATION = f"{_BJ} phi", f"{_BJ} phi domain"

#: Option of the semantics -> the section about what it changes.
_OPTION_SPEC: Final = {
    "omega": "9.1",
    "polarization": "9.1",
    "capture": "9.1",
    "phi_carry_over": "9.5",
    "source_weights": "7",
    "interpolation_fallback": "6.6",
    "thickness_layers": "3.7",
    "water_scale": "9.4",
    "spot_radius": "9.2",
    "mosaic_generator": "12.4",
}

# fmt: off
#: Known variables in order of dependency.
CATALOGUE: Final[Mapping[str, CatalogueEntry]] = {
    entry.name: entry
    for entry in (
        *(
            _entry(f"{_OPTION}{name}", f"option {name}", "options", "", "", "given", kind="exact", spec=_OPTION_SPEC[name])
            for name in Semantics.model_fields
        ),
        _entry("convention", "convention", "detector", "", "", "given", kind="exact", spec="4.1"),
        _entry("pivot_effective", "pivot", "detector", "", "convention", "set by the convention", kind="exact", spec="4.1"),
        _entry("pixel_m", "pixel size", "detector", "m", "", "given", spec="3.2"),
        _entry("fpixels", "pixels, fast", "detector", "", "pixel_m", "ceil(size/pixel − ½)", kind="exact", spec="3.2"),
        _entry("spixels", "pixels, slow", "detector", "", "pixel_m", "ceil(size/pixel − ½)", kind="exact", spec="3.2"),
        _entry("detsize_f_m", "detector size, fast", "detector", "m", "pixel_m fpixels", "pixel·count", spec="3.2"),
        _entry("detsize_s_m", "detector size, slow", "detector", "m", "pixel_m spixels", "pixel·count", spec="3.2"),
        _entry("distance_in_m", "distance, as given", "detector", "m", "", "given", spec="4.2"),
        _entry("Xbeam_m", "beam X", "detector", "m", "convention detsize_f_m detsize_s_m pixel_m", "given, or the convention's centre", spec="3.4"),
        _entry("Ybeam_m", "beam Y", "detector", "m", "convention detsize_f_m detsize_s_m pixel_m", "given, or the convention's centre", spec="3.4"),
        _entry("Fbeam_in_m", "beam centre, fast", "detector", "m", "convention Xbeam_m Ybeam_m pixel_m", "MOSFLM: Ybeam + ½ pixel; others see spec 4.1", spec="4.1"),
        _entry("Sbeam_in_m", "beam centre, slow", "detector", "m", "convention Xbeam_m Ybeam_m pixel_m", "MOSFLM: Xbeam + ½ pixel; others see spec 4.1", spec="4.1"),
        _entry("Fclose_in_m", "nearest point, fast", "detector", "m", "detsize_f_m pixel_m", "(ORGX − ½)·pixel, or the centre", spec="4.1"),
        _entry("Sclose_in_m", "nearest point, slow", "detector", "m", "detsize_s_m pixel_m", "(ORGY − ½)·pixel, or the centre", spec="4.1"),
        _entry("basis_initial_f", "fast axis, unrotated", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_initial_s", "slow axis, unrotated", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_initial_o", "normal, unrotated", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_initial_b", "beam direction", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_initial_t", "2θ axis", "detector", "", "convention", "set by the convention; not normalised", spec="4.1"),
        _entry("odet_regenerated", "normal made anew", "detector", "", "convention", "1 if |o| ≠ 1: o = f × s", kind="exact", spec="4.1"),
        _entry("rotx_rad", "detector rotation, x", "detector", "rad", "", "given", spec="4.3"),
        _entry("roty_rad", "detector rotation, y", "detector", "rad", "", "given", spec="4.3"),
        _entry("rotz_rad", "detector rotation, z", "detector", "rad", "", "given", spec="4.3"),
        _entry("twotheta_rad", "detector swing 2θ", "detector", "rad", "", "given", spec="4.3"),
        _entry("curved", "curved detector", "detector", "", "", "given", kind="exact", spec="4.5"),
        _entry("point_pixel", "point pixels", "detector", "", "", "given", kind="exact", spec="4.6"),
        _entry("basis_initial_p", "polarisation axis", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_initial_w", "spindle axis", "detector", "", "convention", "set by the convention", spec="4.1"),
        _entry("basis_after_rot_f", "fast axis, rotated", "detector", "", "basis_initial_f rotx_rad roty_rad rotz_rad", "Rz Ry Rx f", spec="4.3"),
        _entry("basis_after_rot_s", "slow axis, rotated", "detector", "", "basis_initial_s rotx_rad roty_rad rotz_rad", "Rz Ry Rx s", spec="4.3"),
        _entry("basis_after_rot_o", "normal, rotated", "detector", "", "basis_initial_o rotx_rad roty_rad rotz_rad", "Rz Ry Rx o", spec="4.3"),
        _entry("ratio", "cosine of beam and normal", "detector", "", "basis_initial_b basis_after_rot_o", "b·o, without 2θ", spec="4.2"),
        _entry("close_distance_in_m", "nearest distance, as given", "detector", "m", "ratio distance_in_m", "|ratio·distance|", spec="4.2"),
        _entry("basis_final_f", "fast axis", "detector", "", "basis_after_rot_f basis_initial_t twotheta_rad", "swung by 2θ", spec="4.3"),
        _entry("basis_final_s", "slow axis", "detector", "", "basis_after_rot_s basis_initial_t twotheta_rad", "swung by 2θ", spec="4.3"),
        _entry("basis_final_o", "normal", "detector", "", "basis_after_rot_o basis_initial_t twotheta_rad", "swung by 2θ", spec="4.3"),
        _entry("pix0_m", "corner of pixel (0, 0)", "detector", "m", "pivot_effective Fbeam_in_m Sbeam_in_m Fclose_in_m Sclose_in_m distance_in_m close_distance_in_m basis_final_f basis_final_s basis_final_o basis_initial_b", "−Fbeam f − Sbeam s + distance b", spec="4.3"),
        _entry("close_distance_m", "nearest distance", "detector", "m", "pix0_m basis_final_o", "pix0·o", spec="4.4"),
        _entry("distance_m", "distance along the beam", "detector", "m", "close_distance_m ratio", "close distance/ratio", spec="4.4"),
        _entry("Fclose_m", "nearest point, fast", "detector", "m", "pix0_m basis_final_f", "−pix0·f", spec="4.4"),
        _entry("Sclose_m", "nearest point, slow", "detector", "m", "pix0_m basis_final_s", "−pix0·s", spec="4.4"),
        _entry("Fbeam_m", "beam spot, fast", "detector", "m", "pix0_m close_distance_m basis_final_f", "f·(distance b − pix0)", spec="4.4"),
        _entry("Sbeam_m", "beam spot, slow", "detector", "m", "pix0_m close_distance_m basis_final_s", "s·(distance b − pix0)", spec="4.4"),
        _entry("ORGX", "XDS origin, fast", "detector", "px", "Fclose_m pixel_m", "Fclose/pixel + ½", spec="4.4"),
        _entry("ORGY", "XDS origin, slow", "detector", "px", "Sclose_m pixel_m", "Sclose/pixel + ½", spec="4.4"),
        _entry("thick_m", "sensor thickness", "detector", "m", "", "given", spec="3.7"),
        _entry("mu_per_m", "attenuation", "detector", "1/m", "thick_m", "1/depth; the thickness by default", spec="3.7"),
        _entry("layers", "sensor layers", "detector", "", "thick_m semantics_thickness_layers", "given, or 2 with a thickness", kind="exact", spec="3.7"),
        _entry("dt_m", "layer thickness", "detector", "m", "thick_m layers semantics_thickness_layers", "thickness/(layers − 1); see docs/semantics.md", spec="3.7"),
        _entry("lambda0_m", "central wavelength", "beam", "m", "", "given", spec="3.10"),
        _entry("hdivsteps", "divergence steps, horizontal", "beam", "", "", "given, or by spec 3.6", kind="exact", spec="3.6"),
        _entry("hdivrange_rad", "divergence, horizontal", "beam", "rad", "", "given, or by spec 3.6", spec="3.6"),
        _entry("hdivstep_rad", "divergence step, horizontal", "beam", "rad", "", "given, or by spec 3.6", spec="3.6"),
        _entry("vdivsteps", "divergence steps, vertical", "beam", "", "", "given, or by spec 3.6", kind="exact", spec="3.6"),
        _entry("vdivrange_rad", "divergence, vertical", "beam", "rad", "", "given, or by spec 3.6", spec="3.6"),
        _entry("vdivstep_rad", "divergence step, vertical", "beam", "rad", "", "given, or by spec 3.6", spec="3.6"),
        _entry("dispsteps", "wavelengths", "beam", "", "", "given, or by spec 3.6", kind="exact", spec="3.6"),
        _entry("dispersion", "dispersion", "beam", "", "", "given, or by spec 3.6", spec="3.6"),
        _entry("dispstep", "dispersion step", "beam", "", "", "given, or by spec 3.6", spec="3.6"),
        _entry("polarized", "polarisation factor on", "beam", "", "", "given", kind="exact", spec="3.10"),
        _entry("kahn_factor", "Kahn factor", "beam", "", "", "given", spec="3.10"),
        _entry("fluence", "fluence", "beam", "1/m²", "", "given", spec="3.3"),
        _entry("water_m", "water cube", "beam", "m", "", "given", spec="9.4"),
        _entry("scale", "r_e²·fluence", "beam", "", "fluence", "r_e²·Φ", spec="9"),
        _entry("recip_default", "reciprocal cell, unrotated", "crystal", "1/Å", "", "from the cell; a* along x", spec="5.1"),
        _entry("recip_matrix_scaled", "reciprocal cell of the matrix", "crystal", "1/Å", "lambda0_m", "matrix · 1e−10/λ", spec="5.2"),
        _entry("misset_rad", "misset", "crystal", "rad", "", "given", spec="5.4"),
        _entry("recip_misset", "reciprocal cell after misset", "crystal", "1/Å", "recip_default recip_matrix_scaled misset_rad", "Rz Ry Rx a*", spec="5.4"),
        _entry("Vstar", "reciprocal volume", "crystal", "1/Å³", "recip_misset", "a*·(b*×c*)", spec="5.5"),
        _entry("V", "cell volume", "crystal", "Å³", "Vstar", "1/V*", spec="5.5"),
        _entry("direct_A", "direct cell", "crystal", "Å", "recip_misset V", "(b*×c*)·V and cyclic", spec="5.5"),
        _entry("recip_regenerated", "reciprocal cell, regenerated", "crystal", "1/Å", "direct_A Vstar", "(b×c)·V* and cyclic", spec="5.5"),
        _entry("Na", "cells along a", "crystal", "", "", "given", kind="exact", spec="3.9"),
        _entry("Nb", "cells along b", "crystal", "", "", "given", kind="exact", spec="3.9"),
        _entry("Nc", "cells along c", "crystal", "", "", "given", kind="exact", spec="3.9"),
        _entry("shape", "shape", "crystal", "", "", "given", kind="exact", spec="9.2"),
        _entry("fudge", "fudge", "crystal", "", "", "given", spec="9.2"),
        _entry("interpolate", "interpolation", "crystal", "", "Na Nb Nc", "given, or on for N ≤ 2", kind="exact", spec="3.9"),
        _entry("hkls", "listed reflections", "crystal", "", "", "lines of the file", kind="exact", spec="6"),
        _entry("default_F", "default F", "crystal", "electron", "", "given", spec="6"),
        _entry("F_table_min", "lowest indices", "crystal", "", "hkls", "of the table", kind="exact", spec="6"),
        _entry("F_table_max", "highest indices", "crystal", "", "hkls", "of the table", kind="exact", spec="6"),
        _entry("F_table_sum", "sum of the table", "crystal", "electron", "hkls default_F", "Σ F over all indices", spec="6"),
        _entry("sources", "sources", "sources", "", "hdivsteps vdivsteps dispsteps", "of the file, or of the grid", kind="exact", spec="7"),
        _entry("k", "incident vector", "sources", "", "basis_initial_b", "direction of travel", "source", spec="7"),
        _entry("lambda", "wavelength", "sources", "m", "lambda0_m", "of the source", "source", spec="7"),
        _entry("weight", "weight", "sources", "", "semantics_source_weights", "of the source, mean 1", "source", spec="7"),
        _entry("eta_rad", "mosaic spread", "mosaic", "rad", "", "given", spec="3.8"),
        _entry("domains", "mosaic domains", "mosaic", "", "eta_rad", "given, or 10 with a spread", kind="exact", spec="3.8"),
        _entry("rng_before", "generator before the domain", "mosaic", "", "domains", "z and y of spec 12.1", "domain", "exact", spec="12.4"),
        _entry("r1", "deviate 1", "mosaic", "", "rng_before", "2·next − 1", "domain", spec="12.4"),
        _entry("r2", "deviate 2", "mosaic", "", "rng_before", "2·next − 1", "domain", spec="12.4"),
        _entry("r3", "deviate 3", "mosaic", "", "rng_before", "2·next − 1", "domain", spec="12.4"),
        _entry("rng_after", "generator after the domain", "mosaic", "", "rng_before", "z and y of spec 12.1", "domain", "exact", spec="12.4"),
        _entry("angle_f32", "angle of the domain, as drawn", "mosaic", "rad", "eta_rad r3 semantics_mosaic_generator", "η (1 − r3²)^⅓", "domain", spec="12.4"),
        _entry("U", "domain rotation", "mosaic", "", "r1 r2 angle_f32 domains", "rotation by the angle; the first domain is the identity", "domain", spec="12.4"),
        _entry("phi0_rad", "φ start", "pixel", "rad", "", "given", spec="3.5"),
        _entry("osc_rad", "oscillation", "pixel", "rad", "", "given, or by spec 3.5", spec="3.5"),
        _entry("phistep_rad", "φ step", "pixel", "rad", "osc_rad", "given, or by spec 3.5", spec="3.5"),
        _entry("phisteps", "φ steps", "pixel", "", "osc_rad phistep_rad", "given, or by spec 3.5", kind="exact", spec="3.5"),
        _entry("oversample", "sub-pixels per axis", "pixel", "", "lambda0_m distance_m pixel_m direct_A Na Nb Nc", "given, or ⌈3·size/(λ·distance/pixel)⌉", kind="exact", spec="3.9"),
        _entry("dmin_m", "resolution cut-off", "pixel", "m", "", "given", spec="9"),
        _entry("steps", "steps per pixel", "pixel", "", "oversample phisteps domains sources", "sources·domains·phi steps·sub-pixels", kind="exact", spec="9"),
        _entry("I_bg", "water background", "pixel", "", "water_m scale steps semantics_water_scale", "2.57² r_e² Φ · molecules", spec="9.4"),
        _entry("FSO", "detector coordinates", "sub-pixel", "m", "pixel_m oversample", "fast, slow, depth", _B, spec="4.5"),
        _entry("pos_flat_m", "position, flat", "sub-pixel", "m", "FSO pix0_m basis_final_f basis_final_s basis_final_o", "F f + S s + O o + pix0", _B, spec="4.5"),
        _entry("pos_m", "pixel position", "sub-pixel", "m", "pos_flat_m curved distance_m FSO pix0_m basis_final_f basis_final_s basis_final_o", "F f + S s + O o + pix0", _B, spec="4.5"),
        _entry("R_m", "distance R", "sub-pixel", "m", "pos_m", "|x|", _B, spec="4.5"),
        _entry("d", "diffracted vector", "sub-pixel", "", "pos_m R_m", "x/R", _B, spec="4.5"),
        _entry("omega_now", "solid angle of the sub-pixel", "sub-pixel", "sr", "R_m pixel_m close_distance_m point_pixel", "pixel²/R²·close distance/R; 1/R² for point pixels", _B, spec="4.6"),
        _entry("omega_in_force", "solid angle in force", "sub-pixel", "sr", "omega_now semantics_omega", "the first sub-pixel's; see docs/semantics.md", _B, spec="9.1"),
        _entry("parallax", "obliquity", "sub-pixel", "", "d basis_final_o", "d·o", _B, spec="4.6"),
        _entry("cap_now", "captured fraction of the sub-pixel", "sub-pixel", "", "parallax dt_m mu_per_m", "exp(−T dt µ/c) − exp(−(T + 1) dt µ/c)", _B, spec="4.6"),
        _entry("cap_in_force", "captured fraction in force", "sub-pixel", "", "cap_now semantics_capture", "of the last layer; see docs/semantics.md", _B, spec="9.1"),
        _entry("q", "scattering vector", "source", "1/m", "d k lambda", "(d − k)/λ", _BJ, spec="9"),
        _entry("stol", "sin θ/λ", "source", "1/m", "q", "|q|/2", _BJ, spec="9"),
        _entry("dmin_rejected", "beyond the cut-off", "source", "", "stol dmin_m", "1 if ½/stol < dmin", _BJ, "exact", spec="9"),
        _entry("cos2theta", "cos 2θ", "source", "", "d k", "d·k", _BJ, spec="9.3"),
        _entry("psi", "polarisation angle", "source", "rad", "d k basis_initial_p kahn_factor", "−atan2(d·B, d·E)", _BJ, spec="9.3"),
        _entry("polar_now", "polarisation of the sub-pixel", "source", "", "cos2theta psi kahn_factor", "½(1 + c² − K cos 2ψ (1 − c²))", _BJ, spec="9.3"),
        _entry("polar_in_force", "polarisation in force", "source", "", "polar_now polarized dmin_rejected semantics_polarization", "the first one; 1 when off; see docs/semantics.md", _BJ, spec="9.1"),
        _entry("phi_rad", "φ", "phi", "rad", "phi0_rad phistep_rad phisteps", "φ0 + step·k", "phi", spec="9"),
        _entry("phi_carried", "φ = 0 carried over", "phi", "", "phi_rad semantics_phi_carry_over", "1 if φ = 0 kept an older cell", _BJK, "exact", spec="9.5"),
        _entry("cell_phi", "cell after φ", "phi", "m", "phi_rad phi_carried direct_A basis_initial_w", "rotated about the spindle", "phi", spec="9"),
        _entry("cell_phi_first", "cell in the first sweep", "phi", "m", "phi_carried direct_A", "unrotated", _BJK, spec="9.5"),
        _entry("cell_mosaic", "cell of the domain", "domain", "m", "cell_phi U", "U·(a, b, c)", "phi domain", spec="8"),
        _entry("hkl", "h k l", "domain", "", "q cell_mosaic", "a·q, b·q, c·q", _EVALUATION, "index", spec="9"),
        _entry("hkl0", "h0 k0 l0", "domain", "", "hkl", "⌈h − ½⌉", _EVALUATION, "exact", spec="9"),
        _entry("dhkl", "distance from h0 k0 l0", "domain", "", "hkl hkl0", "h − h0", _EVALUATION, "index", spec="9"),
        _entry("hrad2", "squared radius", "domain", "", "dhkl Na Nb Nc", "(Δh Na)² + (Δk Nb)² + (Δl Nc)²", _EVALUATION, "lattice", spec="9.2"),
        _entry("rho", "squared radius ρ", "domain", "", "dhkl Na Nb Nc recip_regenerated semantics_spot_radius", "|Δh a* + Δk b* + Δl c*|²·(Na Nb Nc)²", _EVALUATION, "lattice", spec="9.2"),
        _entry("F_latt_a", "lattice factor, a", "domain", "", "hkl Na", "sin(π h N)/sin(π h)", _EVALUATION, "lattice", spec="9.2"),
        _entry("F_latt_b", "lattice factor, b", "domain", "", "hkl Nb", "sin(π k N)/sin(π k)", _EVALUATION, "lattice", spec="9.2"),
        _entry("F_latt_c", "lattice factor, c", "domain", "", "hkl Nc", "sin(π l N)/sin(π l)", _EVALUATION, "lattice", spec="9.2"),
        _entry("F_latt", "lattice factor", "domain", "", "F_latt_a F_latt_b F_latt_c hrad2 rho fudge shape", "product of the three; of the radius", _EVALUATION, "lattice", spec="9.2"),
        _entry("skipped_zero", "skipped", "domain", "", "F_latt dmin_rejected water_m", "1 if F_latt = 0 without water", _EVALUATION, "exact", spec="9"),
        _entry("interp_usable", "neighbourhood in the table", "domain", "", "hkl F_table_min F_table_max", "two reflections from every edge", _EVALUATION, "exact", spec="6.5"),
        _entry("interp_state", "interpolated", "domain", "", "interp_usable interpolate semantics_interpolation_fallback", "1 if F is tricubic", _EVALUATION, "exact", spec="6.6"),
        _entry("interp_floor", "⌊h⌋ ⌊k⌋ ⌊l⌋", "domain", "", "hkl", "floor", _EVALUATION, "exact", spec="6.5"),
        _entry("F_sub_sum", "sum of the neighbourhood", "domain", "electron", "interp_floor F_table_sum", "Σ F over 4 × 4 × 4", _EVALUATION, "lattice", spec="6.5"),
        _entry("F_cell", "structure factor", "domain", "electron", "hkl0 default_F F_table_sum interp_state F_sub_sum", "of h0 k0 l0, or tricubic", _EVALUATION, "lattice", spec="6.4"),
        _entry("term", "intensity of the step", "domain", "", "F_cell F_latt", "F_cell²·F_latt²", _EVALUATION, "intensity", spec="9"),
        _entry("W", "compounding factors", "domain", "", "omega_now polar_now cap_now semantics_omega semantics_polarization semantics_capture", "product of those on the running sum", _EVALUATION, spec="9.1"),
        _entry("I_running", "running sum", "domain", "", "term W I_bg weight omega_now polar_now cap_now semantics_omega semantics_polarization semantics_capture", "(I + weight·term·P)·W", _EVALUATION, "intensity", spec="9.1"),
        _entry("n_live", "steps that counted", "sum", "", "skipped_zero", "steps not skipped", kind="exact", spec="9"),
        _entry("I_total", "sum I", "sum", "", "I_running", "Σ term", kind="intensity", spec="9"),
        _entry("val_unscaled", "value before its factors", "scaling", "", "scale I_total steps", "scale·I/steps", kind="intensity", spec="9"),
        _entry("capture", "captured fraction", "scaling", "", "cap_in_force", "applied to the sum", spec="9.1"),
        _entry("polar", "polarisation factor", "scaling", "", "polar_in_force", "applied to the sum", spec="9.1"),
        _entry("omega", "solid angle", "scaling", "sr", "omega_in_force", "applied to the sum", spec="9.1"),
        _entry("val", "pixel value", "scaling", "photons", "val_unscaled capture polar omega", "scale·I/steps·capture·polar·omega", kind="intensity", spec="9"),
        _entry("float32", "value in a float32 file", "scaling", "photons", "val", "rounded to float32", kind="intensity", spec="9"),
    )
}
# fmt: on
