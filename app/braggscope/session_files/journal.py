"""What a window keeps while it lives, so that a killed one loses little. No Qt.

Each window has a folder of its own, with a lock that ends with its process: a folder whose lock is
free belongs to a window that is gone. `record.json` holds the session, `image-N.h5` an image each.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from braggscope import __version__
from braggscope.api import BraggscopeError, Cancelled, DetectorImage, InvalidInput
from braggscope.host.locks import LOCK_NAME, locked_folder, try_lock
from braggscope.session_files.container import FORMAT, Watch
from braggscope.session_files.model import SavedSession
from braggscope.session_files.session_file import SessionContent, read_image, write_image
from braggscope.whole_files import write_text

#: The folder to use instead of the system's; empty: none, nothing is kept.
FOLDER_VARIABLE: Final = "BRAGGSCOPE_STATE_DIR"
_PREFIX: Final = "window-"
_RECORD: Final = "record.json"
#: A folder without a lock is one that is just being made, or whose maker died at once.
_UNLOCKED_AGE_S: Final = 3600.0


def journals_folder() -> Path | None:
    """Where windows keep their journals; None: nowhere."""
    said = os.environ.get(FOLDER_VARIABLE)
    if said == "":
        return None
    with suppress(OSError, RuntimeError):  # There may be no home folder.
        root = Path(said) if said else platformdirs.user_state_path("braggscope")
        return root / "unsaved"
    return None


class Record(BaseModel):
    """What `record.json` says.

    Attributes:
        images: row id -> name of the file with its image.
        left_out: row id -> why its image is not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    creator: str
    written: datetime
    session: SavedSession
    images: dict[int, str] = Field(default_factory=dict)
    left_out: dict[int, str] = Field(default_factory=dict)


