"""Where each field stands in the form: everyday fields first, the rest in sections by purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Subsection:
    """A sub-section: plain title, and the paths of its fields in order."""

    name: str
    title: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A group: the paths that are always visible, and its sub-sections."""

    name: str
    title: str
    everyday: tuple[str, ...]
    subsections: tuple[Subsection, ...] = ()


#: The path of the presets' chooser: it stands for all options together.
SEMANTICS: Final = "semantics"


def _of(part: str, names: str) -> tuple[str, ...]:
    return tuple(f"{part}.{name}" for name in names.split())


_BEAM: Final = Group(
    "beam",
    "Beam",
    _of("beam", "wavelength_A fluence_per_m2"),
    (
        Subsection(
            "spectrum",
            "Spectrum, divergence",
            _of(
                "beam",
                "dispersion_percent dispersion_steps"
                " divergence_h_mrad divergence_h_steps divergence_h_step_mrad"
                " divergence_v_mrad divergence_v_steps divergence_v_step_mrad"
                " round_divergence sources",
            ),
        ),
        Subsection("polarisation", "Polarisation", _of("beam", "polarized kahn_factor")),
        Subsection("flux", "Flux and beam size", _of("beam", "flux_per_s exposure_s size_mm")),
    ),
)
_CRYSTAL: Final = Group(
    "crystal",
    "Crystal",
    _of("crystal", "cell structure_factors default_F interpolate cells_a cells_b cells_c"),
    (
        Subsection("orientation", "Orientation", _of("crystal", "matrix misset_deg misset_seed")),
        Subsection(
            "shape", "Size and shape", _of("crystal", "shape fudge size_a_mm size_b_mm size_c_mm")
        ),
        Subsection(
            "mosaic", "Mosaic", _of("crystal", "mosaic_spread_deg mosaic_domains mosaic_seed")
        ),
    ),
)
_DETECTOR: Final = Group(
    "detector",
    "Detector",
    _of("detector", "convention distance_mm beam_x_mm beam_y_mm pixel_mm pixels_fast pixels_slow"),
    (
        Subsection(
            "nearest",
            "Nearest point",
            _of("detector", "close_distance_mm org_x_px org_y_px close_x_mm close_y_mm"),
        ),
        Subsection(
            "size", "Size, region and mask", _of("detector", "size_fast_mm size_slow_mm roi mask")
        ),
        Subsection(
            "rotation",
            "Rotation",
            _of("detector", "rotation_x_deg rotation_y_deg rotation_z_deg twotheta_deg"),
        ),
        Subsection(
            "sensor",
            "Sensor",
            _of("detector", "thickness_um thickness_layers attenuation_um curved point_pixel"),
        ),
        # The directions of beam and spindle stand here: it is the convention that reads them.
        Subsection(
            "custom",
            "Custom axes",
            (
                *_of("detector", "fast_axis slow_axis normal_axis twotheta_axis pivot"),
                *_of("beam", "direction polarization_axis"),
                *_of("sampling", "spindle_axis"),
            ),
        ),
    ),
)
_SAMPLING: Final = Group(
    "sampling",
    "Sampling",
    _of("sampling", "oversample phi_start_deg osc_deg phi_steps phi_step_deg dmin_A"),
)
_BACKGROUND: Final = Group("background", "Background", _of("background", "water_um"))
_SEMANTICS: Final = Group(
    SEMANTICS,
    "Semantics",
    (SEMANTICS,),
    (
        Subsection(
            "options",
            "Option by option",
            _of(
                SEMANTICS,
                "omega polarization capture phi_carry_over source_weights"
                " interpolation_fallback thickness_layers water_scale spot_radius"
                " mosaic_generator",
            ),
        ),
    ),
)
GROUPS: Final = (_BEAM, _CRYSTAL, _DETECTOR, _SAMPLING, _BACKGROUND, _SEMANTICS)
