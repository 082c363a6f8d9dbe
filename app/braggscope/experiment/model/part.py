"""What the parts of an experiment are made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, field_validator

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


class Part(BaseModel):
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
