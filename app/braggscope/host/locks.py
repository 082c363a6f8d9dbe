"""Locks on files that end with the process that holds them, however it ends. Light: no NumPy.

A scratch folder holds a file `lock` that its host keeps locked; a free lock means a dead host.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "lock"


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


def remove_if_abandoned(folder: Path) -> bool:
    """Remove a scratch folder whose host is dead; True when it is gone.

    A folder without a lock file is left alone: its host is just making it.
    """
    try:
        fd = os.open(folder / LOCK_NAME, os.O_RDWR)
    except OSError:
        return not folder.exists()
    try:
        if not try_lock(fd):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    finally:
        os.close(fd)
