"""A described engine whose working folder lasts: nothing of one run is taken for another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import Pixel, Run, RunContext
from braggscope.engine_files.reading import parse_description
from braggscope.errors import EngineFailed
from braggscope.experiment import Experiment, StructureFactors
from braggscope.experiment.reflections import structure_factors_from
from braggscope_external.described.engine import DescribedEngine
from braggscope_external.described.inputs import Place, values_for
from tests.engines.braggscope_external.test_described import (
    FLAGS,
    NPY,
    RUN,
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


PATTERN = '[image]\nfile = "out_*.npy"\nformat = "auto"\n'
ONCE = "import os\nif not os.path.exists('done'):\n    open('done', 'w').close()\n    "
STAYS = "np.save('out_1.npy', np.ones((30, 40)))"


def test_an_image_of_the_run_before_is_not_taken_for_this_ones(tmp_path: Path, work: Path) -> None:
    engine = port_of(tmp_path, ONCE + STAYS, '"{experiment_json}"', PATTERN)
    assert rendered(engine)[0].max() == 1
    with pytest.raises(EngineFailed, match=r"no image.*no new out_\*.*out_1\.npy"):
        rendered(engine)
    assert (work / "out_1.npy").is_file()  # It may be the user's own.


def test_an_image_written_again_or_by_another_name_is_taken(tmp_path: Path, work: Path) -> None:
    (work / "out_0.npy").write_text("the user's own")
    script = "name = f'out_{len(os.listdir())}.npy'\nnp.save(name, np.full((30, 40), 2.0))"
    engine = port_of(tmp_path, f"import os\n{script}", '"{experiment_json}"', PATTERN)
    assert rendered(engine)[0].max() == 2
    assert rendered(engine)[0].max() == 2
    again = port_of(tmp_path, STAYS, '"{experiment_json}"', PATTERN)
    assert rendered(again)[0].max() == 1
    assert rendered(again)[0].max() == 1


def test_a_trace_of_the_run_before_is_not_taken_for_this_ones(tmp_path: Path, work: Path) -> None:
    trace = '[trace]\narguments = ["{trace_slow}", "{trace_fast}"]\noutput = "trace.log"\n'
    script = ONCE + "open('trace.log', 'w').write('TRACE_C: I_pixel_final 7.5')"
    engine = port_of(tmp_path, script, '"{experiment_json}"', trace)
    (first,) = engine.trace(RUN, [Pixel(5, 7)], RunContext())
    assert first.value == 7.5
    with pytest.raises(EngineFailed, match="there is no trace"):
        engine.trace(RUN, [Pixel(5, 9)], RunContext())


def test_files_by_an_absolute_pattern_make_another_version(tmp_path: Path) -> None:
    """Patterns that can name no file change nothing."""
    sources = tmp_path / "elsewhere" / "deep"
    sources.mkdir(parents=True)
    more = f'depends_on = ["{tmp_path}/elsewhere/**/*.jl", "/", ".", "../"]\n{NPY}'
    engine = engine_of(tmp_path, "json_to_npy.py", '"{experiment_json}", "{image}"', more)
    versions = set()
    for text in ("one", "two"):
        (sources / "port.jl").write_text(text)
        versions.add(engine.prepare(RUN).version)
    assert len(versions) == 2
