"""Experiment: what the user said, validated and frozen. None means "choose for me".

Numbers are in the units that people type (Å, mm, degrees); `resolve` turns them into SI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from braggscope.experiment.limits import (
    LARGEST_INT,
    LARGEST_OVERSAMPLE,
    MOST_PIXELS,
)
from braggscope.experiment.problems import invalid_experiment
from braggscope.physics.constants import DEFAULT_FLUENCE_PER_M2
from braggscope.physics.detector import ConventionName, Pivot
from braggscope.physics.shapes import Shape

Vector3 = tuple[float, float, float]


@dataclass(frozen=True)
class Usual:
    """The range of values that can be meant; outside it nanoBragg still computes something.

    A value outside is a doubt (`experiment.doubts`): an error in files and in the window, a warning
    on the command line.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None


class _Part(BaseModel):
    """Frozen, closed, finite: a typing error in a field's name is an error, and so is NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """True and false are no numbers, though Python counts with them."""
        parts = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(part, bool) for part in parts):
            annotation = cls.model_fields[info.field_name or ""].annotation
            if bool not in (annotation, *get_args(annotation)):
                raise ValueError("true and false are not allowed here")
        return value


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("a file must be named by its absolute path here")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class SourceRow(_Part):
    """One line of a source file; None stands for a column that is missing."""

    x: float | None = None
    y: float | None = None
    z: float | None = None
    weight: float | None = None
    wavelength_m: float | None = None


class SourceList(_Part):
    """Point sources of the beam: where each one stands, how strong it is, its wavelength."""

    rows: tuple[SourceRow, ...] = Field(min_length=1)
    path: AbsolutePath | None = Field(None, description="The file it was read from.")


class Beam(_Part):
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


class UnitCell(_Part):
    """Unit cell; lengths in Å, angles in degrees."""

    a_A: Annotated[float, Usual(le=1e6)] = Field(gt=0, title="a", description="Cell edge a, Å.")
    b_A: Annotated[float, Usual(le=1e6)] = Field(gt=0, title="b", description="Cell edge b, Å.")
    c_A: Annotated[float, Usual(le=1e6)] = Field(gt=0, title="c", description="Cell edge c, Å.")
    alpha_deg: Annotated[float, Usual(lt=180)] = Field(
        90.0, gt=0, title="α", description="Angle b∧c, degrees."
    )
    beta_deg: Annotated[float, Usual(lt=180)] = Field(
        90.0, gt=0, title="β", description="Angle a∧c, degrees."
    )
    gamma_deg: Annotated[float, Usual(lt=180)] = Field(
        90.0, gt=0, title="γ", description="Angle a∧b, degrees."
    )


class OrientationMatrix(_Part):
    """A MOSFLM A-matrix, wavelength included: rows x, y, z; columns a*, b*, c*."""

    rows: tuple[Vector3, Vector3, Vector3]
    path: AbsolutePath | None = Field(None, description="The file it was read from.")


class StructureFactors(_Part):
    """A file of structure factors, held to its content by a checksum."""

    path: AbsolutePath
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    column: str | None = Field(
        None, description="Amplitude or intensity column of an MTZ or CIF file; None finds one."
    )
    resolution_A: float | None = Field(
        None, gt=0, description="Resolution to which a model's structure factors are computed, Å."
    )


class Crystal(_Part):
    """The crystal: its cell, its orientation, its size and its order."""

    cell: UnitCell | None = Field(None, title="Unit cell")
    matrix: OrientationMatrix | None = Field(
        None,
        title="Orientation matrix",
        description="MOSFLM A-matrix; with a cell too, directions come from the matrix and lengths"
        " from the cell.",
    )
    misset_deg: Vector3 | None = Field(
        None,
        title="Misset",
        description="Rotations about the lab x, y and z axes, in that order, degrees.",
    )
    misset_seed: int | None = Field(
        None,
        ge=-LARGEST_INT,
        le=LARGEST_INT,
        title="Random orientation",
        description="Seed of a random misset, which then takes the place of the angles.",
    )
    shape: Shape = Field(
        "square",
        title="Shape",
        description="Shape of the crystal, or of the spots: parallelepiped, ellipsoid, Gaussian or"
        " top-hat spots.",
    )
    fudge: Annotated[float, Usual(gt=0)] = Field(
        1.0,
        title="Fudge",
        description="Scales the squared spot radius of ROUND, GAUSS and TOPHAT.",
    )
    cells_a: Annotated[int, Usual(le=10**6)] = Field(
        1, ge=1, le=LARGEST_INT, title="Cells along a", description="Unit cells along a."
    )
    cells_b: Annotated[int, Usual(le=10**6)] = Field(
        1, ge=1, le=LARGEST_INT, title="Cells along b", description="Unit cells along b."
    )
    cells_c: Annotated[int, Usual(le=10**6)] = Field(
        1, ge=1, le=LARGEST_INT, title="Cells along c", description="Unit cells along c."
    )
    size_a_mm: float | None = Field(
        None, gt=0, title="Size along a", description="Takes the place of the cells along a, mm."
    )
    size_b_mm: float | None = Field(
        None,
        gt=0,
        title="Size along b",
        description="Takes the place of the cells along b, mm; at most the beam size.",
    )
    size_c_mm: float | None = Field(
        None,
        gt=0,
        title="Size along c",
        description="Takes the place of the cells along c, mm; at most the beam size.",
    )
    structure_factors: StructureFactors | None = Field(None, title="Structure factors")
    default_F: Annotated[float, Usual(ge=0)] = Field(
        0.0,
        title="Default F",
        description="Structure factor of reflections that are not listed, electrons.",
    )
    interpolate: bool | None = Field(
        None,
        title="Interpolate F",
        description="Tricubic interpolation between structure factors; automatic: for crystals of"
        " one or two cells.",
    )
    mosaic_spread_deg: Annotated[float, Usual(le=180)] = Field(
        0.0,
        ge=0,
        title="Mosaic spread",
        description="Largest rotation of a mosaic domain, degrees.",
    )
    mosaic_domains: int | None = Field(
        None,
        ge=1,
        le=LARGEST_INT,
        title="Mosaic domains",
        description="Automatic: 10 with a spread.",
    )
    mosaic_seed: int = Field(
        12345678,
        ge=-LARGEST_INT,
        le=LARGEST_INT,
        title="Mosaic seed",
        description="Seed of the domains.",
    )

    @model_validator(mode="after")
    def _can_be_simulated(self) -> Self:
        if self.cell is None and self.matrix is None:
            raise ValueError("a unit cell or an orientation matrix is needed (-cell or -mat)")
        if self.structure_factors is None and self.default_F == 0:
            raise ValueError(
                "structure factors are needed: a file (-hkl) or a default value (-default_F)"
            )
        return self


class MaskFile(_Part):
    """An SMV image whose zero pixels are left out, held to its content by a checksum."""

    path: AbsolutePath
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class RegionOfInterest(_Part):
    """Pixels to simulate, bounds inclusive; the others stay 0."""

    fast_min: int = Field(ge=0)
    fast_max: int = Field(ge=0)
    slow_min: int = Field(ge=0)
    slow_max: int = Field(ge=0)


class Detector(_Part):
    """The detector and its convention for axes and beam centre."""

    convention: ConventionName = Field(
        "mosflm",
        title="Convention",
        description="Sets axes, pivot and the meaning of the beam centre.",
    )
    pixel_mm: Annotated[float, Usual(ge=1e-6, le=1e4)] = Field(
        0.1, gt=0, title="Pixel size", description="Pixel edge, mm."
    )
    pixels_fast: int | None = Field(
        None, ge=1, le=MOST_PIXELS, title="Pixels, fast", description="Automatic: from the size."
    )
    pixels_slow: int | None = Field(
        None, ge=1, le=MOST_PIXELS, title="Pixels, slow", description="Automatic: from the size."
    )
    size_fast_mm: Annotated[float, Usual(le=1e6)] = Field(
        102.4, gt=0, title="Size, fast", description="Used when pixels are not counted, mm."
    )
    size_slow_mm: Annotated[float, Usual(le=1e6)] = Field(
        102.4, gt=0, title="Size, slow", description="Used when pixels are not counted, mm."
    )
    distance_mm: Annotated[float, Usual(ge=1e-6, le=1e7)] = Field(
        100.0,
        gt=0,
        title="Distance",
        description="From the sample along the beam, mm.",
    )
    close_distance_mm: Annotated[float | None, Usual(gt=0)] = Field(
        None,
        title="Nearest distance",
        description="From the sample along the detector's normal, mm; takes the place of the"
        " distance.",
    )
    beam_x_mm: float | None = Field(
        None,
        title="Beam X",
        description="Xbeam in the convention's terms, mm (MOSFLM, DENZO: slow; ADXV: fast).",
    )
    beam_y_mm: float | None = Field(
        None,
        title="Beam Y",
        description="Ybeam in the convention's terms, mm (MOSFLM, DENZO: fast; ADXV: slow, from"
        " the far edge).",
    )
    close_x_mm: float | None = Field(
        None, title="Xclose", description="CUSTOM: nearest point, fast, mm."
    )
    close_y_mm: float | None = Field(
        None, title="Yclose", description="CUSTOM: nearest point, slow, mm."
    )
    org_x_px: float | None = Field(
        None, title="ORGX", description="XDS and DIALS: nearest point, fast, pixels from 1."
    )
    org_y_px: float | None = Field(
        None, title="ORGY", description="XDS and DIALS: nearest point, slow, pixels from 1."
    )
    rotation_x_deg: float = Field(
        0.0, title="Rotation about x", description="Of the detector, lab frame, degrees."
    )
    rotation_y_deg: float = Field(
        0.0, title="Rotation about y", description="Of the detector, after x, degrees."
    )
    rotation_z_deg: float = Field(
        0.0, title="Rotation about z", description="Of the detector, after y, degrees."
    )
    twotheta_deg: float = Field(
        0.0, title="2θ", description="Swing of the detector about the 2θ axis, degrees."
    )
    pivot: Pivot | None = Field(
        None,
        title="Pivot",
        description="What keeps its place when the detector turns; CUSTOM only (default: beam).",
    )
    fast_axis: Vector3 | None = Field(
        None, title="Fast axis", description="Lab frame; convention CUSTOM only."
    )
    slow_axis: Vector3 | None = Field(
        None, title="Slow axis", description="Lab frame; convention CUSTOM only."
    )
    normal_axis: Vector3 | None = Field(
        None, title="Normal", description="Away from the sample; convention CUSTOM only."
    )
    twotheta_axis: Vector3 | None = Field(
        None,
        title="2θ axis",
        description="Used as given, not normalised; convention CUSTOM only.",
    )
    curved: bool = Field(
        False, title="Curved", description="All pixels at the same distance from the sample."
    )
    point_pixel: bool = Field(
        False,
        title="Point pixels",
        description="Solid angle 1/R² without area and obliquity (Q16).",
    )
    thickness_um: Annotated[float, Usual(ge=0, le=1e6)] = Field(
        0.0, title="Sensor thickness", description="0: no parallax, no loss; µm."
    )
    thickness_layers: int | None = Field(
        None,
        ge=1,
        le=LARGEST_INT,
        title="Sensor layers",
        description="Automatic: 2 with a thickness.",
    )
    attenuation_um: float | None = Field(
        None,
        ge=0,
        title="Attenuation depth",
        description="Of the sensor, µm; automatic: the thickness. 0 absorbs nothing.",
    )
    mask: MaskFile | None = Field(
        None, title="Mask", description="SMV image; pixels that are 0 in it are not simulated."
    )
    roi: RegionOfInterest | None = Field(None, title="Region of interest")


class Sampling(_Part):
    """How finely pixels and the rotation are sampled."""

    oversample: Annotated[int | None, Usual(le=1000)] = Field(
        None,
        ge=1,
        le=LARGEST_OVERSAMPLE,
        title="Oversampling",
        description="Sub-pixels per axis; automatic: three per fringe.",
    )
    phi_start_deg: Annotated[float, Usual(ge=-3600, le=3600)] = Field(
        0.0,
        title="φ start",
        description="Spindle angle of the first step, degrees.",
    )
    spindle_axis: Vector3 | None = Field(
        None, title="Spindle axis", description="Lab frame; convention CUSTOM only."
    )
    osc_deg: Annotated[float | None, Usual(le=3600)] = Field(
        None, ge=0, title="Oscillation", description="Range of the rotation, degrees."
    )
    phi_step_deg: Annotated[float | None, Usual(le=3600)] = Field(
        None, ge=0, title="φ step", description="Angle between steps, degrees."
    )
    phi_steps: int | None = Field(
        None,
        ge=1,
        le=LARGEST_INT,
        title="φ steps",
        description="Number of steps of the rotation.",
    )
    dmin_A: float = Field(
        0.0,
        ge=0,
        title="Resolution cut-off",
        description="Leave out everything beyond this resolution, Å; 0 is no cut-off.",
    )


class Background(_Part):
    """What scatters besides the crystal."""

    water_um: Annotated[float, Usual(ge=0, le=1e9)] = Field(
        0.0,
        title="Water",
        description="Edge of a water cube around the crystal, µm.",
    )


class Experiment(_Part):
    """One diffraction experiment: beam, crystal, detector, sampling and background."""

    beam: Beam = Field(default_factory=Beam)
    crystal: Crystal
    detector: Detector = Field(default_factory=Detector)
    sampling: Sampling = Field(default_factory=Sampling)
    background: Background = Field(default_factory=Background)

    #: Where each field was said: field path -> flag or file. Not part of the experiment's identity.
    _sources: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def build(
        cls,
        data: Mapping[str, Any],
        sources: Mapping[str, str] | None = None,
        *,
        strict: bool = True,
    ) -> Experiment:
        """Validate plain data.

        Args:
            data: nested fields, as in a TOML file.
            sources: for each dotted field path, the flag or file that said it.
            strict: whether a doubt is an error (`experiment.doubts`); else only what cannot be
                simulated is one.

        Raises:
            InvalidInput: names field, value, allowed range and source of everything wrong.
        """
        from braggscope.experiment.doubts import refuse_doubts

        try:
            experiment = cls.model_validate(data)
        except ValidationError as error:
            raise invalid_experiment(cls, error, sources or {}) from None
        experiment._sources = dict(sources or {})
        if strict:
            refuse_doubts(experiment)
        return experiment

    @classmethod
    def from_nanobragg(
        cls, argv: Sequence[str], folder: Path | None = None, *, strict: bool = False
    ) -> Experiment:
        """Read a nanoBragg command line; file names are relative to folder (default: here).

        `nanobragg.parse_command_line` gives its semantics, output and warnings too.
        """
        from braggscope.experiment.nanobragg import experiment_from_flags

        return experiment_from_flags(argv, folder, strict=strict)

    def to_nanobragg(
        self,
        *,
        hkl: str | None = None,
        matrix: str | None = None,
        sources: str | None = None,
        mask: str | None = None,
    ) -> list[str]:
        """The experiment as nanoBragg flags; see `nanobragg_writer.flags_of`."""
        from braggscope.experiment.nanobragg_writer import flags_of

        return flags_of(self, hkl=hkl, matrix=matrix, sources=sources, mask=mask)

    def with_override(self, path: str, value: Any) -> Experiment:
        """A copy in which the field at a dotted path has another value.

        Raises:
            InvalidInput: no such field, or the value does not fit it.
        """
        return self.with_overrides({path: value})

    def with_overrides(self, overrides: Mapping[str, Any]) -> Experiment:
        """A copy in which the fields at dotted paths have other values."""
        from braggscope.experiment.overrides import apply_overrides

        return apply_overrides(self, overrides)

    def __eq__(self, other: object) -> bool:
        """Equal when the same was said, wherever it was said."""
        return isinstance(other, Experiment) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def _fields(self) -> tuple[BaseModel, ...]:
        return (self.beam, self.crystal, self.detector, self.sampling, self.background)

    def source_of(self, path: str) -> str:
        """The flag or file that said a field, or "" when it was set otherwise."""
        return self._sources.get(path, "")
