"""Tables of text in sections, whose cells are made when they are looked at. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class TextLine:
    """A line of cells.

    Args:
        name: the variable that it is about.
        cell: gives the text of a column, in full (every digit) or not.
        tip: gives the tooltip of a column.
        is_strong: whether a column is to be seen first.
    """

    def __init__(
        self,
        name: str,
        cell: Callable[[int, bool], str],
        tip: Callable[[int], str] = lambda column: "",
        is_strong: Callable[[int], bool] = lambda column: False,
    ) -> None:
        self.name = name
        self.tip, self.is_strong = tip, is_strong
        self._cell = cell
        self._known: dict[int, str] = {}

    def text(self, column: int) -> str:
        """A cell to read; kept, as it is asked for at every repaint."""
        if column not in self._known:
            self._known[column] = self._cell(column, False)
        return self._known[column]

    def full(self, column: int) -> str:
        """A cell to copy."""
        return self._cell(column, True)


@dataclass(frozen=True)
class Section:
    """Lines under a title that can be folded.

    Attributes:
        title: of the section.
        lines: in order.
        note: beside the title, such as how many lines differ.
        opens: whether it is open at first; None: where it has a note.
    """

    title: str
    lines: Sequence[TextLine]
    note: str = ""
    opens: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is open as long as the user did not choose."""
        return bool(self.note) if self.opens is None else self.opens


@dataclass(frozen=True)
class TextTable:
    """What a `SectionModel` shows.

    Attributes:
        headers: of the columns.
        sections: in order.
        tips: tooltips of the headers, by column.
        numeric: columns whose text stands to the right.
    """

    headers: tuple[str, ...]
    sections: tuple[Section, ...]
    tips: dict[int, str] = field(default_factory=dict)
    numeric: frozenset[int] = frozenset()

    def rows(self) -> list[list[str]]:
        """All lines to copy, each after the title of its section."""
        return [
            [section.title, *(line.full(column) for column in range(len(self.headers)))]
            for section in self.sections
            for line in section.lines
        ]
