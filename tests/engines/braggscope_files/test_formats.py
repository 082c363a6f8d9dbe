"""Every format is read as what it holds, whoever wrote it."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from braggscope.api import InvalidInput
from braggscope_files.found import Wanted
from braggscope_files.loading import Choice, Loaded, load
from tests.engines.braggscope_files.writing import FORMATS, SHAPE, counts, eiger, smv, write


def loaded(path: Path, frame: int = 1, dataset: str = "", **options: object) -> Loaded:
    return load(Choice(path, Wanted(frame - 1, dataset, SHAPE), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_each_format_gives_its_pixels(name: str, tmp_path: Path) -> None:
    path, image = write(tmp_path, name)
    found = loaded(path)
    assert found.pixels.dtype == (np.float64 if image.dtype == np.float64 else np.float32)
    assert np.array_equal(found.pixels, image)
    assert found.pixels.dtype.isnative
    assert "SHA-256" in found.version


def test_a_real_pilatus_image_opens_with_its_gaps_masked(shared: Path) -> None:
    path = shared / "data" / "pilatus6m_i03.cbf.gz"
    if not path.is_file():
        pytest.skip("pilatus6m_i03.cbf.gz is not among the reference data")
    found = loaded(path)
    assert found.pixels.shape == (2527, 2463)
    assert found.mask is not None
    assert int(found.mask.sum()) == 526_101 + 1_213  # Gaps are −1, dead pixels −2.
    assert found.mask[200, :].all()  # A gap between modules.
    assert found.pixels[~found.mask].min() == 0
    assert loaded(path, gaps=False).mask is None


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<i4", ">i4", "<f4", ">f4"])
def test_smv_pixels_have_the_type_and_order_that_the_header_tells(
    dtype: str, tmp_path: Path
) -> None:
    image = counts().astype(dtype)
    smv(tmp_path / "x.img", image)
    assert np.array_equal(loaded(tmp_path / "x.img").pixels, image)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_raw_pixels_are_float32_or_float64_by_their_size(dtype: str, tmp_path: Path) -> None:
    image = counts(dtype) / 7  # type: ignore[operator]
    (tmp_path / "x.bin").write_bytes(image.astype(dtype).tobytes())
    found = loaded(tmp_path / "x.bin")
    assert found.precision == dtype
    assert np.array_equal(found.pixels, image.astype(dtype))


def test_an_eiger_master_has_its_frames_in_order_and_its_mask(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x_master.h5")
    image = np.minimum(counts("uint16"), 40_000)  # type: ignore[call-overload]
    for frame, more in enumerate((1, 10, 2, 20), start=1):
        found = loaded(path, frame)
        assert np.array_equal(found.pixels, image + more)
        assert f"frame {frame} of 4" in found.notes
        assert found.mask is not None
        assert found.mask.sum() == 3
    with pytest.raises(InvalidInput, match=r"has no frame 5"):
        loaded(path, 5)


def test_an_eiger_master_without_its_data_says_which_file_is_missing(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x_master.h5")
    (tmp_path / "x_data_000002.h5").unlink()
    with pytest.raises(InvalidInput, match=r"x_data_000002\.h5, which holds its frames, is miss"):
        loaded(path)


def test_the_largest_value_of_an_eiger_is_no_measurement(tmp_path: Path) -> None:
    image = counts("uint32")
    image[2, 5] = 2**32 - 1
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["entry/data/data"] = image
    found = loaded(tmp_path / "x.h5")
    assert found.mask is not None
    assert np.argwhere(found.mask).tolist() == [[2, 5]]
    assert found.pixels.dtype == np.float64


def test_a_data_file_that_changed_makes_the_image_stale(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x_master.h5")
    before = loaded(path)
    assert before.is_current
    eiger(tmp_path / "other_master.h5", np.zeros(SHAPE, np.uint16))
    assert not before.is_current


def test_a_virtual_dataset_knows_the_files_behind_it(tmp_path: Path) -> None:
    image = counts("uint16")
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["pixels"] = image
    with h5py.File(tmp_path / "x.h5", "w") as file:
        layout = h5py.VirtualLayout(SHAPE, "uint16")
        layout[...] = h5py.VirtualSource(tmp_path / "part.h5", "pixels", SHAPE)
        file.create_virtual_dataset("image", layout)
    found = loaded(tmp_path / "x.h5")
    assert np.array_equal(found.pixels, image)
    assert tmp_path / "part.h5" in [path for path, _ in found.stamps]


def test_a_named_dataset_is_taken_and_an_unknown_one_answered_with_those_there(
    tmp_path: Path,
) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["one"] = counts("float32")
        file["deep/two"] = counts("float32") * 2  # type: ignore[operator]
    assert loaded(tmp_path / "x.h5", dataset="/deep/two").pixels[3, 4] == 2 * 65_534
    with pytest.raises(InvalidInput, match=r"/one, /deep/two|/deep/two, /one"):
        loaded(tmp_path / "x.h5", dataset="three")
    np.savez(tmp_path / "x.npz", one=counts(), two=-counts())
    assert loaded(tmp_path / "x.npz", dataset="two").pixels.min() == -65_534
    with pytest.raises(InvalidInput, match="one, two"):
        loaded(tmp_path / "x.npz", dataset="three")


def test_a_dataset_where_there_can_be_none_is_refused(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x.tif")
    with pytest.raises(InvalidInput, match="has no datasets"):
        loaded(path, dataset="image")


def test_negative_numbers_of_an_array_are_values(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", -counts())
    assert loaded(tmp_path / "x.npy").mask is None


def test_an_array_of_columns_keeps_its_axes(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.asfortranarray(counts()))
    assert np.array_equal(loaded(tmp_path / "x.npy").pixels, counts())


def test_scale_and_offset_come_after_reading(tmp_path: Path) -> None:
    path, image = write(tmp_path, "x.img")
    found = loaded(path, scale=0.5, offset=-20.0)
    assert found.pixels.dtype == np.float64
    assert np.array_equal(found.pixels, image * 0.5 - 20)
    assert any("times 0.5 plus -20" in note for note in found.notes)


def test_pickles_are_not_run(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return shutil.rmtree, (str(tmp_path),)

    np.save(tmp_path / "x.npy", np.array([[Hostile()]], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidInput, match="no real numbers"):
        loaded(tmp_path / "x.npy")
    assert (tmp_path / "x.npy").exists()


def test_a_content_that_changed_has_another_version(tmp_path: Path) -> None:
    path, image = write(tmp_path, "x.npy")
    before = loaded(path)
    assert loaded(path).version == before.version
    np.save(path, image * 2)  # type: ignore[operator]
    assert not before.is_current
    assert loaded(path).version != before.version
