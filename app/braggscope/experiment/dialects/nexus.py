"""Geometry in HDF5 files: NeXus' NXmx with its chains of transformations, and EIGER master files.

NeXus' lab frame is kept (z along the beam): all vectors are taken as they are, with the convention
CUSTOM. A file that places no detector module is read by beam centre and distance, as XDS counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.experiment.dialects.cbf import silicon_depth_um
from braggscope.experiment.dialects.dials_panel import SENSOR_NOTE
from braggscope.experiment.dialects.imported import Choice, Imported, imported_from
from braggscope.experiment.dialects.nexus_axes import Axes, Axis
from braggscope.experiment.dialects.nexus_file import NexusFile, text_of
from braggscope.experiment.dialects.numbers import triple, vector_of
from braggscope.experiment.dialects.placement import axis_of_normal, kahn_of, panel_fields
from braggscope.experiment.resolving.units import in_mm, in_um

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_BEAM: Final = np.array([0.0, 0.0, 1.0])
_WAVELENGTH: Final = ("incident_wavelength", "wavelength")
#: Wavelengths in Å; without a unit they are that, as everybody writes them.
_WAVELENGTHS: Final = {
    "": 1.0, "angstrom": 1.0, "angstroms": 1.0, "a": 1.0, "å": 1.0, "nm": 10.0, "m": 1e10
}  # fmt: skip
#: Photon energies in keV; one without a unit is as likely in eV, and refused.
_ENERGIES: Final = {"ev": 1e-3, "kev": 1.0, "j": 1.0 / 1.602176634e-16}
_KEV_A: Final = 12.398419843320026
#: Turned round it would be one about the other end of an axis that is not known.
_BACKWARDS: Final = "sample: the sense of the rotation, which goes backwards"


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


class _Header:
    """What one file says; notes and losses grow while it is read."""

    def __init__(self, path: Path, file: Any, choice: Choice) -> None:
        self.path, self.choice = path, choice
        self.nexus = NexusFile(path, file)
        self.detector = self.nexus.detector
        self.axes = Axes(self.nexus)
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

    # ── beam and pixels ───────────────────────────────────────────────────────────────────────

    def _beam(self) -> dict[str, Any]:
        beam = self.nexus.one("instrument/beam", "sample/beam")
        wavelength = self.nexus.number(*_WAVELENGTH, of=beam, units=_WAVELENGTHS)
        said: dict[str, Any] = {}
        if wavelength is not None:
            said["wavelength_A"] = wavelength
        else:
            energy = self.nexus.number("incident_energy", of=beam, units=_ENERGIES)
            if energy is None:
                self.notes.append("the file says no wavelength")
            else:
                said["wavelength_A"] = _KEV_A / energy
        fraction = self.nexus.number("polarization_fraction", of=beam)
        if fraction is not None:
            said["kahn_factor"] = kahn_of(fraction)
        return said

    def _pixels(self) -> dict[str, Any]:
        width = self.nexus.number("x_pixel_size", "module/fast_pixel_direction")
        height = self.nexus.number("y_pixel_size", "module/slow_pixel_direction")
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
        size = self.nexus.numbers("module/data_size")
        specific = [
            self.nexus.number(f"detectorSpecific/{axis}_pixels_in_detector") for axis in ("y", "x")
        ]
        if size is not None and len(size) >= 2:
            return int(size[-2]), int(size[-1])
        if specific[0] and specific[1]:
            return int(specific[0]), int(specific[1])
        data = self.nexus.one("data/data", "data/data_000001", "instrument/detector/data")
        if data is not None and len(getattr(data, "shape", ())) >= 2:
            return int(data.shape[-2]), int(data.shape[-1])
        return None

    def _sensor(self, wavelength_A: float | None) -> dict[str, Any]:
        thickness = self.nexus.number("sensor_thickness")
        if thickness is None or thickness <= 0:
            return {}
        self.notes.append(SENSOR_NOTE)
        said = {"thickness_um": in_um(thickness)}
        dataset = self.detector.get("sensor_material")
        material = "" if dataset is None else text_of(dataset[()]).strip().lower()
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
        starts = [self.axes.frame(self.axes.axis(one)) for one in directions]
        axes = [
            start[:3, :3] @ vector_of(list(one.attrs["vector"]), one.name)
            for start, one in zip(starts, directions, strict=True)
        ]
        self.notes.append("detector as its module's transformations place it, in NeXus' frame")
        fields: dict[str, Any] = panel_fields(axes[0], axes[1], starts[0][:3, 3] * 1e3, _BEAM)
        return fields

    def _centred(self) -> dict[str, Any]:
        centre = [self.nexus.number(f"beam_center_{axis}") for axis in ("x", "y")]
        distance = self.nexus.number("detector_distance", "distance")
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
        # A rotation backwards is one about -w, where that is taken.
        sign = -1.0 if width < 0 and is_placed else 1.0
        said: dict[str, Any] = {"phi_start_deg": sign * float(scan.values[index]) + 0.0}
        if width:
            said["osc_deg"] = abs(width)
        if is_placed:
            turned = np.eye(4)
            for outer in self.axes.chain(scan.depends_on):
                turned = outer.matrix(index) @ turned
            said["spindle_axis"] = triple(sign * (turned[:3, :3] @ scan.vector))
        elif width < 0:
            self.lost.append(_BACKWARDS)
        return said

    def _sample_axes(self) -> list[Axis]:
        """The goniometer's axes, from the crystal outwards."""
        sample = self.nexus.one("sample")
        depends_on = None if sample is None else sample.get("depends_on")
        if depends_on is None:
            return []
        name = text_of(depends_on[()])
        if name not in (".", "") and not name.startswith("/"):
            name = f"{sample.name}/{name}"
        return [axis for axis in self.axes.chain(name) if axis.is_rotation]

    def _plain_rotation(self) -> dict[str, Any]:
        """An EIGER's list of angles, without directions."""
        starts = self.nexus.numbers("omega", of=self.nexus.one("sample/goniometer"))
        if starts is None:
            return {}
        index = self._image(len(starts))
        width = self.nexus.number("omega_increment", of=self.nexus.one("sample/goniometer"))
        if width is None and len(starts) > 1:
            width = float(starts[1] - starts[0])
        said: dict[str, Any] = {"phi_start_deg": float(starts[index])}
        if width is not None and width < 0:
            self.lost.append(_BACKWARDS)
        return {**said, "osc_deg": abs(width)} if width else said

    def _width(self, scan: Axis, index: int) -> float:
        group, name = scan.name.rpartition("/")[::2]
        parent = self.nexus.file[group]
        said = self.nexus.numbers(f"{name}_increment_set", f"{name}_range_average", of=parent)
        if said is not None:
            return float(said[min(index, len(said) - 1)])
        ends = self.nexus.numbers(f"{name}_end", of=parent)
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
