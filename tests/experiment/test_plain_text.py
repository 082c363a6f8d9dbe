"""Values as people read them: no representations of Python, files by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.experiment import Experiment, StructureFactors, UnitCell
from braggscope.experiment.plain_text import elided, pair_texts, value_text
from braggscope.experiment.reflection_files.mtz import mtz_of
from braggscope.experiment.reflections import (
    Reflections,
    chosen_column,
    structure_factors_from,
    with_chosen_column,
)


def factors(name: str = "a.mtz", folder: str = "/data", digit: str = "0") -> StructureFactors:
    return StructureFactors(path=Path(folder) / name, sha256=digit * 64, column="FC")


def test_values_are_plain() -> None:
    assert value_text(factors()) == "a.mtz, column FC"
    cell = UnitCell(a_A=90, b_A=90, c_A=90, alpha_deg=90, beta_deg=90, gamma_deg=120)
    assert value_text(cell).startswith("a_A 90, b_A 90")
    assert value_text((1.0, 2.5, 0.0)) == "1 2.5 0"
    assert value_text(None) == "automatic"
    for value in (factors(), cell):
        assert "(" not in value_text(value)


def test_files_of_one_name_are_told_apart() -> None:
    assert pair_texts(factors(), factors("b.mtz")) == ("a.mtz, column FC", "b.mtz, column FC")
    assert pair_texts(factors(), factors(folder="/other")) == ("/data/a.mtz", "/other/a.mtz")
    one, other = pair_texts(factors(), factors(digit="1"))
    assert "000000" in one
    assert "111111" in other


@pytest.mark.parametrize("length", [2, 5, 8, 9])
def test_the_ends_of_a_long_text_stay(length: int) -> None:
    short = elided("abcdefghij", length)
    assert len(short) == length
    assert short[0] == "a"
    assert "…" in short
    assert elided("abc", 3) == "abc"


def test_the_column_that_is_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.mtz"
    reflections = Reflections(np.array([[1, 0, 0], [-1, 0, 0]], dtype=np.int32), np.ones(2))
    cell = UnitCell(a_A=90, b_A=90, c_A=90, alpha_deg=90, beta_deg=90, gamma_deg=90)
    path.write_bytes(mtz_of(reflections, cell, 1.0))
    reference = structure_factors_from(path)
    assert reference.column is None
    assert chosen_column(reference) == "F(+)"
    crystal = {"cell": cell, "structure_factors": reference, "cells_a": 3}
    experiment = Experiment.build({"crystal": crystal}, {})
    named = with_chosen_column(experiment)
    assert named.crystal.structure_factors.column == "F(+)"
    assert with_chosen_column(named) is named


def test_a_text_file_has_no_column(tmp_path: Path) -> None:
    path = tmp_path / "plain.hkl"
    path.write_text("1 0 0 5\n0 1 0 6\n")
    assert chosen_column(structure_factors_from(path)) is None
