"""Unpacks a bundle's zip file, which may come from anywhere and be damaged."""

from __future__ import annotations

import contextlib
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from braggscope.api import InvalidInput

_PIECE: Final = 1 << 20
_MOST_BYTES: Final = 32 << 30
_MOST_FILES: Final = 20_000
#: What a damaged zip makes the library raise.
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError,
    struct.error, OverflowError, MemoryError,
)  # fmt: skip


def unpack(
    path: Path,
    folder: Path,
    tell: Callable[[float, str], None] = lambda fraction, what: None,
    wanted: Callable[[str], bool] = lambda name: True,
) -> tuple[str, ...]:
    """Unpack a zip file into a folder.

    Args:
        tell: told the share that is done; what it raises ends the work.
        wanted: which files, by name.

    Returns:
        Names of files that are damaged, and left out.

    Raises:
        InvalidInput: it is no zip file, it has files that would land outside of the folder, or
            there is no room for what it says it holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_foreign(path, entries)
            entries = [entry for entry in entries if wanted(entry.filename)]
            total = _room_for(path, entries, folder)
            done = 0

            def check(size: int) -> None:
                nonlocal done
                done += size
                tell(min(1.0, done / total), f"unpacking {path.name}")

            return tuple(e.filename for e in entries if not _unpacked(archive, e, folder, check))
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidInput(f"{path} cannot be unpacked", why=why) from error
    except _DAMAGE as error:
        raise no_bundle(path, str(error) or type(error).__name__) from error


def no_bundle(path: Path, why: str) -> InvalidInput:
    """What is said of anything that is no bundle."""
    return InvalidInput(
        f"{path} is no evidence bundle",
        why=why,
        remedy="A bundle is a folder or a zip file that File ▸ Export evidence, or"
        " `braggscope compare --bundle`, wrote",
    )


def _refuse_foreign(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_FILES:
        raise no_bundle(path, f"it holds {len(entries)} files")
    names = set()
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or "\0" in str(name):
            raise no_bundle(path, f"{entry.filename!r} leads outside of it")
        if ":" in entry.filename or name in names:
            raise no_bundle(path, f"it holds {entry.filename!r}, which no bundle does")
        names.add(name)


def _room_for(path: Path, entries: list[zipfile.ZipInfo], folder: Path) -> int:
    """Bytes of all entries; no entry can give more than it says."""
    total = sum(entry.file_size for entry in entries)
    free = shutil.disk_usage(folder).free
    if total > min(_MOST_BYTES, free):
        raise InvalidInput(
            f"{path} is too large to be unpacked",
            why=f"it says that it holds {total / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB"
            " free",
            remedy="Make room, or unpack it elsewhere and open its folder",
        )
    return max(1, total)


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, check: Callable[[int], None]
) -> bool:
    """Whether a file came out whole; if not, it is not there."""
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return False
        with archive.open(entry) as source, target.open("wb") as sink:
            while piece := source.read(_PIECE):
                sink.write(piece)
                check(len(piece))
        whole = target.stat().st_size == entry.file_size
    except _DAMAGE:
        whole = False
    if not whole:
        with contextlib.suppress(FileNotFoundError):
            target.unlink()
    return whole