class Journal:
    """A folder that this process holds.

    Attributes:
        folder: may be removed by nobody else.
    """

    def __init__(self, folder: Path, lock_fd: int) -> None:
        self.folder = folder
        self._lock_fd: int | None = lock_fd

    @classmethod
    def begin(cls, root: Path) -> Self:
        """A new one.

        Raises:
            InvalidInput: no folder can be made.
        """
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(*locked_folder(root, _PREFIX))
        except OSError as error:
            raise InvalidInput(
                f"nothing can be kept in {root}",
                why=error.strerror or str(error),
                remedy="Check the folder's permissions and the free space, or set"
                f" {FOLDER_VARIABLE} to another one",
            ) from error

    @classmethod
    def claim(cls, folder: Path) -> Self | None:
        """The journal of a window that is gone; None when it lives, or others have it."""
        try:
            fd = os.open(folder / LOCK_NAME, os.O_RDWR)
        except OSError:
            return None
        if try_lock(fd) and _is_still(folder / LOCK_NAME, fd):
            return cls(folder, fd)
        os.close(fd)
        return None

    def release(self) -> None:
        """Let go of it: whoever comes next may claim it."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def remove(self) -> None:
        """Remove it with all that it holds."""
        # Locked to the end: nobody claims half of it.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def write(self, record: Record) -> None:
        """Keep another record in the place of the last one.

        Raises:
            InvalidInput: there is no room.
        """
        write_text(self.folder / _RECORD, record.model_dump_json())

    def read(self) -> Record:
        """The last record.

        Raises:
            InvalidInput: there is none, or it is not understood.
        """
        path = self.folder / _RECORD
        try:
            return Record.model_validate_json(path.read_bytes())
        except (OSError, ValidationError, ValueError) as error:
            raise InvalidInput(
                "what was kept of a session cannot be read",
                where=str(path),
                why=f"{type(error).__name__}: {str(error)[:400]}",
                remedy="It stays where it is; images beside it are HDF5 files",
            ) from error

    def forget(self) -> None:
        """Have nothing to offer any more; the folder stays."""
        for path in self.folder.glob("*"):
            if path.name != LOCK_NAME:
                path.unlink(missing_ok=True)

    def clear(self, keep: set[str]) -> None:
        """Remove images whose names are not among those to keep, and what was half written."""
        for pattern in ("image-*.h5", ".image-*.part"):
            for path in self.folder.glob(pattern):
                if path.name not in keep:
                    path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Restored:
    """What a journal gave.

    Attributes:
        files: row id -> the file that holds its image.
        notes: what is not there, and why.
    """

    content: SessionContent
    files: Mapping[int, str]
    notes: tuple[str, ...]


def restored(journal: Journal, record: Record, watch: Watch | None = None) -> Restored:
    """The session of a journal with all images that can be read.

    Raises:
        Cancelled: nobody wants it any more.
    """
    watch, number = watch or Watch(), len(record.images)
    images: dict[int, DetectorImage] = {}
    notes = [f"the image of row {row} was not kept: {why}" for row, why in record.left_out.items()]
    for order, (row, name) in enumerate(record.images.items()):
        part = watch.part(order / number, (order + 1) / number)
        try:
            images[row] = read_image(journal.folder / Path(name).name, part)
        except Cancelled:
            raise
        except BraggscopeError as error:
            notes.append(f"the image of row {row}: {error}")
    content = SessionContent(record.session, images)
    return Restored(content, {row: record.images[row] for row in images}, tuple(notes))


def abandoned(root: Path) -> list[tuple[Journal, Record | None]]:
    """Journals of windows that are gone, the last one first; they are claimed.

    A record of None cannot be read. Folders that never held one are removed.
    """
    found: list[tuple[float, Journal, Record | None]] = []
    for folder in root.glob(f"{_PREFIX}*") if root.is_dir() else ():
        _remove_if_stillborn(folder)
        journal = Journal.claim(folder)
        if journal is None:
            continue
        try:
            written = (folder / _RECORD).stat().st_mtime
        except OSError:
            journal.remove()
            continue
        try:
            found.append((written, journal, journal.read()))
        except InvalidInput:
            found.append((written, journal, None))
    found.sort(key=lambda item: item[0], reverse=True)
    return [(journal, record) for _, journal, record in found]


_UNWRITTEN: Final = "its window ended before it was written; press F5 to run it again"


class Keeper:
    """Keeps a journal of what is on screen; in a thread of its own, one call after the other.

    Args:
        most_bytes: of all images together, as they are in memory.
    """

    def __init__(self, journal: Journal, most_bytes: int) -> None:
        self.journal = journal
        self._most_bytes = most_bytes
        self._kept: dict[int, tuple[DetectorImage, str]] = {}
        self._numbers = 0

    def adopt(self, images: Mapping[int, DetectorImage], files: Mapping[int, str]) -> None:
        """Know that a journal that was restored holds these images."""
        self._kept = {row: (images[row], name) for row, name in files.items()}
        numbers = (name.removeprefix("image-").removesuffix(".h5") for name in files.values())
        self._numbers = max((int(text) for text in numbers if text.isdigit()), default=0)

    def keep(self, content: SessionContent, check: Callable[[], None] = lambda: None) -> None:
        """Keep a session: the record at once, then images that are new, once each.

        Args:
            check: raises `Cancelled` when there is no time for images any more.

        Raises:
            InvalidInput: there is no room.
            Cancelled: the record is kept, not all images are.
        """
        wanted, left_out = self._within_limit(content)
        new = {row: image for row, image in wanted.items() if not self._has(row, image)}
        self._kept = {row: kept for row, kept in self._kept.items() if row in wanted.keys() - new}
        # Until an image is written, whoever restores the session is told that it is missing.
        left_out |= dict.fromkeys(new, _UNWRITTEN)
        self._write(content.saved, left_out)
        for row, image in new.items():
            self._numbers += 1
            name = f"image-{self._numbers}.h5"
            write_image(self.journal.folder / name, image, Watch(check=check))
            self._kept[row] = image, name
            del left_out[row]
            self._write(content.saved, left_out)
        self.journal.clear({name for _, name in self._kept.values()})

    def forget(self) -> None:
        """Have nothing to offer any more."""
        self._kept.clear()
        self.journal.forget()

    def _has(self, row: int, image: DetectorImage) -> bool:
        return row in self._kept and self._kept[row][0] is image

    def _write(self, saved: SavedSession, left_out: Mapping[int, str]) -> None:
        files = {row: name for row, (_, name) in self._kept.items()}
        self.journal.write(
            Record(
                format=FORMAT,
                creator=f"Braggscope {__version__}",
                written=datetime.now(UTC),
                session=saved,
                images=files,
                left_out=dict(left_out),
            )
        )

    def _within_limit(
        self, content: SessionContent
    ) -> tuple[dict[int, DetectorImage], dict[int, str]]:
        """Images that there is room for, A and B first, and why others are left out."""
        room = self._most_bytes
        wanted: dict[int, DetectorImage] = {}
        left_out: dict[int, str] = {}
        for row in sorted(content.images, key=lambda row: row not in content.saved.sides):
            image = content.images[row]
            size = image.data.nbytes + (0 if image.mask is None else image.mask.nbytes)
            if size <= room:
                wanted[row] = image
                room -= size
            else:
                left_out[row] = (
                    f"limits.autosave_bytes is {self._most_bytes / 2**20:.0f} MiB"
                    if self._most_bytes
                    else "limits.autosave_bytes is 0"
                )
        return wanted, left_out


def _is_still(path: Path, fd: int) -> bool:
    """Whether an open file is still the one of that name, and was not removed meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except OSError:
        return False


def _remove_if_stillborn(folder: Path) -> None:
    with suppress(OSError):
        old = time.time() - folder.stat().st_mtime > _UNLOCKED_AGE_S
        if old and not (folder / LOCK_NAME).exists():
            shutil.rmtree(folder, ignore_errors=True)
