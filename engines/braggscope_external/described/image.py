"""The image that a described program wrote, turned and scaled as its file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import BraggscopeError, EngineFailed
from braggscope.engine_files.model import ImageFile
from braggscope_external.described.inputs import Place
from braggscope_files.found import Wanted
from braggscope_files.loading import Choice, load

_LETTERS: Final = {"float": "f", "int": "i", "uint": "u"}
_MOST_NAMED: Final = 8


def announced_dtype(said: ImageFile) -> str:
    """The type of the image that a run will have, before there is a file."""
    plain = (said.scale, said.offset) == (1.0, 0.0)
    return "float32" if said.format == "raw" and said.type == "float32" and plain else "float64"


def read_image(
    said: ImageFile, place: Place, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The image in the working folder as [slow, fast] photons per pixel, and its mask or None.

    Args:
        shape: of the detector.

    Raises:
        EngineFailed: there is none, it cannot be read, or it has another shape.
    """
    path = _the_file(said, place)
    stored = shape[::-1] if said.transpose else shape
    if said.format == "raw":
        pixels, mask = _raw(said, path, stored), None
    else:
        pixels, mask = _known_format(said, path, stored)
    if pixels.shape != stored:
        raise EngineFailed(
            f"the image has {_shown(pixels.shape)} pixels, not {_shown(stored)} (slow × fast)",
            where=path.name,
            why=_why_other_shape(said, pixels.shape, stored),
            remedy="Make the program write the experiment's detector, or say transpose in [image]",
        )
    if (said.scale, said.offset) != (1.0, 0.0):
        pixels = pixels.astype(np.float64) * said.scale + said.offset
    return turned(pixels, said), None if mask is None else turned(mask, said)


def turned(pixels: NDArray[Any], said: ImageFile) -> NDArray[Any]:
    """From the file's order to [slow, fast] of the detector."""
    pixels = pixels.T if said.transpose else pixels
    pixels = pixels[::-1] if said.flip_slow else pixels
    return pixels[:, ::-1] if said.flip_fast else pixels


def matches_in(said: ImageFile, folder: Path) -> dict[Path, tuple[int, ...]]:
    """Files that match the image's name, and what changes when one is written anew."""
    if not said.is_pattern:
        return {}
    found = ((path, path.stat()) for path in sorted(folder.glob(said.file)) if path.is_file())
    return {path: (state.st_ino, state.st_mtime_ns, state.st_size) for path, state in found}


def _the_file(said: ImageFile, place: Place) -> Path:
    if not said.is_pattern and (place.folder / said.file).is_file():
        return place.folder / said.file
    matches = matches_in(said, place.folder).items()
    found = [path for path, state in matches if place.left.get(path) != state]
    if len(found) == 1:
        return found[0]
    others = sorted(p.name for p in place.folder.iterdir() if p.is_file())
    named = ", ".join(others[:_MOST_NAMED]) + (" …" if len(others) > _MOST_NAMED else "")
    new = "new " if matches else ""
    what = f"{len(found)} files match {said.file}" if found else f"there is no {new}{said.file}"
    raise EngineFailed(
        "the program wrote no image" if not found else "it is not clear which file is the image",
        where=said.file,
        why=f"{what} in its working folder, which holds {named or 'nothing'}",
        remedy="Say the file's name as image.file, or hand {image} to the program",
    )


def _raw(said: ImageFile, path: Path, shape: tuple[int, int]) -> NDArray[Any]:
    name = said.type.rstrip("0123456789")
    size = int(said.type.removeprefix(name)) // 8
    order = "<" if said.byte_order == "little" else ">"
    dtype = np.dtype(f"{order}{_LETTERS[name]}{size}")
    expected = said.skip_bytes + shape[0] * shape[1] * size
    found = path.stat().st_size
    if found != expected:
        raise EngineFailed(
            f"the image has {found} bytes, not {expected}",
            where=path.name,
            why=f"expected {_shown(shape)} pixels (slow × fast) of {said.type}"
            + (f" behind {said.skip_bytes} bytes" if said.skip_bytes else "")
            + _other_type(found - said.skip_bytes, shape),
            remedy="Correct image.type or image.skip_bytes, or what the program writes",
        )
    with path.open("rb") as stream:
        stream.seek(said.skip_bytes)
        pixels = np.fromfile(stream, dtype)
    return pixels.reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _other_type(found: int, shape: tuple[int, int]) -> str:
    """What the size would fit."""
    names = {2: "uint16", 4: "float32", 8: "float64"}
    count = shape[0] * shape[1]
    fits = next((name for size, name in names.items() if size * count == found), None)
    return f"; the size is that of {fits}" if fits else ""


def _known_format(
    said: ImageFile, path: Path, shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    try:
        loaded = load(Choice(path, Wanted(said.frame - 1, said.dataset, shape)))
    except BraggscopeError as error:
        raise EngineFailed(
            error.what, where=error.where, why=error.why, remedy=error.remedy
        ) from error
    return loaded.pixels, loaded.mask


def _why_other_shape(said: ImageFile, found: tuple[int, ...], stored: tuple[int, int]) -> str:
    if tuple(found) == stored[::-1]:
        other = "false" if said.transpose else "true"
        return f"Its axes are the other way round: image.transpose = {other} would fit"
    return "Images are never resampled in silence"


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
