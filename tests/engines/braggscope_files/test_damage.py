"""Empty, cut and damaged files of each format: one clear message, in bounded time and memory."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from braggscope.api import InvalidInput
from braggscope_files.found import Wanted, unreadable
from braggscope_files.loading import Choice, Loaded, load
from tests.engines.braggscope_files.writing import FORMATS, SHAPE, cbf, counts, write

#: Formats whose pixels have a checksum, or lie in a stream that must end right.
CHECKED = ("x.cbf", "x.cbf.gz", "x.npz")
FEW = settings(
    max_examples=40,
    deadline=5000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def loaded(path: Path) -> Loaded:
    return load(Choice(path, Wanted(shape=SHAPE)))


def assert_clear(error: InvalidInput, path: Path) -> None:
    """What, where, why and what to do, in one message of a bounded length."""
    assert path.name in error.what or str(path) in error.where
    assert error.why or "empty" in error.what
    assert error.remedy or "frame" in error.what
    assert len(str(error)) < 1500


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_file_is_called_empty(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InvalidInput, match=r"is empty") as caught:
        loaded(tmp_path / name)
    assert_clear(caught.value, tmp_path / name)


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(share=st.floats(0.0, 0.999))
def test_a_cut_file_is_refused(name: str, share: float, tmp_path: Path) -> None:
    path, image = write(tmp_path, name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    try:
        found = loaded(path)
    except InvalidInput as error:
        assert_clear(error, path)
    else:
        # What was cut away were no pixels.
        assert np.array_equal(found.pixels, image)


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(data=st.data())
def test_flipped_bytes_give_pixels_or_a_clear_message(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    path, image = write(tmp_path, name)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # Half of them in the header, where they do most.
        most = data.draw(st.sampled_from([len(content), min(len(content), 1200)]))
        content[data.draw(st.integers(0, most - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = loaded(path)
    except InvalidInput as error:
        assert_clear(error, path)
    else:
        assert found.pixels.ndim == 2
        if name in CHECKED and found.pixels.shape == image.shape:
            assert np.array_equal(found.pixels, image) or found.pixels.dtype != image.dtype


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(content=st.binary(max_size=600))
def test_anything_under_any_name_gives_a_clear_message(
    name: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    try:
        found = loaded(path)
    except InvalidInput as error:
        assert_clear(error, path)
    else:
        assert found.pixels.shape == SHAPE


def test_a_folder_a_missing_file_and_a_device_are_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"is no file. It is a folder"):
        loaded(tmp_path)
    with pytest.raises(InvalidInput, match=r"No such file"):
        loaded(tmp_path / "x.cbf")
    with pytest.raises(InvalidInput, match=r"a device"):
        loaded(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("x.img", b"SIZE1=11", b"SIZE1=99999999"),
        ("x.edf", b"Dim_1 = 11", b"Dim_1 = 999999999"),
        ("x.cbf", b"Fastest-Dimension: 11", b"Fastest-Dimension: 99999999"),
        ("x.npy", b"(7, 11)", b"(700000000, 11)"),
    ],
)
def test_a_header_that_tells_of_too_many_pixels_takes_no_memory(
    name: str, old: bytes, new: bytes, tmp_path: Path
) -> None:
    path, _ = write(tmp_path, name)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    with pytest.raises(InvalidInput, match=r"pixels, more than|shorter than its header"):
        loaded(path)


def test_a_dataset_of_no_bytes_and_many_pixels_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("entry/data/data", (10**6, 10**6), "f4", chunks=(1000, 1000))
    with pytest.raises(InvalidInput, match=r"pixels, more than"):
        loaded(tmp_path / "x.h5")


def test_an_archive_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("image.npy", "w", force_zip64=True) as member,
    ):
        np.lib.format.write_array_header_1_0(
            member, {"descr": "<f8", "fortran_order": False, "shape": (60_000, 60_000)}
        )
        member.write(bytes(2**20))
    with pytest.raises(InvalidInput, match=r"shorter than its header says|GiB"):
        loaded(path)


def test_a_checksum_that_does_not_fit_is_said(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x.cbf")
    content = bytearray(path.read_bytes())
    content[content.index(b"\x0c\x1a\x04\xd5") + 20] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"checksum"):
        loaded(path)


def test_a_tiff_whose_directories_are_a_circle_ends(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x.mccd")
    content = bytearray(path.read_bytes())
    content[10 + 9 * 12 : 14 + 9 * 12] = struct.pack("<I", 8)
    path.write_bytes(content)
    assert np.array_equal(loaded(path).pixels, counts("uint16"))


def test_colours_are_no_image(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(tmp_path / "x.tif")
    with pytest.raises(InvalidInput, match=r"picture in colours"):
        loaded(tmp_path / "x.tif")


def test_raw_pixels_of_another_shape_say_both(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(bytes(4 * 12 * 12))
    with pytest.raises(InvalidInput, match=r"576 bytes.*7 × 11.*never resampled"):
        loaded(tmp_path / "x.bin")


def test_a_cbf_of_another_coding_says_which(tmp_path: Path) -> None:
    cbf(tmp_path / "x.cbf", counts())
    content = (tmp_path / "x.cbf").read_bytes()
    (tmp_path / "x.cbf").write_bytes(content.replace(b"x-CBF_BYTE_OFFSET", b"x-CBF_PACKED_____"))
    with pytest.raises(InvalidInput, match=r"x-cbf_packed"):
        loaded(tmp_path / "x.cbf")


def test_a_reason_that_quotes_a_damaged_header_is_cut(tmp_path: Path) -> None:
    error = unreadable(tmp_path / "x.npz", ".npz file", "the header is not readable: " + "x" * 5000)
    assert_clear(error, tmp_path / "x.npz")
