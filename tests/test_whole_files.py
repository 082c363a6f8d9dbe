"""Files that are written whole: through links, into devices and pipes, and where they cannot be."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope.experiment.dialects import export_file
from braggscope.experiment.toml import load_experiment, save_experiment
from braggscope.host.settings import Settings, load_settings, save_settings
from braggscope.io.images import check_image_path, write_numpy, write_raw
from braggscope.whole_files import check_writable, write_text, write_whole

IMAGE = np.arange(6.0).reshape(2, 3)
CELL = {"a_A": 50, "b_A": 60, "c_A": 70}
EXPERIMENT = Experiment.build({"crystal": {"cell": CELL, "default_F": 10}})
SETTINGS = Settings.model_validate({"engines": {"a": {"program": "/ä"}}})
#: What saves a file of one's own: name of the file -> its writer.
SAVERS: dict[str, Callable[[Path], Any]] = {
    "x.toml": lambda path: save_experiment(EXPERIMENT, path),
    "x.mat": lambda path: export_file(EXPERIMENT, path),
    "settings.toml": lambda path: save_settings(SETTINGS, path),
}


def test_a_file_keeps_its_mode_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(0o640)
    check_writable(path)
    assert path.read_bytes() == b"old"
    write_raw(IMAGE, path)
    assert np.array_equal(np.fromfile(path, np.float32), IMAGE.ravel())
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(sink: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InvalidInput, match="No space"):
        write_whole(path, fail)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(exists: bool, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    target, link = folder / "target.npy", tmp_path / "link.npy"
    if exists:
        target.write_bytes(b"old")
    link.symlink_to(Path("elsewhere") / "target.npy")
    check_image_path(link)
    write_numpy(IMAGE, link)
    assert link.is_symlink()
    assert np.array_equal(np.load(target), IMAGE)
    assert list(folder.iterdir()) == [target]


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(InvalidInput, match="symbolic links"):
        check_writable(loop)


@pytest.mark.parametrize("writer", [write_raw, write_numpy])
def test_a_pipe_is_written_where_it_is(writer: object, tmp_path: Path) -> None:
    path, read = tmp_path / "fifo", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    check_writable(path)
    writer(IMAGE, path)  # type: ignore[operator]
    reader.join(10)
    assert path.is_fifo()
    expected = tmp_path / "file"
    writer(IMAGE, expected)  # type: ignore[operator]
    assert read == [expected.read_bytes()]


def test_a_device_stays_a_device() -> None:
    null = Path("/dev/null")
    check_writable(null)
    write_text(null, "nothing")
    assert null.is_char_device()


@pytest.mark.parametrize("name", [".", "", "/", "missing/a.bin", "file/a.bin", "x" * 255])
def test_what_cannot_be_a_file_is_refused_beforehand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidInput, match="cannot write"):
        check_writable(Path(name))
    with pytest.raises(InvalidInput, match="cannot write"):
        write_text(Path(name), "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_without_permission_is_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *arguments: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may write anywhere
    with pytest.raises(InvalidInput, match="Permission denied"):
        check_writable(tmp_path / "a.bin")


@pytest.mark.parametrize("name", SAVERS)
def test_what_is_saved_goes_through_a_link(name: str, tmp_path: Path) -> None:
    """As people keep them who have their settings in a repository."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    target, link = folder / "target", tmp_path / name
    target.write_text("old")
    link.symlink_to(Path("elsewhere") / "target")
    SAVERS[name](link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") not in ("", "old")
    assert sorted(tmp_path.rglob("*")) == sorted([folder, link, target])


@pytest.mark.parametrize("name", SAVERS)
def test_what_cannot_be_saved_leaves_the_old_file_and_no_draft(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / name
    path.write_text("old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InvalidInput, match="No space left"):
        SAVERS[name](path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_what_was_saved_through_a_link_comes_back_through_it(tmp_path: Path) -> None:
    for name in ("x.toml", "settings.toml"):
        (tmp_path / name).symlink_to(tmp_path / f"of {name}")
        SAVERS[name](tmp_path / name)
    assert load_experiment(tmp_path / "x.toml") == EXPERIMENT
    assert load_settings(tmp_path / "settings.toml") == (SETTINGS, None)
