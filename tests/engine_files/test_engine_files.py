"""Files that describe engines: what is refused, and where they are found."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from braggscope.engine_files import finding
from braggscope.engine_files.model import RESERVED
from braggscope.engine_files.placeholders import expanded
from braggscope.engine_files.reading import parse_description, read_description
from braggscope.engine_files.template import example
from braggscope.errors import InvalidInput
from braggscope.host.discovery import discovered, named_engine
from braggscope.host.settings import Settings, load_settings

SMALL = """\
id = "port"
title = "Port"
command = ["./port", "{command_line}", "{image}"]
"""


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration of this test alone; gives its folder of engines."""
    monkeypatch.setenv(finding.CONFIG_DIR_VARIABLE, str(tmp_path / "configuration"))
    monkeypatch.setenv(finding.VARIABLE, "")
    folder = tmp_path / "configuration" / "engines"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SMALL.replace("title", "tittle"), "line 1: title: it is missing"),
        (SMALL.replace("title", "tittle"), "line 2: tittle: there is no such key"),
        (SMALL.replace("{image}", "{imgae}"), "line 3: command: {imgae} is no placeholder here"),
        (SMALL.replace("{image}", "{image"), "line 3: command"),
        (SMALL.replace("{command_line}", "x"), "line 3: command: nothing tells the program"),
        (SMALL.replace('"port"', '"torch-cpu"'), "line 1: id: that is an engine of Braggscope"),
        (SMALL.replace('"port"', '"a port"'), "line 1: id: an id has letters"),
        (SMALL + '[image]\ntype = "float16"\n', "line 5: image.type"),
        (SMALL + '[image]\nfile = "/etc/x"\n', "image.file: it is a file's name in the working"),
        (SMALL + '[image]\nformat = "auto"\ntype = "int16"\n', "type belongs to raw pixels"),
        (SMALL + '[image]\nfile = "*.bin"\n', "{image} needs a whole name"),
        (SMALL + '[trace]\narguments = ["-t", "{trace_slow}"]\n', "{trace_fast} is missing"),
        (SMALL + "[trace]\n", "give arguments, or a command of its own"),
        (SMALL + '[semantics.omga]\nmean = ["-x"]\n', "semantics: there is no option 'omga'"),
        (SMALL + '[semantics.omega]\nmiddle = ["-x"]\n', "omega is first or last or mean"),
        (SMALL + '[refuses]\nfields = ["detector.bent"]\n', "no field 'detector.bent'"),
        (SMALL + '[refuses]\nflags = ["dmin"]\n', "'dmin' is no flag"),
        (SMALL + 'progress = "["\n', "progress: it is no regular expression"),
        (SMALL + 'progress = "done"\n', "progress: it needs one group"),
        (SMALL + 'time_limit_s = "60"\n', "line 4: time_limit_s: it is a number"),
        (SMALL + "time_limit_s = 0\n", "time_limit_s"),
        (SMALL + '[environment]\n"A=B" = "x"\n', "no name of an environment variable"),
        (SMALL + "when = 2020-01-01\n", "line 4: when: there is no such key"),
        ("id = ", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_line_key_and_reason(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_description(text, Path("/engines/port.toml"))
    assert words in str(caught.value).replace("Line", "line")
    assert "/engines/port.toml" in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_description(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_description(tmp_path / "missing.toml")


def test_the_example_describes_an_engine_with_its_defaults_and_without() -> None:
    text = example("my-port")
    assert parse_description(text, Path("x.toml")).id == "my-port"
    # With every key in force, but the two that exclude others.
    every = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text)
    every = re.sub(r"(?m)^(command = \[\] |dataset|frame).*$", "", every)
    said = parse_description(every, Path("x.toml"))
    assert said.trace is not None
    assert said.refuses.fields == ("detector.thickness_um",)
    plain = parse_description(text, Path("x.toml"))
    for name in ("time_limit_s", "precision", "progress", "working_folder"):
        assert getattr(said, name) == getattr(plain, name), name
    assert said.image == plain.image


def test_a_placeholder_of_several_words_becomes_several_arguments() -> None:
    values = {"command_line": ["-cell", "1 2"], "image": "/a b/i.bin"}
    words = ["{command_line}", "--all={command_line}", "-o{image}", "{{x}}"]
    assert expanded(words, values) == [
        "-cell", "1 2", "--all=-cell '1 2'", "-o/a b/i.bin", "{x}",
    ]  # fmt: skip


def test_files_are_found_in_the_folder_and_by_name(places: Path, tmp_path: Path) -> None:
    (places / "b.toml").write_text(SMALL.replace('"port"', '"b"'))
    (places / "notes.txt").write_text("no engine")
    (places / "bad.toml").write_text("id = 5")
    named = tmp_path / "elsewhere.toml"
    named.write_text(SMALL)
    assert finding.announce_file(named) == "port"
    found = {item.id: item for item in finding.found_engines()}
    assert list(found) == ["port", "b", "bad"]
    assert found["port"].path == named
    problem = found["bad"].problem
    assert problem is not None
    assert "line 1: id" in problem.why
    assert str(named) in os.environ[finding.VARIABLE].split(os.pathsep)


def test_one_id_stands_for_one_file(places: Path, tmp_path: Path) -> None:
    (places / "port.toml").write_text(SMALL)
    other = tmp_path / "other.toml"
    other.write_text(SMALL)
    finding.announce([other])
    first, second = finding.found_engines()
    assert (first.id, first.path) == ("port", other)
    assert second.id == "port-2"
    assert second.problem is not None
    assert str(other) in second.problem.why
    with pytest.raises(InvalidInput, match="described twice"):
        finding.announce_file(places / "port.toml")


def test_settings_and_command_line_may_name_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "engines of the group"
    folder.mkdir()
    (folder / "x.toml").write_text(SMALL.replace('"port"', '"x"'))
    registry = discovered(Settings(engine_files=(str(folder),)))
    assert registry.engines()["x"].title == "Port"
    (tmp_path / "y.toml").write_text(SMALL.replace('"port"', '"y"'))
    assert named_engine(f"{tmp_path / 'y.toml'}") == ("y", ())
    assert "y" in discovered(Settings()).engines()


def test_a_broken_file_disables_its_own_engine_alone(places: Path) -> None:
    (places / "torch-cpu.toml").write_text("id = 5")
    (places / "good.toml").write_text(SMALL)
    registry = discovered(Settings())
    engines = registry.engines()
    assert engines["torch-cpu"].factory == "braggscope_torch.engine:create"
    assert engines["torch-cpu-2"].title == "torch-cpu (broken file)"
    assert engines["port"].title == "Port"
    assert not any(record.problems for record in registry.records)


def test_a_broken_file_takes_no_id_of_a_good_one(places: Path) -> None:
    (places / "port.toml").write_text("id = 5")
    (places / "z.toml").write_text(SMALL)
    found = {item.id: item for item in finding.found_engines()}
    assert list(found) == ["port-2", "port"]
    assert found["port"].path == places / "z.toml"
    assert found["port"].problem is None
    assert found["port-2"].path == places / "port.toml"


def test_a_path_that_cannot_be_listed_is_refused_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / f"a{os.pathsep}b"
    folder.mkdir()
    (folder / "port.toml").write_text(SMALL)
    for name in (folder, folder / "port.toml"):
        with pytest.raises(InvalidInput, match=rf"'{os.pathsep}' separates .*Rename"):
            finding.announce([name])
    with pytest.raises(InvalidInput, match="separates"):
        finding.announce_file(folder / "port.toml")
    assert os.environ[finding.VARIABLE] == ""
    settings = tmp_path / "settings.toml"
    settings.write_text(f'engine_files = ["{folder.name}"]\n')
    read, problem = load_settings(settings)
    assert read == Settings()
    assert "separates" in str(problem)


@pytest.mark.parametrize(
    ("line", "percentage"),
    [
        ("50%", "50"),
        ("pixel 3 of 8 (37.5 %)", "37.5"),
        ("working...100% done", "100"),
        ("1234.5%", None),
        ("2000%", None),
        ("done", None),
    ],
)
def test_a_percentage_is_found_without_being_told_how(line: str, percentage: str | None) -> None:
    found = re.search(parse_description(SMALL, Path("port.toml")).progress, line)
    assert (found and found[1]) == percentage


@pytest.mark.parametrize("line", ["1" * 50_000, "1." + "1" * 50_000, "1 " * 25_000])
def test_a_line_of_digits_holds_nobody_up(line: str) -> None:
    progress = re.compile(parse_description(SMALL, Path("port.toml")).progress)
    start = time.perf_counter()
    assert progress.search(line) is None
    assert time.perf_counter() - start < 1.0


def test_ids_of_what_comes_along_are_reserved() -> None:
    own = {
        engine.id
        for engine in discovered(Settings()).engines().values()
        if ".described." not in engine.factory
    }
    assert own <= set(RESERVED)
