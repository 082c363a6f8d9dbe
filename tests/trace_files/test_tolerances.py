"""Tolerances as a file: what is written is read again, and what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import InvalidInput, Tolerances
from braggscope.trace_files.tolerances import doubts_of, read_tolerances, write_tolerances


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    said = Tolerances({"float64": {"omega_in_force": 1e-6}, "float32": {"term": 0.5}})
    write_tolerances(file, said)
    assert read_tolerances(file) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[tolerances.float46]\nomega = 1.0\n", "float46"),
        ("[tolerances.float64]\nomega = -1.0\n", "ine 2"),
        ("[tolerances.float64]\nomega = nan\n", "ine 2"),
        ("[tolerances.float64]\nomega = 'much'\n", "it is a number"),
        ("[tolerance.float64]\nomega = 1.0\n", "there is no such key"),
        ("omega =", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=why):
        read_tolerances(file)


def test_a_misspelt_variable_is_doubted_and_kept() -> None:
    said = Tolerances({"float64": {"omega_in_forc": 1.0, "omega": 1.0}})
    (doubt,) = doubts_of(said)
    assert doubt.endswith("omega_in_forc; did you mean omega_in_force?")
