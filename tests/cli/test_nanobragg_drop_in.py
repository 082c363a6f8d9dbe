"""`braggscope nanobragg` in nanoBragg's place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_commands import SMALL, run
from tests.experiment.dialects.test_front import PDB
from tests.experiment.test_nanobragg_dialect import golden_cases

QUIET = ("-nonoise", "-nopgm", "-noint", "-nofloat")
TINY = [
    "-cell",
    "50",
    "-N",
    "3",
    "-lambda",
    "1",
    "-distance",
    "60",
    "-pixel",
    "1",
    "-detpixels",
    "12",
    "-oversample",
    "1",
]


@pytest.mark.parametrize("engine", ["torch-cpu", "nanobragg-c"])
def test_it_writes_and_prints_what_nanobragg_does(
    engine: str, tmp_path: Path, shared: Path
) -> None:
    flags = golden_cases(shared)["noise"]
    done = run("nanobragg", "--engine", engine, *flags, "-noprogress", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    files = np.load(shared / "golden" / "noise.npz")
    image = np.fromfile(tmp_path / "floatimage.bin", np.float32).reshape(64, 64)
    assert np.max(np.abs(image - files["image"])) <= 1e-6 * files["image"].max()
    said = (shared / "golden" / "noise.stdout.txt").read_text()
    for line in done.stdout.splitlines():
        assert line in said or line.startswith("writing"), line
    assert "19626 photons on noise image (0 overloads)" in done.stdout
    for name, key in (("intimage.img", "int_file"), ("image.pgm", "pgm_file")):
        written = np.fromfile(tmp_path / name, np.uint8)
        assert written.size == files[key].size
        assert np.mean(written != files[key]) < 0.01
    assert (tmp_path / "noiseimage.img").read_bytes() == files["noise_file"].tobytes()
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        ("-cel 50 50 50 90 90 90 -default_F 5", "did you mean -cell?"),
        ("-mat nowhere.mat -default_F 5", "-mat nowhere.mat: there is no such file"),
        ("-cell 50 -default_F 5 -lambda=1 -N 2", "write -lambda 1;"),
    ],
)
def test_giving_up_names_the_typing_error_behind_it(flags: str, hint: str, tmp_path: Path) -> None:
    done = run("nanobragg", *flags.split(), cwd=tmp_path)
    assert done.returncode == 9
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_only_braggscope_reads_is_said_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "x.pdb").write_text(PDB)
    done = run("nanobragg", *TINY, *QUIET[:3], "-hkl", "x.pdb", "-nodump", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "note: x.pdb: structure factors computed to 2 Å" in done.stderr


def test_the_dump_is_written_and_used_the_next_time(tmp_path: Path) -> None:
    (tmp_path / "f.hkl").write_text("".join(f"{h} {k} 0 9\n" for h in (0, 2) for k in (0, 1)))
    flags = ["nanobragg", *TINY, *QUIET[:3]]
    first = run(*flags, "-hkl", "f.hkl", "-default_F", "5", "-floatfile", "a.bin", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "Fdump.bin").read_bytes().startswith(b"0 2 0 1 0 0\n\f")
    again = run(*flags, "-default_F", "5", "-floatfile", "b.bin", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "Fdump.bin" in again.stderr
    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes()
    named = run(*flags, "-hkl", "f.hkl", "-nofloat", "-dump", "other.bin", cwd=tmp_path)
    assert named.returncode == 0, named.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Fdump.bin", "a.bin", "b.bin", "f.hkl", "other.bin",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("-cell 100", "-default_F"),
        ("-cell x -default_F 1", "-cell"),
        ("-cell 50 -default_F 1 -lambda nan", "-lambda"),
        ("-cell 50 -default_F 1 -stol missing.stol", "missing.stol"),
        ("-cell 50 -default_F 1 -stol empty.stol", "empty.stol"),
        ("-cell 50 -default_F 1 -mask empty.stol", "empty.stol"),
        ("-cell 50 -default_F 1 -sourcefile empty.stol", "empty.stol"),
        ("-cell 50 -hkl empty.stol", "empty.stol"),
        ("--strict -cell 50 -default_F 1 -bad", "-bad"),
        ("--engine", "--engine"),
    ],
)
def test_bad_input_exits_with_9_one_line_and_no_file(
    flags: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.stol").write_text("")
    done = run("nanobragg", *flags.split(), cwd=tmp_path)
    assert done.returncode == 9, done.stdout + done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["empty.stol"]


def test_nothing_at_all_is_answered_with_the_usage(tmp_path: Path) -> None:
    done = run("nanobragg", cwd=tmp_path)
    assert done.returncode == 9
    assert done.stderr.startswith("usage:")


def test_what_can_hardly_be_meant_is_one_line_each_on_stderr(tmp_path: Path) -> None:
    done = run(
        "nanobragg", *SMALL.split(), "-bad", "-polar", "x", "-printout", *QUIET, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert [line[:12] for line in lines] == ["WARNING: -ba", "WARNING: -po", "WARNING: -pr"]
    assert list(tmp_path.iterdir()) == []


def test_a_seed_from_the_clock_is_said(tmp_path: Path) -> None:
    done = run("nanobragg", *TINY, "-default_F", "9", "-misset", "random", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the random misset has the seed" in done.stdout
    assert "the noise has the seed" in done.stdout
    assert done.stderr == ""
