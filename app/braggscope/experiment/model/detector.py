"""The detector: its pixels, its place and its sensor."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from braggscope.experiment.limits import LARGEST_INT, MOST_PIXELS
from braggscope.experiment.model.part import AbsolutePath, Part, Usual, Vector3
from braggscope.physics.detector import ConventionName, Pivot


class MaskFile(Part):
    """An SMV image whose zero pixels are left out, held to its content by a checksum."""

    path: AbsolutePath
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class RegionOfInterest(Part):
    """Pixels to simulate, bounds inclusive; the others stay 0."""

    fast_min: int = Field(ge=0)
    fast_max: int = Field(ge=0)
    slow_min: int = Field(ge=0)
    slow_max: int = Field(ge=0)


class Detector(Part):
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
        description="Solid angle 1/R² without area and obliquity.",
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
