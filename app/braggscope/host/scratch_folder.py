"""The host's private folder on the disk, and the sweep of those of dead hosts. Light: no NumPy."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from braggscope.errors import BraggscopeError
from braggscope.host.locks import LOCK_NAME, locked_folder, remove_if_abandoned

PREFIX: Final = "braggscope-"
_UNLOCKED_AGE_S = 24 * 3600.0


class ScratchFolder:
    """A folder of this process, for its user alone, that goes with the process.

    Attributes:
        path: of the folder.

    Args:
        parent: where to put it; default: the system's folder for temporary files.

    Raises:
        BraggscopeError: it cannot be made.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._counter = 0
        self._closed = False
        parent = parent or Path(tempfile.gettempdir())
        try:
            self.path, self._lock_fd = locked_folder(parent, PREFIX)
        except OSError as error:
            raise disk_error(error, "a folder for temporary files", parent) from error

    def new_path(self, name: str) -> Path:
        """A path in the folder that nobody uses yet."""
        with self._lock:
            self._counter += 1
            return self.path / f"{name}-{self._counter}"

    def new_folder(self, name: str) -> Path:
        """An empty folder in it.

        Raises:
            BraggscopeError: there is no room.
        """
        made = self.new_path(name)
        try:
            made.mkdir()
        except OSError as error:
            raise disk_error(error, "a folder for temporary files", self.path) from error
        return made

    def close(self) -> None:
        """Remove the folder with everything in it; may be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock_fd)


def sweep(parent: Path | None = None) -> list[Path]:
    """Remove the scratch folders of dead hosts; gives what was removed."""
    folder = parent or Path(tempfile.gettempdir())
    return [
        found
        for found in folder.glob(f"{PREFIX}[0-9]*-*")
        if _is_ours(found) and (remove_if_abandoned(found) or _removed_as_stillborn(found))
    ]


def disk_error(error: OSError, purpose: str, folder: Path) -> BraggscopeError:
    """What the user is told of a disk that does not take what is needed."""
    return BraggscopeError(
        f"there is no room for {purpose}" if error.errno == errno.ENOSPC else f"no {purpose}",
        where=str(folder),
        why=error.strerror or str(error),
        remedy="Free space there, or set TMPDIR to a folder on another disk",
    )


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return mine and folder.is_dir() and not folder.is_symlink()


def _removed_as_stillborn(folder: Path) -> bool:
    """Remove a folder that never got its lock because its host died at once, after a day."""
    try:
        old = time.time() - folder.stat().st_mtime > _UNLOCKED_AGE_S
    except OSError:
        return False
    if not old or (folder / LOCK_NAME).exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True
