"""Background: what scatters besides the crystal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from braggscope.experiment.model.part import Part, Usual


class Background(Part):
    """What scatters besides the crystal."""

    water_um: Annotated[float, Usual(ge=0, le=1e9)] = Field(
        0.0,
        title="Water",
        description="Edge of a water cube around the crystal, µm.",
    )
