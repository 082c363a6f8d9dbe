"""An engine that a TOML file describes is in the bundle, and runs from there where it may."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED
from braggscope.cli.main import app
from braggscope.engine_files import finding
from braggscope.evidence.engines import unknown_engines
from braggscope.evidence.opening import opened

PORT = Path(__file__).parents[1] / "engines" / "braggscope_external" / "ports" / "json_to_npy.py"
FLAGS = "-cell 30 40 50 90 90 90 -default_F 10 -distance 60 -N 4 -pixel 1 -detpixels 12"
TOML = f"""\
id = "my-port"
title = "A port"
command = ["{sys.executable}", "{{here}}/port.py", "{{experiment_json}}", "{{image}}"]
[image]
file = "image.npy"
format = "auto"
"""


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(finding.CONFIG_DIR_VARIABLE, str(tmp_path / "configuration"))
    monkeypatch.setenv(finding.VARIABLE, "")


def braggscope(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a port that is known no more: its file is gone, its program is there."""
    folder = tmp_path / "port"
    folder.mkdir()
    shutil.copy(PORT, folder / "port.py")
    (folder / "port.toml").write_text(TOML)
    target = tmp_path / "evidence.zip"
    result = braggscope(
        "compare", "--flags", FLAGS, "-b", str(folder / "port.toml"), "--bundle", str(target)
    )
    assert result.exit_code == DIFFERS, result.output
    (folder / "port.toml").unlink()
    monkeypatch.setenv(finding.VARIABLE, "")
    return target


def test_the_description_and_the_checksums_are_in_the_bundle(bundle: Path, tmp_path: Path) -> None:
    with opened(bundle) as found:
        (engine,) = unknown_engines(found, {"torch-cpu": None})
        assert engine.description.id == "my-port"
        assert engine.description.here == str(tmp_path / "port")
        script = str(tmp_path / "port" / "port.py")
        assert len(engine.programs[script]) == 64
        assert script not in engine.question
        (tmp_path / "port" / "port.py").write_text("other")
        assert f"{script} is not there, or no longer the file of then." in engine.question
        assert not found.changed
        assert not unknown_engines(found, {"torch-cpu": None, "my-port": None})


def test_nothing_runs_without_leave(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "port" / "port.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    result = braggscope("verify", str(bundle))
    assert result.exit_code == ENGINE_FAILED
    assert "--run-programs allows it" in result.output
    assert not (tmp_path / "ran").exists()


def test_with_leave_the_comparison_is_made_again(bundle: Path) -> None:
    result = braggscope("verify", str(bundle), "--run-programs", "--json")
    checks = {one["what"]: one for one in json.loads(result.stdout)["checks"]}
    assert checks["The image of B is the recorded one"]["detail"] == "to the last bit"
    assert result.exit_code == AGREES


def test_a_known_engine_of_the_name_is_used_instead(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "port" / "port.toml"
    file.write_text(TOML)
    result = braggscope("verify", str(bundle), "--engine-file", str(file))
    assert result.exit_code == AGREES, result.output
    assert "is not known here" not in result.output


@pytest.mark.parametrize("text", ["", "id = 3", TOML.replace("my-port", "another")])
def test_a_description_that_is_none_is_no_engine(bundle: Path, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "open"
    shutil.unpack_archive(bundle, folder)
    (folder / "engines" / "my-port.toml").write_text(text)
    with opened(folder) as found:
        assert not unknown_engines(found, {})
        assert found.changed == ("engines/my-port.toml",)
