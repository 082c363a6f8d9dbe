"""The header of nanoBragg's SMV images (spec section 11)."""

from __future__ import annotations

import sys
from typing import Final

from braggscope.physics.constants import DEGREES_PER_RADIAN
from braggscope.physics.setup import Setup

HEADER_BYTES: Final = 512


def smv_header(setup: Setup) -> bytes:
    """Header text, padded to 512 bytes; longer where the numbers need it (Q52)."""
    text = "{\n" + "".join(f"{line}\n" for line in _lines(setup)) + "}\f"
    return text.encode("ascii").ljust(HEADER_BYTES)


def _lines(setup: Setup) -> list[str]:
    """One `KEY=value;` each; DIALS_ORIGIN lacks its semicolon (Q53)."""
    return [
        f"{key}={value:g};"
        if isinstance(value, float)
        else f"{key}={value}{'' if key == 'DIALS_ORIGIN' else ';'}"
        for key, value in _pairs(setup)
    ]


def _pairs(setup: Setup) -> tuple[tuple[str, str | int | float], ...]:
    numbers = {name: q.value for name, q in setup.quantities.items() if isinstance(q.value, float)}
    mm = {name.removesuffix("_m"): value * 1e3 for name, value in numbers.items()}
    angles = {name: value * DEGREES_PER_RADIAN for name, value in numbers.items()}
    half = setup.detector.pixel_m / 2.0 * 1e3
    x, y, z = setup.detector.pix0_m * 1e3
    return (
        ("HEADER_BYTES", HEADER_BYTES),
        ("DIM", 2),
        ("BYTE_ORDER", f"{sys.byteorder}_endian"),
        ("TYPE", "unsigned_short"),
        ("SIZE1", setup.detector.fast_pixels),
        ("SIZE2", setup.detector.slow_pixels),
        ("PIXEL_SIZE", setup.detector.pixel_m * 1e3),
        ("DISTANCE", mm["distance"]),
        ("WAVELENGTH", numbers["lambda0_m"] * 1e10),
        ("BEAM_CENTER_X", mm["Xbeam"]),
        ("BEAM_CENTER_Y", mm["Ybeam"]),
        ("ADXV_CENTER_X", mm["Fbeam"]),
        ("ADXV_CENTER_Y", mm["detsize_s"] - mm["Sbeam"]),
        ("MOSFLM_CENTER_X", mm["Sbeam"] - half),
        ("MOSFLM_CENTER_Y", mm["Fbeam"] - half),
        ("DENZO_X_BEAM", mm["Sbeam"]),
        ("DENZO_Y_BEAM", mm["Fbeam"]),
        ("DIALS_ORIGIN", f"{z:g},{y:g},{-x:g}"),
        ("XDS_ORGX", numbers["ORGX"]),
        ("XDS_ORGY", numbers["ORGY"]),
        ("CLOSE_DISTANCE", mm["close_distance"]),
        ("PHI", angles["phi0_rad"]),
        ("OSC_START", angles["phi0_rad"]),
        ("OSC_RANGE", angles["osc_rad"]),
        ("TWOTHETA", angles["twotheta_rad"]),
        ("DETECTOR_SN", "000"),
        ("BEAMLINE", "fake"),
    )
