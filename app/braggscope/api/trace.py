"""PixelTrace: every variable on a pixel's way from the experiment to its value.

Engines provide the values; `braggscope.api.catalogue` knows the rest of the usual variables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api.catalogue import (
    CATALOGUE,
    CatalogueEntry,
    Dim,
    Stage,
    VariableKind,
    stage_of,
)
from braggscope.api.run import Pixel

#: Enough for every bit of a float64.
_ALL_DIGITS: Final = 17


@dataclass(frozen=True, eq=False)
class Variable:
    """One variable of a trace.

    Attributes:
        name: of the trace schema.
        unit: SI or the schema's unit; "" for a pure number.
        dims: loops it depends on, outermost first.
        values: one axis per dim, then one axis of components for vectors (3) and matrices (9);
            integer, float64 or text. NaN where the variable was not evaluated.
        inputs: names of the variables it is computed from.
        formula: in words and symbols.
        label: name for people.
        stage: where in the physics it belongs.
        kind: how its values are compared.
        digits: significant digits that its values were printed with, where that is fewer than they
            have.
    """

    name: str
    unit: str
    dims: tuple[Dim, ...]
    values: NDArray[Any]
    inputs: tuple[str, ...]
    formula: str = ""
    label: str = ""
    stage: Stage = "scaling"
    kind: VariableKind = "geometry"
    digits: int = _ALL_DIGITS

    @property
    def title(self) -> str:
        """Its label with its name; its name alone where that says the same."""
        return self.name if self.label in ("", self.name) else f"{self.label} ({self.name})"

    @property
    def rounding(self) -> float:
        """By how much its values may be rounded, relative to them; whole numbers are exact."""
        return 0.0 if self.kind == "exact" else 10.0 ** (1 - self.digits)


@dataclass(frozen=True, eq=False)
class PixelTrace:
    """The trace of one pixel.

    Attributes:
        pixel: which one.
        engine: id of the engine that made it.
        variables: in order of dependency.
        value: the pixel's value that the trace ends in, photons.
        image_value: the pixel's value in the run's image; None if there is no image.
        precision: "float64", "mixed" …
        partial: whether it may know less than all: a variable that is missing, NaN, or has fewer
            steps along a loop is then not known, and no difference.
        digits: significant digits that its value was printed with.
    """

    pixel: Pixel
    engine: str
    variables: tuple[Variable, ...]
    value: float
    image_value: float | None = None
    precision: str = "float64"
    partial: bool = False
    digits: int = _ALL_DIGITS

    def __getitem__(self, name: str) -> Variable:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def get(self, name: str) -> Variable | None:
        """The variable of that name, or None."""
        return self._by_name.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Variable]:
        # Of equal names the first counts.
        return {item.name: item for item in reversed(self.variables)}

    @property
    def agrees_with_image(self) -> bool:
        """Whether the trace ends in the image's value, as closely as the precision allows."""
        if self.image_value is None or self.image_value == self.value:
            return True
        allowed = 1e-5 if self.precision != "float64" else 1e-9
        # A float32 image file rounds the value once more.
        allowed = max(allowed, 1.2e-7, 10.0 ** (1 - self.digits))
        return math.isclose(self.image_value, self.value, rel_tol=allowed)

    def to_dict(
        self, elsewhere: Callable[[NDArray[Any]], Any] = lambda values: None
    ) -> dict[str, Any]:
        """Plain data for messages and files; numbers keep every bit, NaN and inf become text.

        Args:
            elsewhere: says where the numbers of a variable are kept instead; None: nowhere.
        """
        return {
            "pixel": list(self.pixel),
            "engine": self.engine,
            "value": _plain(self.value),
            "image_value": None if self.image_value is None else _plain(self.image_value),
            "precision": self.precision,
            "partial": self.partial,
            "digits": self.digits,
            "variables": [
                {
                    "name": v.name,
                    "unit": v.unit,
                    "dims": list(v.dims),
                    "shape": list(v.values.shape),
                    "values": elsewhere(v.values) or _plain_values(v.values),
                    "inputs": list(v.inputs),
                    "formula": v.formula,
                    "label": v.label,
                    "stage": v.stage,
                    "kind": v.kind,
                    "digits": v.digits,
                }
                for v in self.variables
            ],
        }

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], kept: Callable[[Any], NDArray[Any]] | None = None
    ) -> PixelTrace:
        """The inverse of `to_dict`.

        Args:
            kept: gives the numbers that are kept elsewhere.
        """
        image_value = data["image_value"]
        digits = int(data.get("digits", _ALL_DIGITS))
        return cls(
            pixel=Pixel(*data["pixel"]),
            engine=data["engine"],
            value=float(data["value"]),
            image_value=None if image_value is None else float(image_value),
            precision=data["precision"],
            partial=bool(data.get("partial", False)),
            digits=digits,
            variables=tuple(_variable_from(item, digits, kept) for item in data["variables"]),
        )


def _plain_values(values: NDArray[Any]) -> list[Any]:
    plain: list[Any] = values.ravel().tolist()
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return plain
    return [_plain(value) for value in plain]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _variable_from(
    item: Mapping[str, Any], digits: int, kept: Callable[[Any], NDArray[Any]] | None
) -> Variable:
    values = item["values"]
    if kept is not None and isinstance(values, Mapping):
        values = kept(values)
        if item["kind"] != "exact":
            values = values.astype(np.float64, copy=False)
    elif item["kind"] != "exact" or any(isinstance(v, float) for v in values):
        values = list(map(float, values))
    return Variable(
        name=item["name"],
        unit=item["unit"],
        dims=tuple(item["dims"]),
        values=np.asarray(values).reshape(item["shape"]),
        inputs=tuple(item["inputs"]),
        formula=item["formula"],
        label=item["label"],
        stage=stage_of(item["name"], item["stage"]),
        kind=item["kind"],
        digits=int(item.get("digits", digits)),
    )


def variable(
    name: str,
    values: object,
    entry: CatalogueEntry | None = None,
    dims: tuple[Dim, ...] | None = None,
) -> Variable:
    """A variable of the catalogue with its values.

    Args:
        name, values: as in `Variable`.
        entry: what is known of it, for a name that is not in the catalogue.
        dims: the loops of the values, where they are fewer than the catalogue's.

    Raises:
        KeyError: the name is not in the catalogue and no entry was given.
    """
    known = entry or CATALOGUE[name]
    return Variable(
        name=name,
        unit=known.unit,
        dims=known.dims if dims is None else dims,
        values=np.asarray(values),
        inputs=known.inputs,
        formula=known.formula,
        label=known.label,
        stage=known.stage,
        kind=known.kind,
    )


def in_order(variables: Sequence[Variable]) -> tuple[Variable, ...]:
    """Variables sorted as in the catalogue, unknown ones last in the order given."""
    rank = {name: position for position, name in enumerate(CATALOGUE)}
    return tuple(sorted(variables, key=lambda item: rank.get(item.name, len(rank))))
