"""Geometry in HDF5 files: NeXus' NXmx with its chains of transformations, and EIGER master files.

NeXus' lab frame is kept (z along the beam): all vectors are taken as they are, with the convention
CUSTOM. A file that places no detector module is read by beam centre and distance, as XDS counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.experiment.dialects.cbf import silicon_depth_um
from braggscope.experiment.dialects.dials_panel import SENSOR_NOTE
from braggscope.experiment.dialects.imported import Choice, Imported, imported_from
from braggscope.experiment.dialects.numbers import numbers_of, triple, vector_of
from braggscope.experiment.dialects.placement import axis_of_normal, kahn_of, panel_fields
from braggscope.experiment.resolving.units import in_mm, in_um
from braggscope.physics.arrays import stack
from braggscope.physics.rotation import Matrix, Vector, rotate_axis

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_BEAM: Final = np.array([0.0, 0.0, 1.0])
_MOST_LINKS: Final = 32
_MOST_NUMBERS: Final = 10**6
_WAVELENGTH: Final = ("incident_wavelength", "wavelength")
_UNITS: Final[dict[str, float]] = {
    "": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "nm": 1e-9,
    "micron": 1e-6,
    "deg": 1.0, "degree": 1.0, "degrees": 1.0, "rad": 180.0 / np.pi, "radian": 180.0 / np.pi,
    "px": 1.0, "pixel": 1.0, "pixels": 1.0,
}  # fmt: skip
#: Wavelengths in Å; without a unit they are that, as everybody writes them.
_WAVELENGTHS: Final = {"": 1.0, "angstrom": 1.0, "a": 1.0, "å": 1.0, "nm": 10.0, "m": 1e10}
#: Photon energies in keV; one without a unit is as likely in eV, and refused.
_ENERGIES: Final = {"ev": 1e-3, "kev": 1.0, "j": 1.0 / 1.602176634e-16}
_KEV_A: Final = 12.398419843320026


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 files do; False where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(SIGNATURE)) == SIGNATURE
    except (OSError, ValueError):
        return False


def read_nexus(path: Path, choice: Choice) -> Imported:
    """Wavelength, detector and rotation of a NeXus file or an EIGER's master file.

    Raises:
        InvalidInput: it is damaged, or says nothing of pixels or detector.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _Header(path, file, choice).imported()
    except BraggscopeError:
        raise
    # HDF5's own errors come as many types, and a damaged file can make any name or value odd.
    except Exception as error:
        text = str(error).strip().splitlines()
        raise InvalidInput(
            f"the geometry in {path.name} cannot be read",
            where=str(path),
            why=f"HDF5 says {text[0][:200]}" if text else type(error).__name__,
            remedy="The file may be incomplete or damaged; fetch or write it again",
        ) from error


@dataclass(frozen=True, eq=False)
class _Axis:
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


