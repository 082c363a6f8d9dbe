"""A session as one file: `/session` as JSON, `/images/ID` with pixels, mask and provenance."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from braggscope.api import DetectorImage, Provenance, Run
from braggscope.io.provenance import provenance_data
from braggscope.session_files.container import Watch, opened_sealed, write_sealed
from braggscope.session_files.model import SESSION_NOTE, SavedSession
from braggscope.session_files.moving import Move
from braggscope.session_files.pixels import read_array, write_array

#: The largest array that is read, bytes.
LARGEST: Final = 2**34
_PACKAGES: Final = ("numpy", "torch", "h5py", "PySide6-Essentials")


@dataclass(frozen=True, eq=False)
class SessionContent:
    """A session with what is too large for its JSON.

    Attributes:
        images: row id -> image.
        selection: (n,) indices of picked pixels in raster order; None: nothing is picked.
    """

    saved: SavedSession
    images: Mapping[int, DetectorImage] = field(default_factory=dict)
    selection: NDArray[np.int64] | None = None


class _Origin(BaseModel):
    """The provenance of an image, as `braggscope.io.provenance` says it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: Run | None
    engine_version: str
    device: str
    precision: str
    wall_time_s: float
    peak_memory_bytes: int
    overlapped: bool
    command: tuple[str, ...]
    notes: tuple[str, ...]


def write_session(
    path: Path, content: SessionContent, watch: Watch | None = None, threads: int | None = None
) -> None:
    """Write a session; an existing file is replaced as a whole or not at all, a link stays one.

    Raises:
        InvalidInput: it cannot be written.
        Cancelled: nobody wants it any more.
    """
    text = content.saved.model_dump_json()

    def fill(file: Any, watch: Watch) -> None:
        file["folder"] = str(path.absolute().parent)
        file["session"] = text
        file["made_with"] = json.dumps(_made_with(), indent=1)
        _put_images(file, content.images, watch, threads)
        if content.selection is not None:
            write_array(file, "selection", content.selection, Watch(check=watch.check), threads)

    write_sealed(path, fill, watch or Watch())


def read_session(path: Path, watch: Watch | None = None, largest: int = LARGEST) -> SessionContent:
    """Read a session; files that it names and that moved with it are found again.

    Args:
        largest: bytes that one image may take.

    Raises:
        InvalidInput: it cannot be read, is no session, is damaged, or of a newer version.
        Cancelled: nobody wants it any more.
    """
    watch = watch or Watch()
    with opened_sealed(path, watch) as file:
        saved = SavedSession.model_validate_json(_text(file["session"]))
        images = _images(file, largest, watch.part(0.2, 1.0))
        selection = None
        if "selection" in file:
            found = read_array(file["selection"], 1, largest, Watch(check=watch.check))
            selection = found.astype(np.int64)
        move = Move(Path(_text(file["folder"])), path.absolute().parent)
        return SessionContent(move.session(saved), move.images(images), selection)


def write_image(path: Path, image: DetectorImage, watch: Watch | None = None) -> None:
    """Write one image as a session's, by one thread: this is for the background.

    Raises:
        InvalidInput: it cannot be written.
    """
    write_sealed(path, lambda file, w: _put_images(file, {1: image}, w, 1), watch or Watch())


def read_image(path: Path, largest: int = LARGEST) -> DetectorImage:
    """Read what `write_image` wrote.

    Raises:
        InvalidInput: it cannot be read, or is damaged.
    """
    with opened_sealed(path, Watch()) as file:
        return _images(file, largest, Watch())[1]


def _made_with() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _put_images(
    file: Any, images: Mapping[int, DetectorImage], watch: Watch, threads: int | None
) -> None:
    total = sum(image.data.nbytes for image in images.values()) or 1
    done = 0
    for number, image in images.items():
        group = file.create_group(f"images/{number}")
        end = done + image.data.nbytes
        part = watch.part(done / total, end / total)
        write_array(group, "data", image.data, part, threads)
        if image.mask is not None:
            mask = image.mask.view(np.uint8)
            write_array(group, "mask", mask, Watch(check=watch.check), threads)
        group["provenance"] = json.dumps(_origin_of(image), ensure_ascii=False)
        done = end


def _origin_of(image: DetectorImage) -> dict[str, Any]:
    data = provenance_data(image)
    return {**data, "notes": [note for note in data["notes"] if note != SESSION_NOTE]}


def _images(file: Any, largest: int, watch: Watch) -> dict[int, DetectorImage]:
    groups = dict(file["images"].items()) if "images" in file else {}
    images: dict[int, DetectorImage] = {}
    for order, (name, group) in enumerate(groups.items()):
        part = watch.part(order / len(groups), (order + 1) / len(groups))
        data = read_array(group["data"], 2, largest, part)
        mask = None
        if "mask" in group:
            mask = read_array(group["mask"], 2, largest, Watch(check=watch.check)).view(np.bool_)
            if mask.shape != data.shape:
                raise ValueError(f"the mask of image {name} has {mask.shape} pixels")
        origin = _Origin.model_validate_json(_text(group["provenance"]))
        made = Provenance(**{key: getattr(origin, key) for key in _Origin.model_fields})
        notes = (*made.notes, SESSION_NOTE)
        images[int(name)] = DetectorImage(data, mask, replace(made, notes=notes))
    return images


def _text(dataset: Any) -> str:
    return str(dataset.asstr()[()])
