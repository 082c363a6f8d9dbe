"""Locks on files that end with the process that holds them, however it ends. Light: no NumPy.

A scratch folder holds a file `lock` that its host keeps locked; a free lock means a dead host.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "lock"
_PAUSE_S: Final = 0.05


def try_lock(fd: int) -> bool:
    """Lock an open file without waiting; False when another process holds it."""
    try:
        _lock(fd)
    except OSError:
        return False
    return True


def _lock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locked_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new folder whose lock this process holds, and the lock's file descriptor.

    Its name is the prefix, our process id, and something of its own.

    Raises:
        OSError: it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=parent))
    fresh = folder / f"{LOCK_NAME}.new"
    fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try_lock(fd)
    # Under its final name it is locked from the start: nobody takes us for dead.
    fresh.rename(folder / LOCK_NAME)
    return folder, fd


def remove_if_abandoned(folder: Path, patience_s: float = 0.0) -> bool:
    """Remove a scratch folder whose host is dead; True when it is gone.

    A folder without a lock file is left alone: its host is just making it.

    Args:
        patience_s: seconds to go on while dying processes still write into it.
    """
    try:
        fd = os.open(folder / LOCK_NAME, os.O_RDWR)
    except OSError:
        return not folder.exists()
    try:
        if try_lock(fd):
            _remove(folder, time.monotonic() + patience_s)
    finally:
        os.close(fd)
    return not folder.exists()


def _remove(folder: Path, deadline: float) -> None:
    """Remove a folder; its lock goes last, so that a removal that fails is tried again later."""
    while not _emptied(folder):
        if time.monotonic() >= deadline:
            return
        time.sleep(_PAUSE_S)
    (folder / LOCK_NAME).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _emptied(folder: Path) -> bool:
    """Whether nothing but the lock is left after an attempt to remove the rest."""
    rest = [entry for entry in folder.iterdir() if entry.name != LOCK_NAME]
    for entry in rest:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with suppress(OSError):
                entry.unlink()
    return not any(os.path.lexists(entry) for entry in rest)
