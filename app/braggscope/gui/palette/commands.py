"""What the palette offers. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Command:
    """One thing to do or to go to.

    Attributes:
        id: stays the same from start to start, so that its use is remembered.
        title: its name.
        place: where else it stands, such as "View ▸ Scale".
        call: does it.
        key: its shortcut as people read it, or a flag of nanoBragg that says a field.
        checked: whether it is on; None where that means nothing.
        enabled: whether it can be done now.
        why: why it cannot be done now, if that is known.
        words: further words that find it.
        hint: a sentence about it.
    """

    id: str
    title: str
    place: str
    call: Callable[[], object]
    key: str = ""
    checked: bool | None = None
    enabled: bool = True
    why: str = ""
    words: tuple[str, ...] = ()
    hint: str = ""

    @property
    def spoken(self) -> str:
        """All of it, as a screen reader says it."""
        state = "" if self.checked is None else "on" if self.checked else "off"
        off = "" if self.enabled else f"not available{f': {self.why}' if self.why else ''}"
        return ", ".join(filter(None, (self.title, self.place, state, self.key, off)))
