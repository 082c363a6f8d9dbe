"""Reflections that took a while to read, kept on disk in a form that is read at once.

A file in the cache is named by the content that it came from, so it never grows stale. Whatever
goes wrong with it (a full disk, no permission, damage) means that the original is read as if there
were no cache.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np

from braggscope import __version__
from braggscope.cache_folder import cache_folder
from braggscope.errors import InvalidInput
from braggscope.experiment.reflection_files.table import Reflections
from braggscope.whole_files import Sink, write_whole

#: Counts up when readers or this form change.
_FORM: Final = 2
_WORTH_S: Final = 0.05
_MOST_BYTES: Final = 2**29
_SUFFIX: Final = ".npz"
_DIGEST_BYTES: Final = 32
#: No draft takes this long to write.
_ABANDONED_S: Final = 3600.0


def remembered(
    digest: str, path: Path, choices: tuple[object, ...], read: Callable[[], Reflections]
) -> Reflections:
    """What `read` gives for a file, from the cache if it was read before.

    Args:
        digest: SHA-256 of the file's content.
        path: the file; its name may decide how it is read, and stands in notes.
        choices: what else the reflections depend on.
    """
    place = _place_of(digest, path, choices)
    found = None if place is None else _loaded(place)
    if found is not None:
        return found
    began = time.perf_counter()
    reflections = read()
    if place is not None and time.perf_counter() - began > _WORTH_S:
        _keep(place, reflections)
    return reflections


def _place_of(digest: str, path: Path, choices: tuple[object, ...]) -> Path | None:
    root = cache_folder()
    if root is None:
        return None
    identity = [_FORM, __version__, _gemmi_version(), digest, path.name, *map(repr, choices)]
    name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    return root / "reflections" / f"{name}{_SUFFIX}"


def _gemmi_version() -> str:
    try:
        return version("gemmi")
    except PackageNotFoundError:
        return ""


def _loaded(place: Path) -> Reflections | None:
    """The reflections in a file of the cache; None unless it is to the last bit as we wrote it."""
    try:
        content = place.read_bytes()
    except OSError:
        return None
    if _digest(memoryview(content)[:-_DIGEST_BYTES]) != content[-_DIGEST_BYTES:]:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        said = json.loads(arrays["said"].tobytes())
        hkl, amplitude, bounds = arrays["hkl"], arrays["amplitude"], arrays["bounds"]
    with suppress(OSError):  # A cache that we may only read serves as well.
        os.utime(place)
    return Reflections(hkl, amplitude, tuple(said["notes"]), bounds, tuple(said["warnings"]))


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).digest()


def _keep(place: Path, reflections: Reflections) -> None:
    """Write an .npz file, and behind it its digest: the archive's checksums leave out a lot."""
    said = {"notes": reflections.notes, "warnings": reflections.warnings}

    def write(sink: Sink) -> None:
        archive = io.BytesIO()
        np.savez(
            archive,
            said=np.frombuffer(json.dumps(said).encode(), np.uint8),
            hkl=reflections.hkl,
            amplitude=reflections.amplitude,
            bounds=reflections.range,
        )
        content = archive.getvalue()
        sink.write(content)
        sink.write(_digest(content))

    with suppress(OSError, InvalidInput):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, write)
        _make_room(place.parent)


def _make_room(folder: Path) -> None:
    """Remove what was used longest ago, and what writers left that were ended in the middle."""
    files = [(found.stat(), found) for found in folder.iterdir() if found.suffix == _SUFFIX]
    files.sort(key=lambda item: item[0].st_mtime_ns)
    total = sum(status.st_size for status, _ in files)
    for status, found in files:
        if total <= _MOST_BYTES:
            break
        found.unlink(missing_ok=True)
        total -= status.st_size
    for draft in folder.glob(f".*{_SUFFIX}.*.part"):
        if time.time() - draft.stat().st_mtime > _ABANDONED_S:
            draft.unlink(missing_ok=True)
