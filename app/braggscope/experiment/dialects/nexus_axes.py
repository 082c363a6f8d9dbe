"""Chains of transformations in a NeXus file: where a detector is, and how a sample turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.nexus_file import NexusFile, plain_numbers, text_of
from braggscope.experiment.dialects.numbers import numbers_of, vector_of
from braggscope.physics.arrays import stack
from braggscope.physics.rotation import Matrix, Vector, rotate_axis

_MOST_LINKS: Final = 32


@dataclass(frozen=True, eq=False)
class Axis:
    """One transformation: a length in m along, or an angle in degrees about, a vector."""

    name: str
    is_rotation: bool
    values: Vector
    vector: Vector
    offset_m: Vector
    depends_on: str

    def matrix(self, index: int = 0) -> Matrix:
        """(4, 4) in homogeneous coordinates, m."""
        value = float(self.values[min(index, len(self.values) - 1)])
        made = np.eye(4)
        made[:3, 3] = self.offset_m
        if self.is_rotation:
            unit = self.vector / np.linalg.norm(self.vector)
            angle = np.radians(value)
            made[:3, :3] = stack(*(rotate_axis(column, unit, angle) for column in np.eye(3))).T
        else:
            made[:3, 3] += value * self.vector
        return made


class Axes:
    """The axes of a file.

    Raises, in all methods:
        InvalidInput: an axis is not there, says nothing that can be read, or the chain has no end.
    """

    def __init__(self, nexus: NexusFile) -> None:
        self._nexus = nexus

    def frame(self, axis: Axis) -> Matrix:
        """What an axis depends on, all the way: its frame in the lab. Its offset counts."""
        made = np.eye(4)
        made[:3, 3] = axis.offset_m
        for outer in self.chain(axis.depends_on):
            made = outer.matrix() @ made
        return made

    def chain(self, name: str) -> Iterator[Axis]:
        """The axes from a name outwards."""
        for _ in range(_MOST_LINKS):
            if name in (".", ""):
                return
            dataset = self._nexus.file.get(name)
            if dataset is None:
                raise InvalidInput(
                    f"{self._nexus.path.name} refers to {name}, which it does not hold",
                    where=str(self._nexus.path),
                    why="a depends_on of the detector or the sample leads there",
                )
            axis = self.axis(dataset)
            yield axis
            name = axis.depends_on
        raise InvalidInput(
            f"the transformations in {self._nexus.path.name} go round in a circle",
            where=str(self._nexus.path),
            why=f"after {_MOST_LINKS} steps they lead to {name}",
        )

    def axis(self, dataset: Any) -> Axis:
        """What one dataset says."""
        attributes = dataset.attrs
        kind = text_of(attributes.get("transformation_type", "translation"))
        offset = np.zeros(3)
        if "offset" in attributes:
            unit = self._nexus.unit(
                dataset, "offset_units" if "offset_units" in attributes else "units"
            )
            offset = numbers_of(list(attributes["offset"]), 3, f"the offset of {dataset.name}")
            offset = offset * unit
        depends_on = text_of(attributes.get("depends_on", "."))
        if depends_on not in (".", "") and not depends_on.startswith("/"):
            depends_on = f"{dataset.parent.name.rstrip('/')}/{depends_on}"
        return Axis(
            dataset.name,
            kind == "rotation",
            plain_numbers(dataset) * self._nexus.unit(dataset),
            vector_of(list(attributes.get("vector", ())), f"the vector of {dataset.name}"),
            offset,
            depends_on,
        )
