"""Where file dialogs begin."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

from braggscope.gui.layout_memory import LayoutMemory

Kind = Literal["evidence", "experiments", "exports", "images", "logs", "pictures", "sessions"]


class Folders:
    """The folder that was used last for each kind of file.

    Before the first use it is the folder that the window was started in, where that says what
    somebody works on, else the one of the last time.
    """

    def __init__(self, memory: LayoutMemory) -> None:
        self._memory = memory
        self._used: dict[Kind, Path] = {}

    def of(self, kind: Kind) -> Path:
        """Where to begin."""
        last = self._memory.choice(f"folder of {kind}")
        proposed = [self._used.get(kind), _started_in(), Path(last) if last else None]
        there = (folder for folder in proposed if folder is not None and folder.is_dir())
        return next(there, Path.home())

    def keep(self, kind: Kind, folder: Path) -> None:
        """Begin there from now on."""
        self._used[kind] = folder = folder.absolute()
        self._memory.remember(f"folder of {kind}", str(folder))


def _started_in() -> Path | None:
    """The current folder; None where menus and icons start programs, which says nothing."""
    with suppress(OSError):  # It may be gone.
        here = Path.cwd()
        says_nothing = (Path(here.anchor), Path.home(), Path(sys.executable).parent)
        return None if any(_same(here, other) for other in says_nothing) else here
    return None


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False
