"""Files of point sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment.model import SourceList
from braggscope.experiment.source_file import read_sources, write_sources

Row = tuple[float | None, ...]


def rows_of(sources: SourceList) -> list[Row]:
    return [tuple(row.model_dump().values()) for row in sources.rows]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("-10 1 2 3 1e-10\n", [(-10, 1, 2, 3, 1e-10)]),
        ("-10,1;2:3!1e-10\n\n \n", [(-10, 1, 2, 3, 1e-10)]),
        ("-10 1\n", [(-10, 1, None, None, None)]),
        ("-10 1", [(-10, 1, 0, 0, 0)]),
        ("-10 1\r\n\r\n", [(-10, 1, 0, 0, 0), (0, 0, 0, 0, 0)]),
        ("-10 1 2 3 1e-10 9\n", [(-10, 1, 2, 3, 1e-10)]),
        ("X Y Z w lambda\n", [(0, 0, 0, 0, 0)]),
    ],
)
def test_lines_are_read_as_nanobragg_does(
    content: str, expected: list[Row], tmp_path: Path
) -> None:
    path = tmp_path / "s.txt"
    path.write_bytes(content.encode())
    assert rows_of(read_sources(path)[0]) == expected


@pytest.mark.parametrize(
    ("content", "warning"),
    [("X 1 2\n", "line 1: 'X' is not a number"), ("-10 1", "missing columns as 0")],
)
def test_what_reads_otherwise_than_it_looks_is_said(
    content: str, warning: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.txt"
    path.write_text(content)
    assert warning in read_sources(path)[1][0]


@pytest.mark.parametrize(("content", "why"), [("\n \n", "no source"), ("1 nan\n", "nan")])
def test_what_nanobragg_cannot_use_is_an_error(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=why) as caught:
        read_sources(path)
    assert "s.txt" in str(caught.value)


def test_sources_written_come_back(tmp_path: Path) -> None:
    sources = SourceList.model_validate(
        {"rows": [{"x": -9.1, "y": 0.1}, {"wavelength_m": 1.1e-10}, {}]}
    )
    write_sources(sources, tmp_path / "s.txt", beam=(0.0, 0.6, 0.8))
    again, warnings = read_sources(tmp_path / "s.txt")
    assert rows_of(again) == [
        (-9.1, 0.1, None, None, None),
        (-0.0, -6.0, -8.0, 1.0, 1.1e-10),
        (-0.0, None, None, None, None),
    ]
    assert warnings == ()
