"""The beam: what shines on the crystal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from braggscope.experiment.limits import LARGEST_INT
from braggscope.experiment.model.part import AbsolutePath, Part, Usual, Vector3
from braggscope.physics.constants import DEFAULT_FLUENCE_PER_M2


class SourceRow(Part):
    """One line of a source file; None stands for a column that is missing."""

    x: float | None = None
    y: float | None = None
    z: float | None = None
    weight: float | None = None
    wavelength_m: float | None = None


class SourceList(Part):
    """Point sources of the beam: where each one stands, how strong it is, its wavelength."""

    rows: tuple[SourceRow, ...] = Field(min_length=1)
    path: AbsolutePath | None = Field(None, description="The file it was read from.")


class Beam(Part):
    """The X-ray beam."""

    wavelength_A: Annotated[float, Usual(ge=1e-6, le=1e6)] = Field(
        1.0, gt=0, title="Wavelength", description="Wavelength, Å."
    )
    dispersion_percent: Annotated[float, Usual(ge=0, lt=100)] = Field(
        0.0, title="Dispersion", description="Full width of the spectrum, % of the wavelength."
    )
    dispersion_steps: int | None = Field(
        None,
        ge=1,
        le=LARGEST_INT,
        title="Wavelengths",
        description="Automatic: 2 with a dispersion.",
    )
    divergence_h_mrad: Annotated[float | None, Usual(le=1e9)] = Field(
        None, ge=0, title="Divergence, horizontal", description="Full range, mrad."
    )
    divergence_h_step_mrad: Annotated[float | None, Usual(le=1e9)] = Field(
        None, gt=0, title="Step, horizontal", description="Angle between sources, mrad."
    )
    divergence_h_steps: int | None = Field(
        None, ge=1, le=LARGEST_INT, title="Steps, horizontal", description="Number of directions."
    )
    divergence_v_mrad: Annotated[float | None, Usual(le=1e9)] = Field(
        None, ge=0, title="Divergence, vertical", description="Full range, mrad."
    )
    divergence_v_step_mrad: Annotated[float | None, Usual(le=1e9)] = Field(
        None, gt=0, title="Step, vertical", description="Angle between sources, mrad."
    )
    divergence_v_steps: int | None = Field(
        None, ge=1, le=LARGEST_INT, title="Steps, vertical", description="Number of directions."
    )
    round_divergence: bool = Field(
        True,
        title="Round divergence",
        description="Cut the grid of directions to an ellipse.",
    )
    sources: SourceList | None = Field(
        None,
        title="Source file",
        description="Point sources; takes the place of divergence and dispersion.",
    )
    polarized: bool = Field(
        True,
        title="Polarisation factor",
        description="Apply the polarisation factor; switched off, it is 1 (-nopolar).",
    )
    kahn_factor: Annotated[float, Usual(ge=-1, le=1)] = Field(
        0.0,
        title="Kahn factor",
        description="Degree of polarisation: 0 unpolarised, 1 fully polarised.",
    )
    fluence_per_m2: Annotated[float, Usual(gt=0)] = Field(
        DEFAULT_FLUENCE_PER_M2,
        title="Fluence",
        description="Photons/m² on the sample; the default makes r_e²·fluence equal to 1.",
    )
    flux_per_s: Annotated[float | None, Usual(gt=0)] = Field(
        None,
        title="Flux",
        description="Photons/s; with exposure and beam size it takes the place of the fluence.",
    )
    exposure_s: Annotated[float, Usual(gt=0)] = Field(
        1.0, title="Exposure", description="Used with a flux, s."
    )
    size_mm: Annotated[float, Usual(gt=0)] = Field(
        0.1,
        title="Beam size",
        description="Edge of the beam, mm; used with a flux, limits the crystal along b and c.",
    )
    direction: Vector3 | None = Field(
        None, title="Beam direction", description="Lab frame; convention CUSTOM only."
    )
    polarization_axis: Vector3 | None = Field(
        None, title="Polarisation axis", description="Lab frame; convention CUSTOM only."
    )
