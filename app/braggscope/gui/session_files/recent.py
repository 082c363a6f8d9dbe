"""Sessions and experiments that were opened or saved last, in one menu."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu

from braggscope.gui.layout_memory import LayoutMemory

Kind = Literal["session", "experiment", "evidence"]
_TITLES: Final[dict[Kind, str]] = {
    "session": "Sessions", "experiment": "Experiments", "evidence": "Evidence",
}  # fmt: skip
_MOST: Final = 8
#: Characters of a folder that a line shows.
_LONGEST: Final = 48


class RecentFiles:
    """Paths by kind, the last one first, kept beside the window's layout."""

    def __init__(self, memory: LayoutMemory) -> None:
        self._memory = memory

    def paths(self, kind: Kind) -> tuple[Path, ...]:
        """The files of a kind; what was kept and is not understood counts for nothing."""
        try:
            said = json.loads(self._memory.choice(f"recent {kind}s", "[]"))
        except ValueError:
            return ()
        names = said if isinstance(said, list) else []
        return tuple(Path(name) for name in names if isinstance(name, str) and name)[:_MOST]

    def add(self, kind: Kind, path: Path) -> None:
        """A file was opened or saved."""
        path = path.absolute()
        self._keep(kind, (path, *(other for other in self.paths(kind) if other != path)))

    def drop(self, path: Path) -> None:
        """A file is gone, or is none."""
        for kind in _TITLES:
            self._keep(kind, tuple(p for p in self.paths(kind) if p != path.absolute()))

    def clear(self) -> None:
        """Forget all of them."""
        for kind in _TITLES:
            self._keep(kind, ())

    def _keep(self, kind: Kind, paths: tuple[Path, ...]) -> None:
        self._memory.remember(f"recent {kind}s", json.dumps([str(path) for path in paths[:_MOST]]))


class RecentMenu:
    """Fills a menu whenever it opens.

    Args:
        open_: called with the kind and the path that were chosen.
        extra: adds what else belongs into the menu.
    """

    def __init__(
        self,
        menu: QMenu,
        recent: RecentFiles,
        open_: Callable[[Kind, Path], None],
        extra: Callable[[QMenu], None],
    ) -> None:
        self._menu, self._recent, self._open, self._extra = menu, recent, open_, extra
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """Show what is known now."""
        self._menu.clear()
        number = 0
        for kind, title in _TITLES.items():
            paths = self._recent.paths(kind)
            if paths:
                self._menu.addSection(title)
            for path in paths:
                number += 1
                self._add(kind, path, number)
        self._extra(self._menu)
        if number:
            self._menu.addSeparator()
            self._menu.addAction("&Clear this list").triggered.connect(self._recent.clear)
        elif self._menu.isEmpty():
            self._menu.addAction("Nothing was opened yet").setEnabled(False)

    def _add(self, kind: Kind, path: Path, number: int) -> None:
        key = f"&{number} " if number < 10 else ""
        name, folder = (text.replace("&", "&&") for text in (path.name, _shown(path.parent)))
        action = self._menu.addAction(f"{key}{name}   {folder}")
        action.setToolTip(str(path))
        # Its text and number change with what else was opened.
        action.setObjectName(f"recent {kind} {path}")
        action.triggered.connect(lambda: self._open(kind, path))


def _shown(folder: Path) -> str:
    """A folder in little room; its end says most."""
    text = str(folder)
    with suppress(ValueError, RuntimeError):  # Elsewhere, or there is no home folder.
        text = f"~/{folder.relative_to(Path.home())}".removesuffix("/.")
    return text if len(text) <= _LONGEST else f"…{text[-_LONGEST:]}"
