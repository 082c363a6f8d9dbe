"""Engines that TOML files describe, on small ports: what they make, and what they do wrong."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import InvalidInput, Pixel, Run, RunContext, Semantics
from braggscope.engine_check.cases import experiment_of
from braggscope.engine_files import finding
from braggscope.engine_files.reading import parse_description
from braggscope.errors import Cancelled, EngineFailed
from braggscope.experiment import Experiment, RegionOfInterest, resolve
from braggscope.experiment.toml import load_experiment_file
from braggscope_external.described.engine import DescribedEngine, create
from braggscope_external.described.inputs import Place, values_for
from tests.engines.braggscope_external.test_engine import lives

PORTS = Path(__file__).parent / "ports"
FLAGS = "-cell 70 80 90 90 90 90 -default_F 2 -N 3 -detpixels_f 40 -detpixels_s 30 -pixel 1"
RUN = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="port")
#: What json_to_npy makes of it.
RAMP = np.add.outer(1000.0 * np.arange(30), np.arange(40.0))


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine files and logs of this test alone."""
    monkeypatch.setenv(finding.CONFIG_DIR_VARIABLE, str(tmp_path / "configuration"))
    monkeypatch.setenv(finding.VARIABLE, "")
    monkeypatch.setenv("BRAGGSCOPE_CACHE_DIR", str(tmp_path / "cache"))


def engine_of(folder: Path, script: str, words: str, more: str = "") -> DescribedEngine:
    """The engine of a port in Python; words are the arguments as TOML strings."""
    path = folder / "port.toml"
    path.write_text(
        f'id = "port"\ntitle = "A port"\n'
        f'command = ["{sys.executable}", "{PORTS / script}", {words}]\n{more}'
    )
    finding.announce_file(path)
    return create("port", {})


def rendered(engine: DescribedEngine, run: Run = RUN, context: RunContext | None = None):
    """(image, preparation, context) of a run."""
    assert engine.availability().available, engine.availability().reason
    prepared = engine.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    context = context or RunContext()
    context.mask = np.zeros(prepared.shape, np.bool_) if prepared.has_mask else None
    engine.render(run, image, context)
    return image, prepared, context


JSON = '"{experiment_json}", "{image}"'
NPY = '[image]\nfile = "out.npy"\nformat = "auto"\n'


def test_a_port_takes_json_and_writes_npy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[float] = []
    context = RunContext(report=lambda fraction, _: seen.append(fraction))
    image, prepared, context = rendered(
        engine_of(tmp_path, "json_to_npy.py", JSON, f'precision = "mixed"\n{NPY}'), RUN, context
    )
    np.testing.assert_array_equal(image, 2 * RAMP)
    assert (prepared.precision, prepared.dtype) == ("mixed", "float64")
    assert "A port" in prepared.version
    assert context.command[1].endswith("json_to_npy.py")
    assert 0.5 in seen
    log = (tmp_path / "cache" / "logs" / "port.log").read_text()
    assert "json_to_npy.py" in log
    assert "50% of it" in log
    assert "50% of it" in capsys.readouterr().err  # the worker's log, which the window shows


def test_pixels_are_turned_and_scaled_as_the_file_says(tmp_path: Path) -> None:
    keys = "scale = 0.5\noffset = 3.0\nflip_slow = true\n"
    image, _, _ = rendered(engine_of(tmp_path, "json_to_npy.py", JSON, NPY + keys))
    np.testing.assert_array_equal(image, (RAMP + 3.0)[::-1])
    square = RUN.model_copy(
        update={"experiment": RUN.experiment.with_override("detector.pixels_slow", 40)}
    )
    keys = "transpose = true\nflip_fast = true\n"
    (tmp_path / "port.toml").unlink()
    image, _, _ = rendered(engine_of(tmp_path, "json_to_npy.py", JSON, NPY + keys), square)
    ramp = np.add.outer(1000.0 * np.arange(40), np.arange(40.0))
    np.testing.assert_array_equal(image, 2 * ramp.T[:, ::-1])


def test_a_port_takes_toml_and_writes_integers_behind_a_header(tmp_path: Path) -> None:
    more = '[image]\nfile = "frame_*.raw"\ntype = "int32"\nbyte_order = "big"\nskip_bytes = 16\n'
    image, prepared, _ = rendered(
        engine_of(tmp_path, "toml_to_raw.py", '"{experiment_toml}"', more)
    )
    assert prepared.dtype == "float64"
    np.testing.assert_array_equal(image, RAMP)


