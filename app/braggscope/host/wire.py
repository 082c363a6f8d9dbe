"""What messages on the wire are made of."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

#: A float that may be NaN or infinite.
WireFloat = Annotated[
    float, PlainSerializer(lambda x: x if math.isfinite(x) else str(x), when_used="json")
]


class WireMessage(BaseModel):
    """Frozen; fields that are not known are passed over."""

    model_config = ConfigDict(frozen=True)


class ArrayReference(WireMessage):
    """A mapped file that holds one C-ordered array and nothing else."""

    path: str
    dtype: str
    shape: tuple[int, ...]
