"""HDF5 in NeXus' application definition NXmx, as programs for diffraction images read it.

NeXus' lab frame: z along the beam, and as in imgCIF turned by 180° about y, the spindle along -x.
"""

from __future__ import annotations

import io
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope import __version__
from braggscope.api import DetectorImage, Run
from braggscope.io.provenance import provenance_data, provenance_json
from braggscope.physics.rotation import Vector
from braggscope.physics.setup import Setup

_CHUNK_BYTES: Final = 2**20
_LEVEL: Final = 2


def nexus_file(image: DetectorImage) -> bytes:
    """The whole file: pixels in their own type, compressed without loss, mask, geometry, origin."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["default"] = "entry"
        file.attrs["creator"] = f"Braggscope {__version__}"
        entry = _group(file, "entry", "NXentry", default="data")
        entry["definition"] = "NXmx"
        entry["title"] = _title(image)
        entry["start_time"] = provenance_data(image)["written"]
        data = _group(entry, "data", "NXdata", signal="data")
        instrument = _group(entry, "instrument", "NXinstrument")
        instrument["name"] = "Braggscope"
        detector = _group(instrument, "detector", "NXdetector")
        _pixels(data, image.data)
        detector["data"] = data["data"]
        if image.mask is not None:
            # Bit 0: a gap, a pixel without a sensor.
            _compressed(detector, "pixel_mask", image.mask.astype(np.uint32))
            detector["pixel_mask_applied"] = False
        _group(entry, "source", "NXsource")["name"] = "simulated or from a file"
        if image.provenance.run is not None:
            _geometry(entry, image.provenance.run)
        process = _group(entry, "process", "NXprocess")
        process["program"] = "Braggscope"
        process["version"] = __version__
        process["provenance"] = provenance_json(image)
    return content.getvalue()


def to_nexus(setup: Setup) -> NDArray[np.float64]:
    """(3, 3) matrix that turns vectors of our lab frame into NeXus' one."""
    along = setup.beam.direction / np.linalg.norm(setup.beam.direction)
    spindle = setup.crystal.spindle - (setup.crystal.spindle @ along) * along
    if np.linalg.norm(spindle) < 1e-6:
        spindle = setup.detector.fast - (setup.detector.fast @ along) * along
    spindle = spindle / np.linalg.norm(spindle)
    return np.stack([-spindle, np.cross(-along, spindle), along])


def _title(image: DetectorImage) -> str:
    run = image.provenance.run
    return "image" if run is None else f"{run.engine} {image.provenance.precision}".rstrip()


def _pixels(group: Any, pixels: NDArray[np.generic]) -> None:
    """Frames first, as NXmx has them: one frame."""
    _compressed(group, "data", pixels[None])


