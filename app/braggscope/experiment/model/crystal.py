"""The crystal: its cell, its orientation, its size, its order and its structure factors."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from braggscope.experiment.limits import LARGEST_INT
from braggscope.experiment.model.part import AbsolutePath, Part, Usual, Vector3
from braggscope.physics.shapes import Shape


class UnitCell(Part):
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


class OrientationMatrix(Part):
    """A MOSFLM A-matrix, wavelength included: rows x, y, z; columns a*, b*, c*."""

    rows: tuple[Vector3, Vector3, Vector3]
    path: AbsolutePath | None = Field(None, description="The file it was read from.")


class StructureFactors(Part):
    """A file of structure factors, held to its content by a checksum."""

    path: AbsolutePath
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    column: str | None = Field(
        None, description="Amplitude or intensity column of an MTZ or CIF file; None finds one."
    )
    resolution_A: float | None = Field(
        None, gt=0, description="Resolution to which a model's structure factors are computed, Å."
    )


class Crystal(Part):
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
