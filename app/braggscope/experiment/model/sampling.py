"""Sampling: sub-pixels, the crystal's rotation, and the resolution cut-off."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from braggscope.experiment.limits import LARGEST_INT, LARGEST_OVERSAMPLE
from braggscope.experiment.model.part import Part, Usual, Vector3


class Sampling(Part):
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
