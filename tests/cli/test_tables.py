"""Tables are never cut, whatever the width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from braggscope.cli.tables import Sheet

LONG = "1.23456789 2.3456789 3.456789 4.56789"


def shown(width: int, terminal: bool) -> str:
    sheet = Sheet("", "variable", "A", "B", keys=2)
    sheet.add("▶", "polar_incident", LONG, LONG, style="bold red")
    sheet.add("", "omega", "[1]", "2")
    stream = io.StringIO()
    sheet.show(Console(file=stream, width=width, force_terminal=terminal, no_color=True))
    return stream.getvalue()


@pytest.mark.parametrize(("width", "terminal"), [(80, True), (80, False), (200, True)])
def test_nothing_is_cut(width: int, terminal: bool) -> None:
    text = shown(width, terminal)
    assert "polar_incident" in text
    assert text.count(LONG) == 2
    assert "[1]" in text
    assert "…" not in text


def test_a_narrow_terminal_gets_lines_that_fit() -> None:
    assert max(len(line) for line in shown(80, True).splitlines()) <= 80


def test_a_pipe_gets_one_line_a_row() -> None:
    assert len(shown(40, False).splitlines()) == 3
