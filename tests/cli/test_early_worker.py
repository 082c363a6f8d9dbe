"""Commands that ask an engine start its process before they know which one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from braggscope.cli.main import main
from tests.experiment.test_nanobragg_dialect import CUBIC

SMALL = f"{CUBIC} -detpixels 48"


@pytest.fixture(autouse=True)
def scratch_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_an_image_comes_from_the_process_that_was_started_first(
    tmp_path: Path,
    scratch_parent: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a second process was started")

    monkeypatch.setattr("braggscope.host.live_worker.launch", refuse)
    output = tmp_path / "image.npy"
    main_ends(0, "simulate", "--flags", SMALL, "-e", "nanobragg-c", "-o", str(output))
    assert np.load(output).shape == (48, 48)
    nothing_is_left(scratch_parent)


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "--flags", "-no_such_flag"),
        ("simulate", "/no/such/file.toml"),
        ("trace", "--no-such-option"),
        ("nanobragg", "-cell", "1"),
    ],
    ids=["flags", "file", "option", "drop-in"],
)
def test_a_command_that_ends_early_leaves_nothing(
    scratch_parent: Path, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(list(words))
    nothing_is_left(scratch_parent)


def test_who_only_asks_for_help_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("braggscope.host.head_start.head_start", refuse)
    for words in (["simulate", "--help"], ["--version"], ["plugins"]):
        main_ends(0, *words)


def test_what_starts_it_is_quick_to_import() -> None:
    script = "import sys, braggscope.host.head_start; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert {"numpy", "pydantic", "typer", "torch"}.isdisjoint(done.stdout.split())


def main_ends(status: int, *words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main(list(words)))
    assert (ended.value.code or 0) == status


def nothing_is_left(scratch_parent: Path) -> None:
    assert psutil.Process().children() == []
    assert list(scratch_parent.iterdir()) == []
