"""`braggscope engines check`: what a group is told about its port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Run
from braggscope.engine_check.cases import CASES, experiment_of
from braggscope.engine_check.checking import Checker, Finding
from braggscope.engine_check.hints import hint_for, largest_difference
from braggscope.engine_files import finding
from braggscope.engine_files.reading import read_description
from braggscope.host.discovery import discovered
from braggscope.host.host import Host
from braggscope.host.settings import Settings

PORTS = Path(__file__).parents[1] / "engines" / "braggscope_external" / "ports"
OWN = Path(__file__).parents[2] / "engines" / "braggscope_external" / "bin" / "braggscope-nanobragg"
SETTINGS = Settings(engines={"nanobragg-c": {"program": "own"}})

pytestmark = pytest.mark.skipif(not OWN.is_file(), reason="the C program is not built")


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine files of this test alone."""
    monkeypatch.setenv(finding.CONFIG_DIR_VARIABLE, str(tmp_path / "configuration"))
    monkeypatch.setenv(finding.VARIABLE, "")


@pytest.fixture
def own_host() -> Iterator[Host]:
    """A host with the C program alone of interest."""
    with Host(discovered(SETTINGS), SETTINGS) as host:
        yield host


def wrapped(folder: Path, fault: str, more: str = "") -> Path:
    """A file that describes our own C program with a fault."""
    path = folder / f"{fault}.toml"
    path.write_text(
        f'id = "{fault}"\ntitle = "A port"\n'
        f'command = ["{sys.executable}", "{PORTS / "wraps_own.py"}", "{fault}", "{OWN}",'
        f' "{{image}}", "{{command_line}}"]\n[image]\ntype = "float64"\n{more}'
    )
    return path


def checked(path: Path, folder: Path, *titles: str) -> dict[str, Finding]:
    """What a check of a file finds, by name; titles: of the cases to try."""
    description = read_description(path)
    cases = tuple(case for case in CASES if not titles or case.title in titles)
    finding.announce_file(path)
    with Host(discovered(SETTINGS), SETTINGS) as host:
        checker = Checker(host, description, "nanobragg-c", folder, cases)
        return {found.name: found for found in checker.findings()}


TRACE = (
    '[trace]\narguments = ["-trace_pixel", "{trace_slow}", "{trace_fast}", "-trace_only"]\n'
    '[semantics.omega]\nmean = ["-semantics", "omega=mean"]\nlast = []\n'
)


def test_a_port_that_is_right_has_nothing_to_mend(tmp_path: Path) -> None:
    found = checked(wrapped(tmp_path, "none", TRACE), tmp_path)
    assert [one.name for one in found.values() if one.state not in ("ok", "missing")] == [
        "omega = last"
    ]
    assert found["omega = last"].is_fault  # asked for with no argument, it is not computed
    assert "variables of pixel" in found["trace"].text
    assert {case.title for case in CASES} <= set(found)


def test_an_image_that_is_turned_or_in_another_unit_is_recognised(tmp_path: Path) -> None:
    found = checked(wrapped(tmp_path, "transposed"), tmp_path)
    against = found["against nanobragg-c"]
    assert against.state == "differs"
    assert "image.transpose = true, image.flip_fast = true it would agree" in against.text
    assert "phi scan" not in found
    more = "transpose = true\nflip_fast = true\n"
    assert (
        checked(wrapped(tmp_path, "transposed", more), tmp_path, "phi scan")["phi scan"].state
        == "ok"
    )
    found = checked(wrapped(tmp_path, "scaled"), tmp_path)
    assert "with image.scale = 250 it would agree" in found["against nanobragg-c"].text


