"""What the command refuses: in one sentence, with an exit status, and without a crash of Qt."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from braggscope.api import InvalidInput
from braggscope.cli.display import check_display
from braggscope.cli.exit_codes import BAD_INPUT
from braggscope.cli.main import main
from braggscope.cli.nanobragg import help_text
from braggscope.experiment.nanobragg_flags import FLAGS
from braggscope.experiment.overrides import parse_override
from braggscope.experiment.toml import load_experiment
from tests.experiment.test_nanobragg_dialect import CUBIC
from tests.gui.fake_host import small_experiment

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="displays are named elsewhere")


@only_linux
def test_without_a_display_the_window_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for arguments in ([], ["window"], ["mine.toml"]):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 2
        said = capsys.readouterr().err
        assert said.startswith("braggscope: cannot open a window. There is no display.")
        assert said.count("\n") == 1


@only_linux
def test_a_display_where_nothing_answers_is_refused() -> None:
    with pytest.raises(InvalidInput, match=":4711"):
        check_display({"DISPLAY": ":4711"})
    check_display({"QT_QPA_PLATFORM": "offscreen"})
    check_display({"WAYLAND_DISPLAY": "wayland-0"})
    check_display({"DISPLAY": "elsewhere:0"})


def test_an_index_below_0_is_not_on_the_detector(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["trace", "-1", "5"])
    assert exit_.value.code == 2
    assert "-1 is not on the detector" in capsys.readouterr().err


def test_help_of_the_drop_in_lists_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["nanobragg", "--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.strip() == help_text()
    words = help_text().replace(",", " ").split()
    assert {flag.text for flag in FLAGS} <= set(words)
    assert "-misset N N N" in help_text()


def test_ctrl_c_is_confirmed_by_the_drop_in(tmp_path: Path) -> None:
    code = "import sys; from braggscope.cli.main import main; sys.exit(main(sys.argv[1:]))"
    flags = f"{CUBIC} -detpixels 2000 -oversample 12".split()
    with subprocess.Popen(
        [sys.executable, "-c", code, "nanobragg", *flags],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        end = time.monotonic() + 60
        while not psutil.Process(process.pid).children() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled" in said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("beam.wavelenght_A=1", "beam.wavelength_A"),
        ("crystal.cell.alfa_deg=90", "crystal.cell.alpha_deg"),
    ],
)
def test_a_field_that_is_nearly_right_is_guessed(text: str, meant: str) -> None:
    with pytest.raises(InvalidInput, match=rf"Did you mean {meant}\?"):
        parse_override(small_experiment(), text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "bad.toml is empty. An experiment"),
        (b"\x89PNG\r\n\x1a\n\xff", "bad.toml is not a TOML file. It is no text"),
        (b"[beam\n", "bad.toml is not a TOML file."),
    ],
)
def test_a_file_that_is_no_experiment_is_described_once(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        load_experiment(path)
    text = str(caught.value)
    assert f"/{said}" in text
    assert text.count("bad.toml") == 1
    assert "codec" not in text


def test_sentences_begin_with_a_capital_and_names_stay() -> None:
    error = InvalidInput("-N needs a number", where="-N", why="it has none", remedy="give one")
    assert str(error) == "-N needs a number. It has none. Give one."
    error = InvalidInput("no", where="here", why="beam.x is off", remedy="torch-cpu can")
    assert str(error) == "here: no. beam.x is off. torch-cpu can."


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "1", "1", "-b", "", "--tolerances", "x.toml"],
        ["trace", "1", "1", "--asymmetry", "--tolerances", "x.toml"],
        ["compare", "--tolerances", "x.toml"],
    ],
)
def test_tolerances_without_effect_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == BAD_INPUT
    assert "--tolerances has no effect" in capsys.readouterr().err
