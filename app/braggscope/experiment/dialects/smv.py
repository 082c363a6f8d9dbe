"""SMV image headers of the ADSC kind.

The beam centre is read in MOSFLM's convention, as nanoBragg does by default: BEAM_CENTER_X along
the slow axis, BEAM_CENTER_Y along the fast one, both from half a pixel inside the corner. A header
that says MOSFLM_CENTER_X and _Y is read by these, one that Braggscope wrote by the convention it
names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.frame import (
    AXIS_FIELDS,
    beam_losses,
    is_named,
    number_of,
    origin_px,
)
from braggscope.experiment.dialects.imported import Imported, imported_from
from braggscope.experiment.dialects.loss import unsaid_fields
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolve import resolve
from braggscope.experiment.resolving.units import in_mm
from braggscope.physics.setup import Setup

#: Reads the first of several keys that the header has.
Number = Callable[..., float | None]
_OWN_KEY: Final = "BRAGGSCOPE_CONVENTION"
_BLOCK = 512
#: Keys that say nothing more than others do.
_SILENT: Final = {
    "HEADER_BYTES", "DIM", "BYTE_ORDER", "TYPE", "ADXV_CENTER_X", "ADXV_CENTER_Y", "DENZO_X_BEAM",
    "DENZO_Y_BEAM", "DIALS_ORIGIN", "CLOSE_DISTANCE", "XDS_ORGX", "XDS_ORGY", "BEAM_CENTER_X",
    "BEAM_CENTER_Y", "MOSFLM_CENTER_X", "MOSFLM_CENTER_Y", _OWN_KEY,
}  # fmt: skip


def read_smv(path: Path, content: bytes) -> Imported:
    """Detector, wavelength and rotation of an SMV header."""
    keys = _keys(path, content)
    used: set[str] = set(_SILENT)

    def number(*names: str) -> float | None:
        used.update(names)
        name = next((name for name in names if name in keys), None)
        return None if name is None else _number(path, name, keys[name])

    counts = [number("SIZE1"), number("SIZE2")]
    pixel = number("PIXEL_SIZE")
    if pixel is None or not all(counts):
        raise InvalidInput(
            f"the header of {path.name} says nothing of SIZE1, SIZE2 or PIXEL_SIZE",
            where=str(path),
        )
    detector: dict[str, Any] = {
        "pixel_mm": pixel,
        "pixels_fast": int(counts[0] or 0),
        "pixels_slow": int(counts[1] or 0),
        "distance_mm": number("DISTANCE"),
        "twotheta_deg": number("TWOTHETA") or None,
    }
    centre, convention_note = _centre(keys, number)
    phi, osc = number("OSC_START", "PHI"), number("OSC_RANGE")
    fields: dict[str, dict[str, Any]] = {
        "beam": {"wavelength_A": number("WAVELENGTH")},
        "detector": {**detector, **centre},
        "sampling": {"phi_start_deg": phi, "osc_deg": osc or None},
    }
    said = {
        group: {name: value for name, value in values.items() if value is not None}
        for group, values in fields.items()
    }
    others = sorted(set(keys) - used)
    lost = ["the image's pixels"]
    if others:
        lost.append(f"header: {', '.join(others)}")
    absent = [name for name in ("DISTANCE", "WAVELENGTH") if name not in keys]
    notes = [convention_note, *(f"the header says no {name}" for name in absent)]
    return imported_from(path, said, lost=lost, notes=notes)


def _keys(path: Path, content: bytes) -> dict[str, str]:
    text = content.lstrip()[:65536]
    end = text.find(b"}")
    if text[:1] != b"{" or end < 0:
        raise InvalidInput(
            f"{path.name} has no SMV header",
            where=str(path),
            why="it is empty"
            if not text
            else "the header does not end"
            if text[:1] == b"{"
            else "it does not begin with {",
            remedy="The file may be incomplete, or no SMV image",
        )
    keys = {}
    for line in text[1:end].decode("latin-1").replace(";", "\n").splitlines():
        name, equals, value = line.partition("=")
        if equals:
            keys[name.strip().upper()] = value.strip()
    return keys


def _number(path: Path, name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(
            f"{name} in the header of {path.name} is not a number",
            where=str(path),
            why=f"it is {value!r}",
        )
    return number


def _centre(keys: Mapping[str, str], number: Number) -> tuple[dict[str, Any], str]:
    """Convention and beam centre, and what was understood."""
    own = keys.get(_OWN_KEY, "").lower()
    if own in ("xds", "dials"):
        centre = {"org_x_px": number("XDS_ORGX"), "org_y_px": number("XDS_ORGY")}
        return {"convention": own, **centre}, f"beam centre as {own.upper()} counts it"
    prefix = "BEAM_CENTER"
    if own not in ("mosflm", "adxv", "denzo"):
        own = "mosflm"
        if "MOSFLM_CENTER_X" in keys:
            prefix = "MOSFLM_CENTER"
    centre = {"beam_x_mm": number(f"{prefix}_X"), "beam_y_mm": number(f"{prefix}_Y")}
    if None in centre.values():
        return {"convention": own}, "the header says no beam centre: the middle of the detector"
    note = f"beam centre from {prefix}_X and {prefix}_Y, convention {own.upper()}"
    return {"convention": own, **centre}, note


def smv_of(experiment: Experiment) -> tuple[bytes, tuple[str, ...]]:
    """The header and zero pixels, and what they do not hold."""
    setup = resolve(experiment)
    held = is_named(experiment, setup)
    header = _header(experiment, setup, held)
    pixels = bytes(2 * setup.detector.fast_pixels * setup.detector.slow_pixels)
    carried = {"beam.wavelength_A", "sampling.phi_start_deg", "sampling.osc_deg"}
    carried |= {f"detector.{name}" for name in ("pixel_mm", "pixels_fast", "pixels_slow")}
    carried |= {f"detector.size_{axis}_mm" for axis in ("fast", "slow")}
    carried |= {"detector.distance_mm"}
    if held:
        centre = ("beam_x_mm", "beam_y_mm", "org_x_px", "org_y_px")
        carried |= {f"detector.{name}" for name in ("convention", "twotheta_deg", *centre)}
        return header + pixels, unsaid_fields(experiment, carried)
    carried |= AXIS_FIELDS
    return header + pixels, (*beam_losses(setup), *unsaid_fields(experiment, carried))


def smv_header(experiment: Experiment) -> tuple[bytes, tuple[str, ...]]:
    """The header of an image of 16-bit pixels, and what it does not hold of its geometry."""
    setup = resolve(experiment)
    held = is_named(experiment, setup)
    return _header(experiment, setup, held), () if held else beam_losses(setup)


def _header(experiment: Experiment, setup: Setup, held: bool) -> bytes:
    items = {
        "DIM": "2",
        "BYTE_ORDER": "little_endian",
        "TYPE": "unsigned_short",
        "SIZE1": str(setup.detector.fast_pixels),
        "SIZE2": str(setup.detector.slow_pixels),
        "PIXEL_SIZE": repr(experiment.detector.pixel_mm),
        "WAVELENGTH": repr(experiment.beam.wavelength_A),
        **(_named_items(experiment, setup) if held else _beam_spot(setup)),
        "OSC_START": repr(experiment.sampling.phi_start_deg),
    }
    if experiment.sampling.osc_deg is not None:
        items["OSC_RANGE"] = repr(experiment.sampling.osc_deg)
    body = "".join(f"{name}={value};\n" for name, value in items.items())
    # 24 bytes: the brace, the length, and the end.
    size = math.ceil((len(body) + 24) / _BLOCK) * _BLOCK
    return f"{{\nHEADER_BYTES={size:5d};\n{body}}}\n\f".encode("ascii").ljust(size)


def _named_items(experiment: Experiment, setup: Setup) -> dict[str, str]:
    """Everything in the convention's own terms, as it was said where it was."""
    said = experiment.detector
    items = {_OWN_KEY: said.convention, "DISTANCE": repr(said.distance_mm)}
    items["TWOTHETA"] = repr(said.twotheta_deg)
    if said.convention in ("xds", "dials"):
        items |= {"XDS_ORGX": repr(origin_px(said.org_x_px, "Fclose_in_m", setup))}
        items |= {"XDS_ORGY": repr(origin_px(said.org_y_px, "Sclose_in_m", setup))}
        return items
    for name, value, quantity in (
        ("BEAM_CENTER_X", said.beam_x_mm, "Xbeam_m"),
        ("BEAM_CENTER_Y", said.beam_y_mm, "Ybeam_m"),
    ):
        items[name] = repr(in_mm(number_of(setup, quantity)) if value is None else value)
    return items


def _beam_spot(setup: Setup) -> dict[str, str]:
    """Where the beam meets the detector, in MOSFLM's terms, and the distance along the beam."""
    half = setup.detector.pixel_m / 2
    return {
        "DISTANCE": repr(abs(number_of(setup, "distance_m")) * 1e3),
        "MOSFLM_CENTER_X": repr((number_of(setup, "Sbeam_m") - half) * 1e3),
        "MOSFLM_CENTER_Y": repr((number_of(setup, "Fbeam_m") - half) * 1e3),
    }
