"""Named parts of a detector image: what they are and which pixels they hold."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from braggscope.errors import InvalidInput
from braggscope.physics.resolution import ScatteringGeometry, resolution_A

_ROWS_AT_A_TIME = 64
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
    """Pixels whose middle diffracts at a resolution d_min_A ≤ d < d_max_A, Å; d_max_A may be ∞."""

    kind: Literal["shell"] = "shell"
    d_min_A: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    # JSON has no infinity: it travels as text.
    d_max_A: Annotated[
        float,
        Field(gt=0.0),
        PlainSerializer(lambda x: x if math.isfinite(x) else str(x), when_used="json"),
    ]


class Masked(_Frozen):
    """The mask's complement: pixels that otherwise do not count."""

    kind: Literal["masked"] = "masked"


RegionShape = Annotated[Rectangle | Ellipse | Shell | Masked, Field(discriminator="kind")]


class ImageRegion(_Frozen):
    """A part of the detector with a name of its own."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    shape: RegionShape


def pixels_of(
    shape: RegionShape,
    image_shape: tuple[int, int],
    geometry: ScatteringGeometry | None = None,
    mask: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """[slow, fast] True for the pixels of a region; parts beyond the image do not exist.

    Args:
        image_shape: (slow, fast) pixel counts.
        geometry: for shells; see `braggscope.physics.resolution.geometry_of`.
        mask: [slow, fast] True where a pixel does not count; None: all count.

    Raises:
        InvalidInput: a shell, and no geometry.
    """
    if isinstance(shape, Masked):
        return np.zeros(image_shape, np.bool_) if mask is None else mask.copy()
    if isinstance(shape, Shell):
        return _shell(shape, image_shape, geometry)
    inside = np.zeros(image_shape, np.bool_)
    if isinstance(shape, Rectangle):
        rows = _middles(shape.slow, shape.slow + shape.height, image_shape[0])
        columns = _middles(shape.fast, shape.fast + shape.width, image_shape[1])
        inside[rows, columns] = True
        return inside
    rows = _middles(shape.slow - shape.half_height, shape.slow + shape.half_height, image_shape[0])
    columns = _middles(shape.fast - shape.half_width, shape.fast + shape.half_width, image_shape[1])
    slow = (np.arange(rows.start, rows.stop) + 0.5 - shape.slow) / shape.half_height
    fast = (np.arange(columns.start, columns.stop) + 0.5 - shape.fast) / shape.half_width
    inside[rows, columns] = slow[:, None] ** 2 + fast**2 < 1.0
    return inside


def _middles(start: float, stop: float, count: int) -> slice:
    """The pixels of an axis whose middle lies in [start, stop)."""
    first, last = (math.ceil(min(max(end - 0.5, 0.0), count)) for end in (start, stop))
    return slice(first, max(first, last))


def _shell(
    shape: Shell, image_shape: tuple[int, int], geometry: ScatteringGeometry | None
) -> NDArray[np.bool_]:
    if geometry is None:
        raise InvalidInput(
            "the pixels of a resolution shell are not known",
            why="nothing says where the detector of this image stands",
            remedy="Compare with a run, or mark the region as a rectangle or an ellipse",
        )
    inside = np.empty(image_shape, np.bool_)
    fast = np.arange(image_shape[1], dtype=np.float64) + 0.5
    for start in range(0, image_shape[0], _ROWS_AT_A_TIME):
        rows = slice(start, min(start + _ROWS_AT_A_TIME, image_shape[0]))
        slow = np.arange(rows.start, rows.stop, dtype=np.float64)[:, None] + 0.5
        resolution = resolution_A(geometry, slow, fast)
        inside[rows] = (resolution >= shape.d_min_A) & (resolution < shape.d_max_A)
        # The direct beam lies in the shell that has no outer end.
        if math.isinf(shape.d_max_A):
            inside[rows] |= np.isinf(resolution)
    return inside
