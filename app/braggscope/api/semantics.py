"""Named options for what nanoBragg does surprisingly; its behaviour is always the default."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PixelFactor = Literal["first", "last", "mean"]


class Semantics(BaseModel):
    """Which of several defensible meanings a run uses (spec section 15)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    omega: PixelFactor = Field(
        "first",
        title="Solid angle",
        description="Which sub-pixel's solid angle counts for the pixel (spec Q41).",
    )
    polarization: PixelFactor = Field(
        "first",
        title="Polarisation",
        description="Which sub-pixel's polarisation factor counts for the pixel (spec Q41).",
    )
