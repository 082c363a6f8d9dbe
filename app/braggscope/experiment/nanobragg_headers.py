"""Geometry from the headers of images: -mask first, then -img (spec 3.1)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from braggscope.experiment.files import sha256_of
from braggscope.experiment.nanobragg_state import Reader
from braggscope.experiment.resolving.units import in_mm, metres
from braggscope.experiment.smv import SmvImage, read_smv

#: Keyword -> field. CLOSE_DISTANCE stands in the way of DISTANCE where it comes later (Q13).
_FIELDS: Final = {
    "PIXEL_SIZE": "detector.pixel_mm",
    "DISTANCE": "detector.distance_mm",
    "CLOSE_DISTANCE": "detector.close_distance_mm",
    "WAVELENGTH": "beam.wavelength_A",
    "BEAM_CENTER_X": "detector.beam_x_mm",
    "ORGX": "detector.org_x_px",
    "ORGY": "detector.org_y_px",
    "PHI": "sampling.phi_start_deg",
}
_DEFAULT_SIZE_MM: Final = 102.4


def read_headers(reader: Reader, arguments: Sequence[str]) -> None:
    """Take what the headers of -mask and -img say; the flags come later and win."""
    for word in ("-mask", "-img"):
        named = [
            (argument, value)
            for argument, value in itertools.pairwise(arguments)
            if argument.startswith("-") and word in argument
        ]
        if not named:
            continue
        flag, name = named[-1]
        path = reader.folder / name
        if not reader.exists(name):
            reader.warn(f"{flag} {name}: there is no such file; nanoBragg goes on without it")
            continue
        image = read_smv(path, "mask" if word == "-mask" else "image")
        _apply(reader, image, f"the header of {flag}", is_mask=word == "-mask")
        if word == "-mask":
            _use_as_mask(reader, image, path, flag)


def _use_as_mask(reader: Reader, image: SmvImage, path: Path, flag: str) -> None:
    mask = {"path": path.absolute(), "sha256": sha256_of(image.content)}
    reader.put("detector.mask", mask, flag)
    reader.mask_size = (image.fast_pixels, image.slow_pixels)


def _apply(reader: Reader, image: SmvImage, source: str, *, is_mask: bool) -> None:
    def put(path: str, value: float | int | None) -> None:
        reader.put(path, value, source)
        reader.header_paths.add(path)

    put("detector.pixels_fast", image.fast_pixels)
    put("detector.pixels_slow", image.slow_pixels)
    for keyword, path in _FIELDS.items():
        value = image.number(keyword)
        if value is not None:
            put(path, value)
    pixel = image.number("PIXEL_SIZE")
    if pixel is not None:
        reader.header_size_mm["fast"] = in_mm(metres(pixel) * image.fast_pixels)
        reader.header_size_mm["slow"] = in_mm(metres(pixel) * image.slow_pixels)
    osc = image.number("OSC_RANGE")
    if osc is not None:
        put("sampling.osc_deg", osc if osc >= 0.0 else None)
    beam_y = image.number("BEAM_CENTER_Y")
    if beam_y is not None:
        if is_mask:  # Mirrored for masks alone (Q60).
            beam_y = _mirrored(beam_y, reader.header_size_mm.get("slow", _DEFAULT_SIZE_MM))
        put("detector.beam_y_mm", beam_y)


def _mirrored(beam_y_mm: float, size_mm: float) -> float:
    """The distance from the far edge, computed in metres as nanoBragg does."""
    return in_mm(metres(size_mm) - metres(beam_y_mm))