def test_the_working_folder_may_be_a_lasting_one(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "out.npy").write_text("of the run before")
    more = f'working_folder = "work"\n{NPY}'
    image, _, _ = rendered(engine_of(tmp_path, "json_to_npy.py", JSON, more))
    assert image[1, 1] == 2002
    assert (tmp_path / "work" / "out.npy").stat().st_size > 9000


@pytest.mark.parametrize(
    ("script", "words", "more", "message"),
    [
        ("wrong_shape.py", '"{image}", "40", "30", "{experiment_json}"', NPY, "transpose = true"),
        ("wrong_shape.py", '"{image}", "7", "9", "{experiment_json}"', NPY, "7 × 9 pixels, not 30"),
        ("wrong_shape.py", '"x.npy", "7", "9", "{experiment_json}"', "", "x.npy"),
        ("nan.py", '"{image}", "{experiment_json}"', '[image]\ntype = "float64"\n', "of float32"),
        ("json_to_npy.py", '"{command_line}"', "", "ended with status 1"),
        ("json_to_npy.py", '"{hkl}", "{experiment_json}"', "", "no file of structure factors"),
    ],
)
def test_what_is_wrong_with_an_image_is_said(
    script: str, words: str, more: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises((EngineFailed, InvalidInput)) as caught:
        rendered(engine_of(tmp_path, script, words, more))
    assert message in f"{caught.value} {caught.value.details}"


def test_pixels_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    image, _, context = rendered(engine_of(tmp_path, "nan.py", '"{image}", "{experiment_json}"'))
    assert np.isnan(image[0, 0])
    assert context.notes == ["20 of 1200 pixels are not finite numbers"]


def described(folder: Path, program: str, more: str = "") -> DescribedEngine:
    path = folder / "port.toml"
    path.write_text(
        f'id = "port"\ntitle = "A port"\ncommand = ["{program}", "{{command_line}}"]\n{more}'
    )
    finding.announce_file(path)
    return create("port", {})


def test_a_program_that_cannot_run_is_not_available_and_why(tmp_path: Path) -> None:
    state = described(tmp_path, "./missing").availability()
    assert not state.available
    assert f"there is no program {tmp_path}/missing" in state.reason
    assert "not on PATH" in described(tmp_path, "no-such-command").availability().reason
    (tmp_path / "plain").write_text("print(1)\n")
    state = described(tmp_path, "./plain").availability()
    assert not state.available
    assert "chmod +x" in state.reason


def test_a_missing_library_is_named_before_any_run(tmp_path: Path) -> None:
    program = PORTS / "needs_library.sh"
    version = f'version_command = ["{program}", "--version"]\n'
    state = described(tmp_path, str(program), version).availability()
    assert not state.available
    assert "Install the library libmissing.so.3" in state.reason
    with pytest.raises(EngineFailed, match=r"libmissing\.so\.3"):
        rendered(described(tmp_path, str(program)))


def test_a_port_that_hangs_ends_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    words = f'"{pid}", "{{experiment_json}}"'
    with pytest.raises(
        EngineFailed, match=r"longer than 1 s.*time_limit_s in port\.toml"
    ) as caught:
        rendered(engine_of(tmp_path, "hangs.py", words, "time_limit_s = 1.0\n"))
    assert "and no more" in caught.value.details
    assert not lives(int(pid.read_text()))


def test_a_port_is_cancelled_at_once(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    engine = engine_of(tmp_path, "hangs.py", f'"{pid}", "{{experiment_json}}"')
    cancelled = threading.Event()

    def cancel_once_it_runs() -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        cancelled.set()

    watcher = threading.Thread(target=cancel_once_it_runs)
    watcher.start()
    with pytest.raises(Cancelled):
        rendered(engine, RUN, RunContext(is_cancelled=cancelled.is_set))
    watcher.join()
    assert not lives(int(pid.read_text()))


def test_output_without_end_is_kept_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braggscope_external.output.MOST_BYTES", 2**20)
    image, _, _ = rendered(engine_of(tmp_path, "floods.py", '"{image}", "{experiment_json}"'))
    assert image[0, 0] == 1
    log = (tmp_path / "cache" / "logs" / "port.log").read_text()
    assert len(log) < 2**20 + 10_000
    assert "left out" in log
    assert log.endswith("the end\n")


def test_another_file_or_script_is_another_version(tmp_path: Path) -> None:
    script = tmp_path / "port.py"
    script.write_text((PORTS / "json_to_npy.py").read_text())
    (tmp_path / "table.txt").write_text("1")
    engine = engine_of(tmp_path, str(script), JSON, f'depends_on = ["table.*"]\n{NPY}')
    versions = [engine.prepare(RUN).version]
    for path in (script, tmp_path / "table.txt", tmp_path / "port.toml"):
        assert engine.prepare(RUN).version == versions[-1]
        path.write_text(path.read_text() + "\n")
        versions.append(engine.prepare(RUN).version)
    assert len(set(versions)) == 4


def test_a_file_that_was_spoilt_since_says_where(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, "json_to_npy.py", JSON, NPY)
    engine.prepare(RUN)
    path = tmp_path / "port.toml"
    whole = path.read_text()
    path.write_text(whole + "[imag]\n")
    with pytest.raises(InvalidInput, match="imag: there is no such key"):
        engine.prepare(RUN)
    path.write_text(whole)
    assert engine.prepare(RUN).shape == (30, 40)
    path.unlink()
    with pytest.raises(InvalidInput, match="cannot be read"):
        engine.prepare(RUN)


def test_the_environment_of_the_file_reaches_the_program(tmp_path: Path) -> None:
    script = tmp_path / "told.py"
    script.write_text(
        "import os, sys, numpy as np\n"
        "np.full((30, 40), float(os.environ['GAIN']), 'f4').tofile(sys.argv[1])\n"
        "open(os.environ['SEEN'], 'w').write(sys.argv[2])\n"
    )
    more = '[environment]\nGAIN = "4"\nSEEN = "{here}/seen"\n'
    words = '"{image}", "{threads} in {folder}", "{experiment_json}"'
    image, _, _ = rendered(engine_of(tmp_path, str(script), words, more))
    assert image[0, 0] == 4
    threads, _, folder = (tmp_path / "seen").read_text().partition(" in ")
    assert int(threads) >= 1
    assert not os.path.exists(folder)  # a fresh one, gone with the run


def test_the_experiment_arrives_whole_in_every_form(tmp_path: Path) -> None:
    text = (
        'id = "port"\ntitle = "A port"\n'
        'command = ["x", "{command_line}", "{experiment_toml}", "{experiment_json}", "{image}"]\n'
    )
    description = parse_description(text, tmp_path / "port.toml")
    run = Run(
        experiment=experiment_of(
            "-mosaic 2 -mosaic_domains 3 -hkl -osc 2", tmp_path, with_file=True
        ),
        engine="port",
        overrides=(("beam.wavelength_A", 1.1),),
        semantics=Semantics(omega="mean"),
        region=RegionOfInterest(fast_min=2, fast_max=9, slow_min=3, slow_max=8),
    )
    values = values_for(description, run, Place(tmp_path, tmp_path))
    data = json.loads(Path(str(values["experiment_json"])).read_text())
    from_toml, semantics = load_experiment_file(Path(str(values["experiment_toml"])))
    for arrived in (
        Experiment.model_validate(data["experiment"]),
        from_toml,
        Experiment.from_nanobragg(list(values["command_line"])),
    ):
        assert resolve(arrived).digest() == run.setup.digest()
    assert semantics == run.semantics
    assert data["semantics"]["omega"] == "mean"
    assert data["region"] == {"fast_min": 2, "fast_max": 9, "slow_min": 3, "slow_max": 8}
    assert data["resolved"]["lambda0_m"] == run.setup.quantities["lambda0_m"].value
    assert data["resolved"]["pix0_m"] == run.setup.quantities["pix0_m"].value.tolist()
    assert len(data["phi_rad"]) == data["resolved"]["phisteps"]
    assert Path(data["structure_factors"]).read_text().startswith("-16 -16 -16 ")


def test_what_a_port_does_not_know_is_refused_before_it_runs(tmp_path: Path) -> None:
    more = (
        '[refuses]\nflags = ["-dmin"]\nfields = ["detector.curved"]\n'
        'semantics = ["omega=last", "phi_carry_over=on"]\n[semantics.omega]\nmean = ["--mean"]\n'
    )
    engine = engine_of(tmp_path, "json_to_npy.py", JSON, more)
    mean = Semantics(omega="mean", phi_carry_over="off")
    run = RUN.model_copy(update={"semantics": mean})

    def changed(path: str, value: object) -> Run:
        return run.model_copy(update={"experiment": RUN.experiment.with_override(path, value)})

    assert engine.prepare(run).shape == (30, 40)
    for wrong, words in (
        (changed("sampling.dmin_A", 3.0), "does not know -dmin"),
        (changed("detector.curved", True), "does not know detector.curved"),
        (RUN, "semantics"),
    ):
        with pytest.raises(InvalidInput, match=words):
            engine.prepare(wrong)


def test_semantics_are_asked_for_in_the_ports_own_words(tmp_path: Path) -> None:
    script = tmp_path / "echo.py"
    script.write_text(
        "import sys, numpy as np\n"
        "np.full((30, 40), '--solid-angle=mean' in sys.argv, 'f4').tofile(sys.argv[1])\n"
    )
    more = '[semantics.omega]\nmean = ["--solid-angle=mean"]\n'
    engine = engine_of(tmp_path, str(script), '"{image}", "{command_line}"', more)
    assert rendered(engine)[0].max() == 0
    mean = RUN.model_copy(update={"semantics": Semantics(omega="mean")})
    assert rendered(engine, mean)[0].min() == 1


def traced(folder: Path, form: str, output: str, grammar: str, *pixels: Pixel):
    """The traces of a port that prints them."""
    path = folder / "port.toml"
    words = f'"{form}", "{output}", "{{trace_slow}}", "{{trace_fast}}"'
    path.write_text(
        'id = "port"\ntitle = "A port"\n'
        f'command = ["{sys.executable}", "{PORTS / "prints_trace.py"}", "{form}", "stdout", "1",'
        ' "1", "{image}", "{experiment_json}"]\n'
        f'[trace]\ncommand = ["{sys.executable}", "{PORTS / "prints_trace.py"}", {words}]\n'
        f'output = "{output}"\ngrammar = "{grammar}"\n'
    )
    finding.announce_file(path)
    return create("port", {}).trace(RUN, pixels, RunContext())


@pytest.mark.parametrize("output", ["stdout", "stderr", "trace.log"])
@pytest.mark.parametrize("grammar", ["any", "trace_c"])
def test_trace_lines_are_read_from_wherever_they_come_out(
    output: str, grammar: str, tmp_path: Path
) -> None:
    first, second = traced(tmp_path, "trace_c", output, grammar, Pixel(5, 7), Pixel(2, 3))
    assert (first.pixel, second.pixel) == (Pixel(5, 7), Pixel(2, 3))
    assert first.value == 7.5
    assert first.engine == "port"
    assert first.partial
    assert first["q"].values.ravel().tolist() == [1e9, 2e9, 3e9]  # its label says 1/Å
    assert first["cell_mosaic"].values.ravel()[0] == pytest.approx(1e-8)


@pytest.mark.parametrize("output", ["stdout", "trace.log"])
@pytest.mark.parametrize("grammar", ["any", "printout_pixel"])
def test_a_report_of_printout_pixel_is_a_part_of_a_trace(
    output: str, grammar: str, tmp_path: Path
) -> None:
    (trace,) = traced(tmp_path, "printout_pixel", output, grammar, Pixel(5, 7))
    assert trace.pixel == Pixel(5, 7)
    assert trace.partial
    assert trace["omega"].values.item() == 2.5e-06
    assert trace.digits == 3


def test_a_trace_that_names_the_first_pixel_is_of_no_other(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=r"another pixel\. Slow 0, fast 0, not slow 5, fast 7"):
        traced(tmp_path, "origin", "stdout", "trace_c", Pixel(5, 7))
    assert traced(tmp_path, "origin", "stdout", "any", Pixel(0, 0))[0].pixel == Pixel(0, 0)


def test_a_trace_that_names_no_pixel_is_of_the_one_asked_for(tmp_path: Path) -> None:
    assert traced(tmp_path, "unsaid", "stdout", "any", Pixel(5, 7))[0].pixel == Pixel(5, 7)


def test_no_trace_is_an_error_that_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="expected in stdout") as caught:
        traced(tmp_path, "nothing", "stdout", "trace_c", Pixel(5, 7))
    assert "port.log" in caught.value.details
    engine = engine_of(tmp_path, "json_to_npy.py", JSON, NPY)
    with pytest.raises(EngineFailed, match=r"no table \[trace\]"):
        engine.trace(RUN, [Pixel(1, 1)], RunContext())
