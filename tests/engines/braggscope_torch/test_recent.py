"""What an engine keeps between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import Run
from braggscope.experiment import Experiment
from braggscope_torch import engine as engines
from braggscope_torch.recent import Recent
from tests.engines.random_agreement import image_of


def test_the_last_two_are_kept() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    recent: Recent[str] = Recent()
    for name in ("a", "b", "a", "c", "a", "b"):
        assert recent.get(name, lambda name=name: make(name)) == name
    assert made == ["a", "b", "c", "b"]


def test_another_wavelength_or_precision_reads_no_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "few.hkl"
    table.write_text("1 0 0 100\n0 1 0 50\n-3 2 1 70\n")
    read = []
    load = engines.load_reflections
    monkeypatch.setattr(
        engines, "load_reflections", lambda reference: read.append(reference) or load(reference)
    )
    flags = f"-hkl {table} -cell 60 70 80 90 95 90 -N 5 -distance 60 -pixel 1 -detpixels 8"
    engine = engines.create("torch-cpu", {})
    for wavelength in ("1.0", "1.1"):
        for precision in ("float64", "mixed"):
            experiment = Experiment.from_nanobragg(f"{flags} -lambda {wavelength}".split())
            options = (("precision", precision),)
            image_of(engine, Run(experiment=experiment, engine="torch-cpu", options=options))
    assert len(read) == 1
