"""Named parts of a detector image: what they are, not how they are drawn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rectangle(_Frozen):
    """Pixels whose middle lies inside; coordinates in pixels, (slow, fast) covers [n, n+1]."""

    kind: Literal["rectangle"] = "rectangle"
    slow: _Finite
    fast: _Finite
    height: _Positive
    width: _Positive


class Ellipse(_Frozen):
    """Pixels whose middle lies inside an upright ellipse; middle and half axes in pixels."""

    kind: Literal["ellipse"] = "ellipse"
    slow: _Finite
    fast: _Finite
    half_height: _Positive
    half_width: _Positive


class Shell(_Frozen):
    """Pixels whose middle diffracts at a resolution d_min_A ≤ d < d_max_A, Å."""

    kind: Literal["shell"] = "shell"
    d_min_A: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    d_max_A: Annotated[float, Field(gt=0.0)]


class Masked(_Frozen):
    """The mask's complement: pixels that otherwise do not count."""

    kind: Literal["masked"] = "masked"


RegionShape = Annotated[Rectangle | Ellipse | Shell | Masked, Field(discriminator="kind")]


class ImageRegion(_Frozen):
    """A part of the detector with a name of its own."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    shape: RegionShape