def _compressed(group: Any, name: str, array: NDArray[Any]) -> None:
    """Shuffled and deflated, piece by piece and by zlib: h5py's own filter would hold Python's
    lock, and the window with it, for seconds.
    """
    slow, fast = array.shape[-2:]
    rows = max(1, min(slow, _CHUNK_BYTES // max(1, fast * array.dtype.itemsize)))
    lead = (1,) * (array.ndim - 2)
    made = group.create_dataset(
        name,
        array.shape,
        array.dtype,
        chunks=(*lead, rows, fast),
        shuffle=True,
        compression="gzip",
        compression_opts=_LEVEL,
    )
    plane = array.reshape(slow, fast)
    for start in range(0, slow, rows):
        piece = np.zeros((rows, fast), array.dtype)
        part = plane[start : start + rows]
        piece[: len(part)] = part
        shuffled = piece.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T
        packed = zlib.compress(np.ascontiguousarray(shuffled).tobytes(), _LEVEL)
        made.id.write_direct_chunk((*(0 for _ in lead), start, 0), packed)


def _geometry(entry: Any, run: Run) -> None:
    setup, experiment = run.setup, run.effective_experiment
    detector, turn = setup.detector, to_nexus(setup)
    beam = _group(entry["instrument"], "beam", "NXbeam")
    _value(beam, "incident_wavelength", experiment.beam.wavelength_A, "angstrom")
    group = entry["instrument/detector"]
    group["description"] = "the detector of a Braggscope experiment"
    pixel = detector.pixel_m
    for name in ("x_pixel_size", "y_pixel_size"):
        _value(group, name, pixel, "m")
    spot = _beam_spot(setup)
    if spot is not None:
        _value(group, "distance", spot[2], "m")
        _value(group, "beam_center_x", spot[0], "pixel")
        _value(group, "beam_center_y", spot[1], "pixel")
    thickness = detector.sensor.thickness_m
    if 0 < thickness < np.inf:
        _value(group, "sensor_thickness", thickness, "m")
    module = _group(group, "module", "NXdetector_module")
    module["data_origin"] = np.array([0, 0])
    module["data_size"] = np.array(detector.shape)
    place = "/entry/instrument/detector/module/module_offset"
    _moved(module, "module_offset", 0.0, np.array([0.0, 0.0, 1.0]), ".", turn @ detector.pix0_m)
    _moved(module, "fast_pixel_direction", pixel, turn @ detector.fast, place)
    _moved(module, "slow_pixel_direction", pixel, turn @ detector.slow, place)
    group["depends_on"] = place
    _sample(entry, experiment.sampling.phi_start_deg, setup, turn)


def _beam_spot(setup: Setup) -> tuple[float, float, float] | None:
    """Where the beam meets the detector's plane, fast and slow in pixels from its corner, and how
    far from the sample, m; None where it does not.
    """
    detector, pixel = setup.detector, setup.detector.pixel_m
    axes = np.column_stack([detector.fast * pixel, detector.slow * pixel, -setup.beam.direction])
    if abs(np.linalg.det(axes)) < 1e-9 * pixel * pixel:
        return None
    fast, slow, distance = np.linalg.solve(axes, -detector.pix0_m).tolist()
    return (fast, slow, distance) if distance > 0 else None


def _sample(entry: Any, start_deg: float, setup: Setup, turn: NDArray[np.float64]) -> None:
    sample = _group(entry, "sample", "NXsample")
    sample["name"] = "crystal"
    sample["depends_on"] = "/entry/sample/transformations/omega"
    axes = _group(sample, "transformations", "NXtransformations")
    axes["omega"] = np.array([start_deg])
    omega = axes["omega"]
    omega.attrs["transformation_type"] = "rotation"
    omega.attrs["vector"] = turn @ setup.crystal.spindle
    omega.attrs["units"] = "deg"
    omega.attrs["depends_on"] = "."
    width = _number(setup, "osc_rad")
    if np.isfinite(width):
        _value(axes, "omega_increment_set", float(np.degrees(width)), "deg")


def _moved(
    group: Any,
    name: str,
    length_m: float,
    vector: Vector,
    depends_on: str,
    offset_m: Vector | None = None,
) -> None:
    """A translation: length times vector, after the offset."""
    _value(group, name, length_m, "m")
    attributes = group[name].attrs
    attributes["transformation_type"] = "translation"
    attributes["vector"] = vector
    attributes["offset"] = np.zeros(3) if offset_m is None else offset_m
    attributes["offset_units"] = "m"
    attributes["depends_on"] = depends_on


def _group(parent: Any, name: str, kind: str, **attributes: str) -> Any:
    group = parent.create_group(name)
    group.attrs["NX_class"] = kind
    for key, value in attributes.items():
        group.attrs[key] = value
    return group


def _value(group: Any, name: str, value: float, units: str) -> None:
    group[name] = value
    group[name].attrs["units"] = units


def _number(setup: Setup, name: str) -> float:
    quantity = setup.quantities.get(name)
    value = None if quantity is None else quantity.value
    return float(value) if isinstance(value, int | float) else float("nan")
