"""Experiments as TOML files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics
from braggscope.experiment.smv import write_mask
from braggscope.experiment.toml import (
    experiment_from_toml,
    experiment_to_toml,
    load_experiment,
    load_experiment_file,
    save_experiment,
)
from tests.experiment.strategies import experiments, semantics

PLAIN = "[crystal]\ncell = {a_A = 50, b_A = 50, c_A = 50}\ndefault_F = 1\n"


@settings(deadline=None)
@given(experiment=experiments(), chosen=semantics())
def test_a_saved_experiment_comes_back_with_its_options(
    experiment: Experiment, chosen: Semantics, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("toml") / "saved.toml"
    save_experiment(experiment, path, chosen)
    assert load_experiment_file(path) == (experiment, chosen)
    assert load_experiment(path) == experiment


def test_files_are_named_relative_to_the_toml_file(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_text("0.01 0 0 0 0.02 0 0 0 0.03")
    (tmp_path / "s.txt").write_text("-10 0 0 1 1e-10\n")
    (tmp_path / "f.hkl").write_text("0 0 0 1\n")
    write_mask(np.ones((4, 5), bool), tmp_path / "m.img")
    text = (
        '[crystal]\nmatrix = "a.mat"\nstructure_factors = "f.hkl"\n'
        '[beam]\nsources = "s.txt"\n[detector]\nmask = "m.img"\n'
    )
    (tmp_path / "e.toml").write_text(text)
    experiment = load_experiment(tmp_path / "e.toml")
    assert experiment.beam.sources is not None
    assert experiment.beam.sources.rows[0].wavelength_m == 1e-10
    assert experiment.detector.mask is not None
    assert experiment.detector.mask.path == tmp_path / "m.img"
    written = experiment_to_toml(experiment, tmp_path)
    assert str(tmp_path) not in written
    assert experiment_from_toml(written, tmp_path) == experiment
    write_mask(np.zeros((4, 5), bool), tmp_path / "m.img")
    with pytest.raises(InvalidInput, match=r"m\.img is not the file"):
        experiment_from_toml(written, tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('structure_factors = {path = "f.hkl", colum = "F"}', "structure_factors.colum is not"),
        ('structure_factors = {path = "f.hkl", column = 5}', "the column 5 is not a name"),
        ('structure_factors = {path = "f.hkl", column = "F"}', "no column 'F'"),
        ('structure_factors = "odd.hkl"', "5 columns"),
        ("fudge = true", "crystal.fudge.*true and false"),
        ("cells_a = true", "crystal.cells_a.*true and false"),
        ("misset_deg = [1, false, 2]", "crystal.misset_deg.*true and false"),
        ("[detector]\nmask = 'f.hkl'", "f.hkl cannot be used as a mask"),
        ("[detector]\nmask = {path = 'f.hkl', sha = ''}", "detector.mask.sha is not a field"),
        ("[beam]\nsources = 'odd.hkl'", "not a clean list of sources"),
        ("[semantics]\nomeg = 'last'", r"\[semantics\].*'omeg' is no option"),
        ("[semantics]\nomega = 'never'", "'never' is no value"),
        ("[semantics]\nphi_carry_over = false", "'False' is no value"),
    ],
)
def test_what_is_wrong_is_named(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "f.hkl").write_text("0 0 0 1\n")
    (tmp_path / "odd.hkl").write_text("0 0 0 1 nothing\n")
    (tmp_path / "e.toml").write_text(PLAIN + text)
    with pytest.raises(InvalidInput, match=expected):
        load_experiment(tmp_path / "e.toml")


def test_truth_stays_truth() -> None:
    experiment = experiment_from_toml(
        PLAIN + "interpolate = true\n[beam]\npolarized = false", Path()
    )
    assert experiment.crystal.interpolate is True
    assert experiment.beam.polarized is False
