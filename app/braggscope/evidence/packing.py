"""Puts files into a folder or a zip file, all of them or none."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.evidence.bundle import CHECKSUMS, MANIFEST, Put
from braggscope.evidence.opening import parts
from braggscope.whole_files import check_writable, write_whole

#: Bytes between two looks at whether to go on: less than 0.1 s of compressing.
_PIECE: Final = 1 << 20
#: Tells whether files can be made beside a folder that is to come.
_PROBE: Final = ".braggscope-probe"
#: Called with the bytes that were just written; what it raises ends the work.
Check = Callable[[int], None]
Fill = Callable[[Put], None]


def pack(target: Path, fill: Fill, check: Check = lambda size: None) -> None:
    """Fill a bundle, with checksums of all its files; a zip file by its suffix, else a folder.

    It is there whole or not at all: an older bundle of that name is replaced at the end, and stays
    where this one does not come about.

    Args:
        fill: puts the files.
        check: called again and again; what it raises ends the work.

    Raises:
        InvalidInput: it cannot be written, or the folder holds other files.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix.lower() == ".zip":
            write_whole(target, lambda sink: _fill_zip(sink, fill, check))
        else:
            _fill_folder(target, fill, check)
    except OSError as error:
        raise _not_written(target, error) from error


def check_target(target: Path) -> None:
    """Refuse a place that cannot take a bundle, before the work whose result it is to take.

    Raises:
        InvalidInput: nothing can be written there, or the folder holds other files.
    """
    if target.suffix.lower() != ".zip":
        _refuse_others(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(target, error) from error
    check_writable(target if target.suffix.lower() == ".zip" else target.with_name(_PROBE))


def _not_written(target: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"cannot write the bundle {target}",
        why=error.strerror or str(error),
        remedy="Check the folder, its permissions and the free space",
    )


class _Sums:
    """The checksums of what went by."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def write(
        self, name: str, parts: Sequence[bytes | memoryview], sink: Any, check: Check
    ) -> None:
        """Pass a file's content on, piece by piece."""
        digest = hashlib.sha256()
        for part in parts:
            view = memoryview(part)
            for start in range(0, len(view), _PIECE):
                piece = view[start : start + _PIECE]
                digest.update(piece)
                sink.write(piece)
                check(len(piece))
        self._digests[name] = digest.hexdigest()

    def listed(self) -> bytes:
        """As `sha256sum` writes them."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self._digests.items()))
        return "".join(lines).encode()


def _fill_zip(sink: Any, fill: Fill, check: Check) -> None:
    sums = _Sums()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def put(name: str, *parts: bytes | memoryview) -> None:
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as part:
                sums.write(name, parts, part, check)

        fill(put)
        archive.writestr(CHECKSUMS, sums.listed())


def _fill_folder(target: Path, fill: Fill, check: Check) -> None:
    target = Path(os.path.realpath(target))
    _refuse_others(target)
    draft, old = (
        target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("part", "old")
    )
    sums = _Sums()

    def put(name: str, *parts: bytes | memoryview) -> None:
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sink:
            sums.write(name, parts, sink, check)

    try:
        draft.mkdir()
        fill(put)
        (draft / CHECKSUMS).write_bytes(sums.listed())
        if target.exists():
            target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            with contextlib.suppress(OSError):
                old.rename(target)
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _refuse_others(folder: Path) -> None:
    """A folder is replaced only where nothing but an older bundle is lost."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InvalidInput(
            f"cannot write the bundle {folder}",
            why="There is a file of that name",
            remedy="Choose another name, or one that ends in .zip",
        )
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    others = there - _own_names(folder)
    if others:
        raise InvalidInput(
            f"the folder {folder} holds other files",
            why=f"{min(others)} belongs to no bundle, and would be lost",
            remedy="Choose a new or an empty folder",
        )


def _own_names(folder: Path) -> set[str]:
    """Files that an older bundle in a folder wrote. Others keep checksums there too: only names
    that bundles have count, and only beside a manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return set()
    if not isinstance(manifest, dict) or "format" not in manifest or "runs" not in manifest:
        return set()
    listed = {line.partition("  ")[2] for line in lines}
    return {CHECKSUMS, *listed.intersection(parts(folder))}
