"""A described engine whose working folder lasts: nothing of one run is taken for another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import Run
from braggscope.engine_files.reading import parse_description
from braggscope.experiment import Experiment, StructureFactors
from braggscope.experiment.reflections import structure_factors_from
from braggscope_external.described.engine import DescribedEngine
from braggscope_external.described.inputs import Place, values_for
from tests.engines.braggscope_external.test_described import (
    FLAGS,
    NPY,
    engine_of,
    own_places,  # noqa: F401
    rendered,
)
from tests.experiment.test_reflection_files import write_mtz

pytestmark = pytest.mark.usefixtures("own_places")
LASTING = 'working_folder = "work"\n'


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The lasting folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def port_of(folder: Path, script: str, words: str, more: str) -> DescribedEngine:
    """The engine of a script that is told here."""
    path = folder / "port.py"
    path.write_text(f"import sys, numpy as np\n{script}\n")
    return engine_of(folder, str(path), words, LASTING + more)


def factors(folder: Path, name: str, amplitude: float) -> StructureFactors:
    """A reference to an MTZ file with one amplitude."""
    rows = [(1.0, 2.0, 3.0, amplitude), (2.0, 2.0, 3.0, amplitude)]
    return structure_factors_from(write_mtz(folder / name, "P 1", "F F", rows))


def run_with(reference: StructureFactors) -> Run:
    """The usual run with a file of structure factors."""
    experiment = Experiment.from_nanobragg(FLAGS.split())
    return Run(
        experiment=experiment.with_override("crystal.structure_factors", reference), engine="port"
    )


SHOWS_FACTOR = (
    "amplitude = float(open(sys.argv[1]).readline().split()[3])\n"
    "np.save(sys.argv[2], np.full((30, 40), amplitude))"
)


@pytest.mark.parametrize("asked", ["{experiment_json}", "{command_line}"])
def test_every_run_gets_its_own_structure_factors(tmp_path: Path, work: Path, asked: str) -> None:
    engine = port_of(tmp_path, SHOWS_FACTOR, f'"{{hkl}}", "{{image}}", "{asked}"', NPY)
    for name, amplitude in (("a.mtz", 100.0), ("b.mtz", 777.0)):
        image, _, _ = rendered(engine, run_with(factors(tmp_path, name, amplitude)))
        assert image[0, 0] == amplitude
    assert work.is_dir()


def test_structure_factors_are_converted_only_where_they_are_asked_for(tmp_path: Path) -> None:
    text = 'id = "port"\ntitle = "A port"\ncommand = ["x", "{experiment_toml}", "{image}"]\n'
    description = parse_description(text, tmp_path / "port.toml")
    run = run_with(factors(tmp_path, "a.mtz", 100.0))
    values_for(description, run, Place(tmp_path, tmp_path))
    assert not (tmp_path / "structure_factors.hkl").exists()