class _Header:
    """What one file says; notes and losses grow while it is read."""

    def __init__(self, path: Path, file: Any, choice: Choice) -> None:
        self.path, self.file, self.choice = path, file, choice
        self.entry = self._entry()
        self.detector = self._one("instrument/detector", "instrument/eiger")
        self.notes: list[str] = []
        self.lost = ["the image's pixels"]

    def imported(self) -> Imported:
        """All of it."""
        detector = self._pixels()
        beam = self._beam()
        placed = self._placed()
        sampling = self._rotation(placed is not None)
        if placed is not None:
            detector |= placed
            beam["direction"] = triple(_BEAM)
            # The usual polarisation of a synchrotron: in the horizontal plane.
            axis = axis_of_normal(np.array([0.0, 1.0, 0.0]), _BEAM)
            beam["polarization_axis"] = triple(axis)
        else:
            detector |= self._centred()
        detector |= self._sensor(beam.get("wavelength_A"))
        return imported_from(
            self.path,
            {"beam": beam, "detector": detector, "sampling": sampling},
            lost=self.lost,
            notes=self.notes,
        )

    # ── reading ───────────────────────────────────────────────────────────────────────────────

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

    def _one(self, *names: str) -> Any:
        """The first object of these names below the entry that is there; None: none is."""
        return next((found for n in names if (found := self.entry.get(n)) is not None), None)

    def _number(
        self, *names: str, of: Any = None, units: Mapping[str, float] = _UNITS
    ) -> float | None:
        """The first number of these names, in m, degrees or pixels, or what the units say."""
        found = self._numbers(*names, of=of, units=units)
        return None if found is None else float(found[0])

    def _numbers(
        self, *names: str, of: Any = None, units: Mapping[str, float] = _UNITS
    ) -> Vector | None:
        import h5py

        group = self.detector if of is None else of
        for name in names:
            dataset = None if group is None else group.get(name)
            if isinstance(dataset, h5py.Dataset) and dataset.size and dataset.dtype.kind in "iuf":
                factor = self._unit(dataset, units=units)
                return _plain_numbers(dataset) * factor
        return None

    def _unit(
        self, thing: Any, attribute: str = "units", units: Mapping[str, float] = _UNITS
    ) -> float:
        unit = _text(thing.attrs.get(attribute, ""))
        factor = units.get(unit.strip().lower())
        if factor is None:
            raise InvalidInput(
                f"the unit {unit!r} of {thing.name} in {self.path.name} is not known",
                where=str(self.path),
            )
        return factor

    # ── beam and pixels ───────────────────────────────────────────────────────────────────────

    def _beam(self) -> dict[str, Any]:
        beam = self._one("instrument/beam", "sample/beam")
        wavelength = self._number(*_WAVELENGTH, of=beam, units=_WAVELENGTHS)
        said: dict[str, Any] = {}
        if wavelength is not None:
            said["wavelength_A"] = wavelength
        else:
            energy = self._number("incident_energy", of=beam, units=_ENERGIES)
            if energy is None:
                self.notes.append("the file says no wavelength")
            else:
                said["wavelength_A"] = _KEV_A / energy
        fraction = self._number("polarization_fraction", of=beam)
        if fraction is not None:
            said["kahn_factor"] = kahn_of(fraction)
        return said

    def _pixels(self) -> dict[str, Any]:
        width = self._number("x_pixel_size", "module/fast_pixel_direction")
        height = self._number("y_pixel_size", "module/slow_pixel_direction")
        shape = self._shape()
        if width is None or width <= 0 or shape is None:
            raise InvalidInput(
                f"{self.path.name} does not describe its detector",
                where=str(self.path),
                why="x_pixel_size or the image's dimensions are missing",
                remedy="Give an EIGER's master file or an NXmx file; or set the fields by hand",
            )
        if height is not None and abs(width - height) > 1e-9 * width:
            raise InvalidInput(
                f"the pixels of {self.path.name} are not square",
                where=str(self.path),
                why=f"they are {width * 1e3:g} × {height * 1e3:g} mm",
            )
        return {"pixel_mm": in_mm(width), "pixels_fast": shape[1], "pixels_slow": shape[0]}

    def _shape(self) -> tuple[int, int] | None:
        size = self._numbers("module/data_size")
        specific = [
            self._number(f"detectorSpecific/{axis}_pixels_in_detector") for axis in ("y", "x")
        ]
        if size is not None and len(size) >= 2:
            return int(size[-2]), int(size[-1])
        if specific[0] and specific[1]:
            return int(specific[0]), int(specific[1])
        data = self._one("data/data", "data/data_000001", "instrument/detector/data")
        if data is not None and len(getattr(data, "shape", ())) >= 2:
            return int(data.shape[-2]), int(data.shape[-1])
        return None

    def _sensor(self, wavelength_A: float | None) -> dict[str, Any]:
        thickness = self._number("sensor_thickness")
        if thickness is None or thickness <= 0:
            return {}
        self.notes.append(SENSOR_NOTE)
        said = {"thickness_um": in_um(thickness)}
        dataset = self.detector.get("sensor_material")
        material = "" if dataset is None else _text(dataset[()]).strip().lower()
        if material in ("si", "silicon") and wavelength_A:
            said["attenuation_um"] = depth = silicon_depth_um(wavelength_A)
            self.notes.append(f"attenuation depth of silicon {depth:.0f} µm")
        else:
            name = f" ({material})" if material else ""
            self.notes.append(f"the sensor's attenuation depth{name} is not known")
        return said

    # ── placement ─────────────────────────────────────────────────────────────────────────────

    def _placed(self) -> dict[str, Any] | None:
        """The panel in NeXus' lab frame; None where no module is placed."""
        module = None if self.detector is None else self.detector.get("module")
        if module is None:
            return None
        directions = [module.get(f"{name}_pixel_direction") for name in ("fast", "slow")]
        if any(one is None or "vector" not in one.attrs for one in directions):
            return None
        # Where each direction starts, and how that is turned.
        starts = [self._frame(self._axis(one)) for one in directions]
        axes = [
            start[:3, :3] @ vector_of(list(one.attrs["vector"]), one.name)
            for start, one in zip(starts, directions, strict=True)
        ]
        self.notes.append("detector as its module's transformations place it, in NeXus' frame")
        fields: dict[str, Any] = panel_fields(axes[0], axes[1], starts[0][:3, 3] * 1e3, _BEAM)
        return fields

    def _centred(self) -> dict[str, Any]:
        centre = [self._number(f"beam_center_{axis}") for axis in ("x", "y")]
        distance = self._number("detector_distance", "distance")
        said: dict[str, Any] = {"convention": "xds"}
        if None not in centre:
            said["org_x_px"], said["org_y_px"] = centre
            self.notes.append("beam centre from beam_center_x and _y, as XDS counts ORGX and ORGY")
        if distance is not None:
            said["distance_mm"] = in_mm(abs(distance))
        missing = [name for name, one in (("beam centre", centre[0]), ("distance", distance))
                   if one is None]  # fmt: skip
        self.notes += [f"the file says no {name}" for name in missing]
        return said

    def _frame(self, axis: _Axis) -> Matrix:
        """What an axis depends on, all the way: its frame in the lab. Its offset counts."""
        made = np.eye(4)
        made[:3, 3] = axis.offset_m
        for outer in self._chain(axis.depends_on):
            made = outer.matrix() @ made
        return made

    def _chain(self, name: str) -> Iterator[_Axis]:
        """The axes from a name outwards."""
        for _ in range(_MOST_LINKS):
            if name in (".", ""):
                return
            dataset = self.file.get(name)
            if dataset is None:
                raise InvalidInput(
                    f"{self.path.name} refers to {name}, which it does not hold",
                    where=str(self.path),
                    why="a depends_on of the detector or the sample leads there",
                )
            axis = self._axis(dataset)
            yield axis
            name = axis.depends_on
        raise InvalidInput(
            f"the transformations in {self.path.name} go round in a circle",
            where=str(self.path),
            why=f"after {_MOST_LINKS} steps they lead to {name}",
        )

    def _axis(self, dataset: Any) -> _Axis:
        attributes = dataset.attrs
        kind = _text(attributes.get("transformation_type", "translation"))
        offset = np.zeros(3)
        if "offset" in attributes:
            unit = self._unit(dataset, "offset_units" if "offset_units" in attributes else "units")
            offset = numbers_of(list(attributes["offset"]), 3, f"the offset of {dataset.name}")
            offset = offset * unit
        depends_on = _text(attributes.get("depends_on", "."))
        if depends_on not in (".", "") and not depends_on.startswith("/"):
            depends_on = f"{dataset.parent.name.rstrip('/')}/{depends_on}"
        return _Axis(
            dataset.name,
            kind == "rotation",
            _plain_numbers(dataset) * self._unit(dataset),
            vector_of(list(attributes.get("vector", ())), f"the vector of {dataset.name}"),
            offset,
            depends_on,
        )

    # ── rotation ──────────────────────────────────────────────────────────────────────────────

    def _rotation(self, is_placed: bool) -> dict[str, Any]:
        """Start, width and axis of one image."""
        axes = self._sample_axes()
        scan = next((axis for axis in axes if np.ptp(axis.values) > 0), None)
        scan = scan or next((axis for axis in axes if axis.is_rotation), None)
        if scan is None:
            return self._plain_rotation()
        others = [a.name.rpartition("/")[2] for a in axes if a is not scan and np.any(a.values)]
        if others:
            self.lost.append(f"sample: the angles of {', '.join(others)}")
        index = self._image(len(scan.values))
        width = self._width(scan, index)
        sign = -1.0 if width < 0 else 1.0  # A rotation backwards is one about -w.
        said: dict[str, Any] = {"phi_start_deg": sign * float(scan.values[index]) + 0.0}
        if width:
            said["osc_deg"] = abs(width)
        if is_placed:
            turned = np.eye(4)
            for outer in self._chain(scan.depends_on):
                turned = outer.matrix(index) @ turned
            said["spindle_axis"] = triple(sign * (turned[:3, :3] @ scan.vector))
        return said

    def _sample_axes(self) -> list[_Axis]:
        """The goniometer's axes, from the crystal outwards."""
        sample = self._one("sample")
        depends_on = None if sample is None else sample.get("depends_on")
        if depends_on is None:
            return []
        name = _text(depends_on[()])
        if name not in (".", "") and not name.startswith("/"):
            name = f"{sample.name}/{name}"
        return [axis for axis in self._chain(name) if axis.is_rotation]

    def _plain_rotation(self) -> dict[str, Any]:
        """An EIGER's list of angles, without directions."""
        starts = self._numbers("omega", of=self._one("sample/goniometer"))
        if starts is None:
            return {}
        index = self._image(len(starts))
        width = self._number("omega_increment", of=self._one("sample/goniometer"))
        if width is None and len(starts) > 1:
            width = float(starts[1] - starts[0])
        said: dict[str, Any] = {"phi_start_deg": float(starts[index])}
        if width is not None and width < 0:
            # Turned round it would be one about the other end of an axis that nobody names.
            self.lost.append("sample: the sense of the rotation, which goes backwards")
        return {**said, "osc_deg": abs(width)} if width else said

    def _width(self, scan: _Axis, index: int) -> float:
        group, name = scan.name.rpartition("/")[::2]
        parent = self.file[group]
        said = self._numbers(f"{name}_increment_set", f"{name}_range_average", of=parent)
        if said is not None:
            return float(said[min(index, len(said) - 1)])
        ends = self._numbers(f"{name}_end", of=parent)
        if ends is not None:
            return float(ends[min(index, len(ends) - 1)] - scan.values[index])
        return float(scan.values[1] - scan.values[0]) if len(scan.values) > 1 else 0.0

    def _image(self, count: int) -> int:
        number = 1 if self.choice.image is None else self.choice.image
        if not 1 <= number <= count:
            raise InvalidInput(
                f"there is no image {number}",
                where=str(self.path),
                why=f"{self.path.name} has the images 1 to {count}",
            )
        if count > 1:
            self.notes.append(f"image {number} of {count}")
        return number - 1


def _plain_numbers(dataset: Any) -> Vector:
    """All numbers of a dataset that is no image.

    Raises:
        InvalidInput: there are none, too many, or some are not finite.
    """
    if not 0 < dataset.size <= _MOST_NUMBERS:
        raise InvalidInput(f"{dataset.name} holds {dataset.size} numbers")
    values = np.ravel(dataset[()]).astype(np.float64)
    return numbers_of(values.tolist(), len(values), dataset.name)


def _text(value: Any) -> str:
    """A string of HDF5, however it was written."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
