"""Reflections kept on disk between sessions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from braggscope import cache_folder
from braggscope.errors import InvalidInput
from braggscope.experiment import reflections as reading
from braggscope.experiment.reflection_files import cache
from braggscope.experiment.reflections import (
    Reflections,
    file_warnings,
    load_reflections,
    structure_factors_from,
)

LIST = "".join(f"{h} {-h} {h % 7} {h / 3!r}\n" for h in range(500))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this test, which everything is worth."""
    monkeypatch.setenv(cache_folder.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_WORTH_S", -1.0)
    return tmp_path / "cache" / "reflections"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were read as text."""
    paths: list[Path] = []
    parse = reading.parse_hkl

    def counted(path: Path, content: bytes):
        paths.append(path)
        return parse(path, content)

    monkeypatch.setattr(reading, "parse_hkl", counted)
    return paths


def loaded(path: Path, *, strict: bool = True) -> Reflections:
    """As a process that has just been started reads it."""
    reading._last_text.clear()
    reference = structure_factors_from(path, strict=strict)
    reading._last_text.clear()
    return load_reflections(reference)


def same(a: Reflections, b: Reflections) -> bool:
    return (
        np.array_equal(a.hkl, b.hkl)
        and np.array_equal(a.amplitude, b.amplitude)
        and np.array_equal(a.range, b.range)
        and (a.notes, a.warnings) == (b.notes, b.warnings)
    )


def test_a_file_is_read_once(folder: Path, parsed: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    first, again = loaded(path), loaded(path)
    assert parsed == [path]
    assert same(first, again)
    assert len(list(folder.iterdir())) == 1
    path.write_text(LIST + "1 1 1 9\n")
    assert len(loaded(path).hkl) == 501
    assert len(parsed) == 2


def test_warnings_and_bounds_of_the_first_pass_are_kept(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.hkl"
    path.write_text("1 2 3 4\n9.0 2 3 4\n")
    for _ in range(2):
        reflections = loaded(path, strict=False)
        assert reflections.hkl.tolist() == [[1, 2, 3]]
        assert reflections.range.tolist() == [[1, 2, 3], [9, 2, 3]]
        reading._last_text.clear()
        with pytest.raises(InvalidInput, match="uses 1 of its 2"):
            structure_factors_from(path)
        reference = structure_factors_from(path, strict=False)
        assert "uses 1 of its 2" in file_warnings(reference)[0]


def test_columns_and_names_are_kept_apart(folder: Path, tmp_path: Path, shared: Path) -> None:
    path = tmp_path / "a.mtz"
    path.write_bytes((shared / "data" / "lysozyme_microed.mtz").read_bytes())
    (tmp_path / "b.mtz").write_bytes(path.read_bytes())
    for _ in range(2):
        f = load_reflections(structure_factors_from(path, "F"))
        fc = load_reflections(structure_factors_from(path, "FC"))
        assert not np.array_equal(f.amplitude, fc.amplitude)
        other = load_reflections(structure_factors_from(tmp_path / "b.mtz", "FC"))
        assert np.array_equal(other.amplitude, fc.amplitude)
        assert "b.mtz, column FC" in other.notes
    assert len(list(folder.iterdir())) == 3
    with pytest.raises(InvalidInput, match="NOPE"):
        structure_factors_from(path, "NOPE")


@pytest.mark.parametrize("at", [0, 60, 0.3, 0.7, -1])
@pytest.mark.parametrize("broken", ["changed", "cut", "empty"])
def test_a_damaged_file_is_read_and_kept_anew(
    folder: Path, parsed: list[Path], tmp_path: Path, broken: str, at: float
) -> None:
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    first = loaded(path)
    (kept,) = folder.iterdir()
    content = bytearray(kept.read_bytes())
    place = int(at * len(content)) if isinstance(at, float) else at
    if broken == "changed":
        content[place] ^= 0xFF
    kept.write_bytes({"changed": content, "cut": content[:place], "empty": b""}[broken])
    assert same(loaded(path), first)
    read = len(parsed)
    assert read <= 2
    assert same(loaded(path), first)
    assert len(parsed) == read


def test_no_changed_byte_is_taken(folder: Path, tmp_path: Path) -> None:
    """Names, types and shapes of the arrays in the file too, which no checksum of .npz guards."""
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    loaded(path)
    (kept,) = folder.iterdir()
    content = kept.read_bytes()
    assert cache._loaded(kept) is not None
    heads = [match.start() for match in re.finditer(rb"PK|\x93NUMPY", content)]
    places = {head + step for head in heads for step in range(-8, 100)} | set(
        range(len(content))[::97]
    )
    for place in sorted(place for place in places if 0 <= place < len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 + place % 255
        kept.write_bytes(damaged)
        assert cache._loaded(kept) is None, place


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of POSIX")
def test_a_cache_that_may_only_be_read_serves(
    folder: Path, parsed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    first = loaded(path)
    parsed.clear()

    def refused(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(cache.os, "utime", refused)
    monkeypatch.setattr(cache, "write_whole", refused)
    assert same(loaded(path), first)
    assert parsed == []


def test_processes_at_once_keep_one_whole_file(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    code = (
        "import sys; from pathlib import Path;"
        "from braggscope.experiment.reflection_files import cache; cache._WORTH_S = -1.0;"
        "from braggscope.experiment import reflections as r;"
        "one = lambda: r.structure_factors_from(Path(sys.argv[1]));"
        "empty = lambda: [f.unlink(missing_ok=True) for f in Path(sys.argv[2]).glob('*.npz')];"
        "[(r._last_text.clear(), empty(),"
        " print(len(r.load_reflections(one()).hkl))) for _ in range(20)]"
    )
    command = [sys.executable, "-c", code, str(path), str(folder)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert said == ["500\n" * 20] * 3
    assert same(loaded(path), loaded(path))
    (kept,) = folder.iterdir()
    assert cache._loaded(kept) is not None


def test_drafts_of_writers_that_died_go(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    old, fresh = folder / ".a.npz.1.part", folder / ".b.npz.2.part"
    for draft in (old, fresh):
        draft.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    loaded(path)
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.parametrize("obstacle", ["a file is in the way", "no folder", "off", "no home"])
def test_without_a_cache_all_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    if obstacle == "a file is in the way":
        folder.parent.write_text("")
    elif obstacle == "no folder":
        monkeypatch.setenv(cache_folder.VARIABLE, "/dev/null/cache")
    elif obstacle == "no home":
        monkeypatch.delenv(cache_folder.VARIABLE)

        def no_home(name: str) -> Path:
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(cache_folder.platformdirs, "user_cache_path", no_home)
    else:
        monkeypatch.setenv(cache_folder.VARIABLE, "")
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    assert same(loaded(path), loaded(path))
    assert not folder.exists()


def test_a_full_disk_is_no_trouble(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise InvalidInput("cannot write")

    monkeypatch.setattr(cache, "write_whole", full)
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    assert len(loaded(path).hkl) == 500
    assert list(folder.iterdir()) == []


def test_the_cache_is_bounded_and_what_is_used_stays(
    folder: Path, parsed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.hkl" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_text(LIST + f"1 1 {number} 9\n")
    loaded(paths[0])
    (one,) = folder.iterdir()
    monkeypatch.setattr(cache, "_MOST_BYTES", int(2.5 * one.stat().st_size))
    loaded(paths[1])
    for age, kept in enumerate(sorted(folder.iterdir(), key=lambda found: found != one)):
        os.utime(kept, (1000 + age, 1000 + age))
    loaded(paths[0])
    loaded(paths[2])
    assert len(list(folder.iterdir())) == 2
    parsed.clear()
    loaded(paths[0])
    assert parsed == []
    loaded(paths[1])
    assert parsed == [paths[1]]


def test_what_is_read_in_no_time_is_not_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_WORTH_S", 60.0)
    path = tmp_path / "f.hkl"
    path.write_text(LIST)
    loaded(path)
    assert not folder.exists()
