"""Which commands were used last."""

from __future__ import annotations

from typing import Final

from braggscope.gui.layout_memory import LayoutMemory

_NAME: Final = "palette"
_MOST: Final = 8
_BETWEEN: Final = "\n"


class LastUsed:
    """Ids of commands, the one used last first; kept from start to start."""

    def __init__(self, memory: LayoutMemory) -> None:
        self._memory = memory

    @property
    def ids(self) -> tuple[str, ...]:
        """The commands used last."""
        return tuple(filter(None, self._memory.choice(_NAME).split(_BETWEEN)))

    def use(self, command_id: str) -> None:
        """A command is used."""
        ids = (command_id, *(known for known in self.ids if known != command_id))
        self._memory.remember(_NAME, _BETWEEN.join(ids[:_MOST]))