def test_what_a_port_ignores_is_named_and_may_be_refused(tmp_path: Path) -> None:
    found = checked(wrapped(tmp_path, "deaf"), tmp_path, "polarisation", "dispersion")
    assert found["dispersion"].state == "ok"
    assert found["polarisation"].state == "ignored"
    assert 'flags = ["-polar"]' in found["polarisation"].text
    more = '[refuses]\nflags = ["-polar", "-nopolar"]\n'
    found = checked(wrapped(tmp_path, "deaf", more), tmp_path, "polarisation", "dispersion")
    assert found["polarisation"].state == "refused"
    assert not any(one.is_fault for one in found.values())


@pytest.mark.parametrize(
    ("script", "words", "name", "text"),
    [
        ("nan.py", '"{image}", "{command_line}"', "image", "20 pixels are not finite"),
        ("wrong_shape.py", '"{image}", "7", "9", "{command_line}"', "image", "holds image.bin.npy"),
        ("json_to_npy.py", '"{command_line}"', "image", "status 1"),
    ],
)
def test_an_image_that_is_none_ends_the_check(
    script: str, words: str, name: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "port.toml"
    path.write_text(
        f'id = "port"\ntitle = "A port"\n'
        f'command = ["{sys.executable}", "{PORTS / script}", {words}]\n'
    )
    found = checked(path, tmp_path)
    assert found[name].state == "failed"
    assert text in found[name].text
    assert "phi scan" not in found


def test_every_case_makes_a_difference(own_host: Host, tmp_path: Path) -> None:
    def image(flags: str) -> np.ndarray:
        experiment = experiment_of(flags, tmp_path, with_file=False)
        return own_host.render(Run(experiment=experiment, engine="nanobragg-c")).result().data

    plain = image("")
    changes = {case.title: largest_difference(plain, image(case.flags)) for case in CASES}
    assert min(changes.values()) > 0.01, changes


def test_a_hint_is_given_only_where_it_is_right() -> None:
    random = np.random.default_rng(1)
    expected = random.random((30, 40)) ** 4
    assert hint_for(expected, expected) == ""
    assert hint_for(expected, random.random((30, 40))) == ""
    assert hint_for(expected, expected[:, ::-1]) == "with image.flip_fast = true it would agree"
    other = np.ascontiguousarray(expected.T).reshape(30, 40)
    assert hint_for(expected, other) == "with image.transpose = true it would agree"


def braggscope(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, as it is typed."""
    code = "import sys; from braggscope.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True, text=True, check=False, timeout=250,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


def test_the_command_prints_a_table_and_tells_by_its_status(tmp_path: Path) -> None:
    done = braggscope("engines", "check", str(wrapped(tmp_path, "scaled")))
    assert done.returncode == 3, done.stderr
    assert "A port: to mend: against nanobragg-c." in done.stdout
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "bad"\ntitel = "x"\n')
    done = braggscope("engines", "check", str(bad))
    assert done.returncode == 2
    assert "line 2: titel: there is no such key" in done.stderr
    new = tmp_path / "new-port.toml"
    assert braggscope("engines", "new", str(new)).returncode == 0
    assert read_description(new).id == "new-port"
    assert braggscope("engines", "new", str(new)).returncode == 2
    done = braggscope("engines", "check", str(new))
    assert done.returncode == 4
    assert "there is no program" in done.stdout
    done = braggscope("engines", "--engine-file", str(new))
    assert "new-port" in done.stdout
    assert "there is no program" in done.stdout


def test_commands_take_an_engine_by_its_file(tmp_path: Path) -> None:
    flags = "-cell 100 -default_F 100 -N 3 -detpixels 16 -oversample 1"
    path = str(wrapped(tmp_path, "none"))
    done = braggscope("compare", "--flags", flags, "-a", "nanobragg-c", "-b", path)
    assert done.returncode == 0, done.stderr
    done = braggscope("simulate", "--flags", flags, "-e", path, "-o", str(tmp_path / "x.npy"))
    assert done.returncode == 0, done.stderr
    done = braggscope(
        "simulate",
        "--engine-file",
        path,
        "-e",
        "none",
        "--flags",
        flags,
        "-o",
        str(tmp_path / "y.npy"),
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.load(tmp_path / "y.npy"))
