"""Overrides that name files: what stands in the file counts, not what the old one held."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.overrides import parse_override

SMALL = "-cell 50 60 70 80 90 100 -default_F 10 -N 3 -detpixels 12"


def overridden(experiment: Experiment, text: str) -> Experiment:
    path, value = parse_override(experiment, text)
    return experiment.with_override(path, value)


@pytest.mark.parametrize("ending", ["", ".path"])
def test_another_file_of_structure_factors_is_another_set_up(tmp_path: Path, ending: str) -> None:
    (tmp_path / "a.hkl").write_text("0 0 1 10\n")
    (tmp_path / "b.hkl").write_text("0 0 1 20\n")
    experiment = Experiment.from_nanobragg([*SMALL.split(), "-hkl", str(tmp_path / "a.hkl")])
    changed = overridden(experiment, f"crystal.structure_factors{ending}={tmp_path / 'b.hkl'}")
    assert changed.crystal.structure_factors is not None
    assert changed.crystal.structure_factors.path == tmp_path / "b.hkl"
    assert resolve(changed).digest() != resolve(experiment).digest()


def test_a_matrix_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_text("0.01 0 0 0 0.02 0 0 0 0.03")
    changed = overridden(
        Experiment.from_nanobragg(SMALL.split()), f"crystal.matrix.path={tmp_path / 'a.mat'}"
    )
    assert changed.crystal.matrix is not None
    assert changed.crystal.matrix.rows[2][2] == 0.03


@pytest.mark.parametrize("field", ["crystal.matrix.path", "beam.sources", "detector.mask"])
def test_a_file_that_is_missing_is_refused(field: str) -> None:
    experiment = Experiment.from_nanobragg(SMALL.split())
    with pytest.raises(InvalidInput, match=r"nonexistent\.file"):
        parse_override(experiment, f"{field}=/nonexistent.file")
