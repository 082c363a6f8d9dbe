"""Bundles from anywhere: cut, flipped, foreign, or made to do harm."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from braggscope.api import InvalidInput
from braggscope.cli.main import opens_in_window
from braggscope.evidence import unpacking
from braggscope.evidence.bundle import OpenedBundle
from braggscope.evidence.opening import opened, read_bundle
from braggscope.evidence.writing import write_bundle
from braggscope.openable import is_evidence
from tests.evidence.samples import SHAPE, evidence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole")
    write_bundle(evidence(place), place / "bundle")
    return place / "bundle"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("packed")
    write_bundle(evidence(place), place / "bundle.zip")
    return (place / "bundle.zip").read_bytes()


def opened_or_refused(path: Path) -> OpenedBundle | None:
    """What was read; None where it was refused as the user's mistake."""
    with contextlib.suppress(InvalidInput), opened(path) as bundle:
        for image in bundle.images:
            assert image is None or image.data.ndim == 2
        return bundle
    return None


@settings(max_examples=120, deadline=None)
@given(
    cut=st.floats(0.0, 1.0), flips=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(1, 255)))
)
def test_a_cut_or_flipped_zip_is_refused_or_its_damage_said(
    packed: bytes, cut: float, flips: list[tuple[float, int]]
) -> None:
    content = bytearray(packed[: max(1, round(cut * len(packed)))] if not flips else packed)
    for place, bits in flips:
        content[int(place * len(content))] ^= bits
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "bundle.zip"
        path.write_bytes(content)
        found = opened_or_refused(path)
    if found is not None and bytes(content) != packed:
        for then, now in zip(evidence().images, found.images, strict=True):
            same = now is not None and np.array_equal(then.data, now.data)
            assert same or found.changed or found.problems


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_flipped_byte_in_a_file_of_a_folder_is_seen(folder: Path, data: st.DataObject) -> None:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    name = data.draw(st.sampled_from(files))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "bundle"
        shutil.copytree(folder, copy)
        content = bytearray((copy / name).read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[place] ^= data.draw(st.integers(1, 255))
        else:
            del content[place:]
        (copy / name).write_bytes(content)
        found = opened_or_refused(copy)
    assert found is None or found.changed or found.problems


@pytest.mark.parametrize(
    "name", ["../escaped.txt", "/tmp/escaped.txt", "a/../../x", "..\\x", "C:/x", "a:b"]
)
def test_a_name_that_leads_outside_is_refused_and_nothing_unpacked(
    packed: bytes, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "evil.zip"
    path.write_bytes(packed)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(InvalidInput, match="no evidence bundle"):
        unpacking.unpack(path, scratch)
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "escaped.txt").exists()


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    entry = zipfile.ZipInfo("images/a.npy")
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, b"\0" * 1000)
    content = bytearray(path.read_bytes())
    # It says in its directory that it holds 4 GB, 20 times over.
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    damaged = unpacking.unpack(path, scratch)
    assert damaged == ("images/a.npy",)
    assert list(scratch.rglob("*.npy")) == []


def test_more_than_there_is_room_for_is_refused(
    packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_MOST_BYTES", 1000)
    path = tmp_path / "large.zip"
    path.write_bytes(packed)
    with pytest.raises(InvalidInput, match="too large to be unpacked"), opened(path):
        pass


def test_an_entry_gives_no_more_than_it_says(tmp_path: Path) -> None:
    """A directory that says 10 bytes where 10 MB come out: nothing of it is kept."""
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b"\0" * 10_000_000)
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert unpacking.unpack(path, scratch) == ("bundle.json",)
    assert sum(p.stat().st_size for p in scratch.rglob("*") if p.is_file()) == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("images/a.npy", "the image of A: the bundle does not hold it"),
        ("images/b_mask.npy", "the image of B: the bundle does not hold it"),
        ("traces/slow2_fast3_b.json", "the traces of slow 2, fast 3: the bundle does not hold it"),
    ],
)
def test_a_missing_part_is_said_and_the_rest_is_shown(
    folder: Path, tmp_path: Path, name: str, said: str
) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    (copy / name).unlink()
    bundle = read_bundle(copy)
    assert bundle.problems == (said,)
    assert bundle.changed == (name,)
    assert sum(image is not None for image in bundle.images) == (2 if "traces" in name else 1)


@pytest.mark.parametrize("name", ["bundle.json", "experiment.toml", "inputs/small.hkl"])
def test_without_its_runs_there_is_no_bundle(folder: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    (copy / name).unlink()
    with pytest.raises(InvalidInput):
        read_bundle(copy)


def test_what_is_not_listed_is_said(folder: Path, tmp_path: Path) -> None:
    """A list of checksums from which a line was taken hides nothing; notes of one's own are
    nobody's business.
    """
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    sums = copy / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(line for line in lines if "images/a.npy" not in line))
    (copy / "my notes.txt").write_text("fine")
    assert read_bundle(copy).changed == ("images/a.npy",)
    sums.unlink()
    assert read_bundle(copy).changed == ("SHA256SUMS",)


def test_a_list_that_leads_outside_reads_nothing_there(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    with (copy / "SHA256SUMS").open("a") as stream:
        stream.write(f"{'0' * 64}  ../outside.txt\n")
    (tmp_path / "outside.txt").write_text("x")
    assert read_bundle(copy).changed == ("../outside.txt",)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(SHAPE, dtype=complex),
        np.zeros((0, 3)),
        np.zeros(5),
        np.array([["a", "b"]]),
        np.zeros(2, dtype=[("x", float)]),
    ],
)
def test_an_array_that_is_no_image_is_not_shown(
    folder: Path, tmp_path: Path, array: np.ndarray
) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    np.save(copy / "images" / "a.npy", array)
    bundle = read_bundle(copy)
    assert bundle.images[0] is None
    assert bundle.images[1] is not None


def test_a_head_that_says_a_thousand_terabytes_takes_no_memory(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    said = io.BytesIO()
    head = {"descr": "<f8", "fortran_order": False, "shape": (10**7, 10**7)}
    np.lib.format.write_array_header_1_0(said, head)
    (copy / "images" / "a.npy").write_bytes(said.getvalue() + b"\0" * 80)
    assert read_bundle(copy).images[0] is None


def test_a_manifest_of_another_kind_is_refused(folder: Path, tmp_path: Path) -> None:
    deep = "[" * 100_000
    for number, text in enumerate(("", "[]", "null", deep, '{"format": 99}', '{"format": 1}')):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        (copy / "bundle.json").write_text(text)
        with pytest.raises(InvalidInput):
            read_bundle(copy)


def test_marks_that_make_no_sense_are_left_out(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / "bundle.json").read_text())
    manifest["marks"]["regions"][1]["name"] = "peak"
    (copy / "bundle.json").write_text(json.dumps(manifest))
    bundle = read_bundle(copy)
    assert bundle.marks.regions == ()
    assert bundle.problems == ("the regions: two regions have one name",)


def test_what_looks_like_a_bundle(folder: Path, tmp_path: Path) -> None:
    assert is_evidence(folder)
    assert not is_evidence(tmp_path)
    assert not is_evidence(tmp_path / "nothing.zip")
    (tmp_path / "some.zip").write_bytes(b"PK")
    assert is_evidence(tmp_path / "some.zip")
    assert opens_in_window(str(folder))
    assert opens_in_window(str(tmp_path / "some.zip"))
    assert not opens_in_window("compare")
