"""Tables on the terminal: never cut. What does not fit in the width stands in lines below."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: What a frame adds to each column.
_FRAME = 3
#: What a column in a pipe is filled up to at most.
_WIDEST = 34


class Sheet:
    """Rows of text under headers.

    Args:
        headers: of the columns.
        keys: how many columns name the row, from the left.
    """

    def __init__(self, *headers: str, keys: int = 1) -> None:
        self._headers = headers
        self._keys = keys
        self._rows: list[tuple[tuple[str, ...], str]] = []

    def add(self, *cells: str, style: str = "") -> None:
        """Another row."""
        self._rows.append((cells, style))

    def show(self, console: Console) -> None:
        """Framed where it fits, in lines where it does not, aligned where nobody looks."""
        if not console.is_terminal:
            self._print_aligned(console)
        elif sum(width + _FRAME for width in self._widths()) + 1 <= console.width:
            table = Table(*self._headers)
            for cells, style in self._rows:
                table.add_row(*map(Text, cells), style=style or None)
            console.print(table, highlight=False)
        else:
            self._print_records(console)

    def _widths(self) -> list[int]:
        columns = zip(self._headers, *(cells for cells, _ in self._rows), strict=True)
        return [max(len(cell) for cell in column) for column in columns]

    def _print_aligned(self, console: Console) -> None:
        # A long cell puts only its own row out of line.
        widths = [min(width, _WIDEST) for width in self._widths()]
        for cells in (self._headers, *(cells for cells, _ in self._rows)):
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            console.print(Text(line.rstrip()), soft_wrap=True)

    def _print_records(self, console: Console) -> None:
        named = self._headers[self._keys :]
        indent = max((len(header) for header in named), default=0)
        for cells, style in self._rows:
            head = "  ".join(cell for cell in cells[: self._keys] if cell)
            console.print(Text(head, style="bold"))
            for header, cell in zip(named, cells[self._keys :], strict=True):
                if cell:
                    console.print(Text(f"  {header.ljust(indent)}  {cell}", style=style))
