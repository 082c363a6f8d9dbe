"""Values in a NeXus file or an EIGER's master file, with their units."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.numbers import numbers_of
from braggscope.physics.rotation import Vector

_MOST_NUMBERS: Final = 10**6
UNITS: Final[dict[str, float]] = {
    "": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "nm": 1e-9,
    "micron": 1e-6,
    "deg": 1.0, "degree": 1.0, "degrees": 1.0, "rad": 180.0 / np.pi, "radian": 180.0 / np.pi,
    "px": 1.0, "pixel": 1.0, "pixels": 1.0,
}  # fmt: skip


class NexusFile:
    """An open file and its entry.

    Attributes:
        file: h5py's.
        entry: the group that has an instrument.
        detector: its detector; None where there is none.

    Raises:
        InvalidInput: there is no such entry.
    """

    def __init__(self, path: Path, file: Any) -> None:
        self.path, self.file = path, file
        self.entry = self._entry()
        self.detector = self.one("instrument/detector", "instrument/eiger")

    def _entry(self) -> Any:
        import h5py

        name = self.file.attrs.get("default", "entry")
        for found in (self.file.get(str(name)), *self.file.values()):
            if isinstance(found, h5py.Group) and "instrument" in found:
                return found
        raise InvalidInput(
            f"{self.path.name} says nothing of beam and detector",
            where=str(self.path),
            why="it has no entry with an instrument, as NeXus files have",
            remedy="Give an EIGER's master file, not its data files; or set the fields by hand",
        )

    def one(self, *names: str) -> Any:
        """The first object of these names below the entry that is there; None: none is."""
        return next((found for n in names if (found := self.entry.get(n)) is not None), None)

    def number(
        self, *names: str, of: Any = None, units: Mapping[str, float] = UNITS
    ) -> float | None:
        """The first number of these names, in m, degrees or pixels, or what the units say."""
        found = self.numbers(*names, of=of, units=units)
        return None if found is None else float(found[0])

    def numbers(
        self, *names: str, of: Any = None, units: Mapping[str, float] = UNITS
    ) -> Vector | None:
        """All numbers of the first of these names that is there; None: none is.

        Args:
            of: the group they are in; None: the detector.
        """
        import h5py

        group = self.detector if of is None else of
        for name in names:
            dataset = None if group is None else group.get(name)
            if isinstance(dataset, h5py.Dataset) and dataset.size and dataset.dtype.kind in "iuf":
                factor = self.unit(dataset, units=units)
                return plain_numbers(dataset) * factor
        return None

    def unit(
        self, thing: Any, attribute: str = "units", units: Mapping[str, float] = UNITS
    ) -> float:
        """What a unit is in m, degrees or pixels, or what the units say.

        Raises:
            InvalidInput: it is not known.
        """
        unit = text_of(thing.attrs.get(attribute, ""))
        factor = units.get(unit.strip().lower())
        if factor is None:
            raise InvalidInput(
                f"the unit {unit!r} of {thing.name} in {self.path.name} is not known",
                where=str(self.path),
            )
        return factor


def plain_numbers(dataset: Any) -> Vector:
    """All numbers of a dataset that is no image.

    Raises:
        InvalidInput: there are none, too many, or some are not finite.
    """
    if not 0 < dataset.size <= _MOST_NUMBERS:
        raise InvalidInput(f"{dataset.name} holds {dataset.size} numbers")
    values = np.ravel(dataset[()]).astype(np.float64)
    return numbers_of(values.tolist(), len(values), dataset.name)


def text_of(value: Any) -> str:
    """A string of HDF5, however it was written."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
