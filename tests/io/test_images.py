"""What is written is read back as it was, by our reader and by those of others."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import fabio
import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from braggscope.api import DetectorImage, InvalidInput, Provenance, Run
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import read_file
from braggscope.experiment.dialects.imported import apply
from braggscope.io.images import FORMATS, write_image
from braggscope.io.nexus import to_nexus
from braggscope_files.found import Wanted
from braggscope_files.loading import Choice, Loaded, load

SHAPE = (13, 17)
ALL = [suffix for format_ in FORMATS for suffix in format_.suffixes]
FLAGS = "-cell 100 -default_F 1 -N 1 -pixel 0.5 -detpixels_x 17 -detpixels_y 13 -distance 77"


def experiment(more: str = "") -> Experiment:
    return Experiment.from_nanobragg(f"{FLAGS} {more}".split())


def image_of(
    data: NDArray[Any], mask: NDArray[np.bool_] | None = None, more: str = ""
) -> DetectorImage:
    run = Run(experiment=experiment(more), engine="torch-cpu", options=(("precision", "float64"),))
    return DetectorImage(data, mask, Provenance(run, "1.0", "a processor", "float64", 0.5))


def floats(dtype: str) -> NDArray[Any]:
    values = np.random.default_rng(3).lognormal(2, 3, SHAPE).astype(dtype)
    values[0, 0] = 0
    return values


def mask() -> NDArray[np.bool_]:
    chosen = np.zeros(SHAPE, np.bool_)
    chosen[4, :] = True
    return chosen


def back(path: Path) -> Loaded:
    return load(Choice(path, Wanted(shape=SHAPE)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("suffix", [".h5", ".nxs", ".npy", ".npz", ".tif", ".bin"])
def test_floats_come_back_as_the_format_holds_them(suffix: str, dtype: str, tmp_path: Path) -> None:
    data = floats(dtype)
    lost = write_image(image_of(data), tmp_path / f"x{suffix}")
    found = back(tmp_path / f"x{suffix}").pixels
    if suffix in (".tif", ".bin"):
        assert np.array_equal(found, data.astype(np.float32))
        assert bool(lost) == (dtype == "float64")
        assert all("rounded to float32" in part for part in lost)
    else:
        assert found.dtype == dtype
        assert np.array_equal(found, data)
        assert lost == ()


@pytest.mark.parametrize("suffix", [".cbf", ".img", ".smv"])
def test_whole_numbers_come_back_and_all_else_is_said(suffix: str, tmp_path: Path) -> None:
    whole = np.rint(floats("float64")) % 65536
    assert write_image(image_of(whole), tmp_path / f"x{suffix}") == ()
    assert np.array_equal(back(tmp_path / f"x{suffix}").pixels, whole)
    odd = whole.copy()
    odd[1, 1], odd[2, 2], odd[3, 3] = 0.5, 1e12, np.nan
    lost = write_image(image_of(odd), tmp_path / f"x{suffix}")
    assert len(lost) == 3
    assert lost[0].startswith("1 pixel is rounded")
    assert lost[1].startswith("1 pixel is clipped")
    assert lost[2].startswith("1 pixel is NaN")
    found = back(tmp_path / f"x{suffix}").pixels
    assert found[2, 2] == (65535 if suffix != ".cbf" else 2**30 - 1)
    same = np.ones(SHAPE, np.bool_)
    same[[1, 2, 3], [1, 2, 3]] = False
    assert np.array_equal(found[same], whole[same])


@pytest.mark.parametrize("suffix", ALL)
def test_the_mask_comes_back_or_is_said_to_be_lost(suffix: str, tmp_path: Path) -> None:
    data = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    lost = write_image(image_of(data, mask()), tmp_path / f"x{suffix}")
    found = back(tmp_path / f"x{suffix}")
    if found.mask is None:
        assert any("mask" in part for part in lost)
    else:
        assert np.array_equal(found.mask, mask())
        assert lost == ()
    assert np.array_equal(found.pixels[~mask()], data[~mask()])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.integers(-(2**30), 2**30 - 1), min_size=SHAPE[0] * SHAPE[1], max_size=SHAPE[0] * SHAPE[1]
    )
)
def test_any_integers_survive_a_cbf(values: list[int], tmp_path: Path) -> None:
    data = np.array(values, np.float64).reshape(SHAPE)
    write_image(image_of(data), tmp_path / "x.cbf")
    assert np.array_equal(load(Choice(tmp_path / "x.cbf", Wanted(), gaps=False)).pixels, data)


def test_a_large_cbf_comes_back_across_its_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braggscope.io.header_images._PIECE", 7)
    values = np.array([0, 127, -127, 128, -128, 32767, -32768, 32768, 2**30 - 1, -(2**30)])
    data = np.random.default_rng(5).choice(values, (50, 41)).astype(np.float64)
    image = DetectorImage(data, None, Provenance(None))
    write_image(image, tmp_path / "x.cbf")
    assert np.array_equal(load(Choice(tmp_path / "x.cbf", Wanted(), gaps=False)).pixels, data)
    with fabio.open(str(tmp_path / "x.cbf")) as opened:
        assert np.array_equal(opened.data, data)


def test_others_read_what_is_written(tmp_path: Path) -> None:
    data = np.rint(floats("float32")) % 60_000
    for suffix in (".cbf", ".img", ".tif"):
        write_image(image_of(data), tmp_path / f"x{suffix}")
        with fabio.open(str(tmp_path / f"x{suffix}")) as opened:
            assert np.array_equal(opened.data, data), suffix
    with Image.open(tmp_path / "x.tif") as picture:
        assert np.array_equal(np.asarray(picture), data)
    raw = floats("float32")
    write_image(image_of(raw), tmp_path / "x.bin")
    first = struct.unpack("<3f", (tmp_path / "x.bin").read_bytes()[:12])
    assert first == tuple(raw[0, :3].tolist())


@pytest.mark.parametrize("more", ["", "-xds -distance 90", "-twotheta 20 -Xbeam 3 -Ybeam 2"])
@pytest.mark.parametrize("suffix", [".cbf", ".img"])
def test_headers_bring_the_geometry_back(suffix: str, more: str, tmp_path: Path) -> None:
    if suffix == ".cbf" and "twotheta" in more:
        more = f"-xds {more.replace('-Xbeam 3 -Ybeam 2', '-ORGX 7 -ORGY 5')}"
    image = image_of(np.zeros(SHAPE), more=more)
    assert write_image(image, tmp_path / f"x{suffix}") == ()
    read = resolve(apply(experiment(), read_file(tmp_path / f"x{suffix}")))
    before = resolve(experiment(more))
    # In the detector's own axes: a header takes the lab frame of its convention.
    for name in ("pixel_m", "fast_pixels", "slow_pixels", "close_distance_m"):
        assert getattr(read.detector, name) == pytest.approx(getattr(before.detector, name))
    for axis in ("fast", "slow"):
        near = [float(d.pix0_m @ getattr(d, axis)) for d in (read.detector, before.detector)]
        assert near[0] == pytest.approx(near[1], abs=1e-12)
    wavelengths = [setup.quantities["lambda0_m"].value for setup in (read, before)]
    assert wavelengths[0] == pytest.approx(wavelengths[1])


@pytest.mark.parametrize("more", ["", "-xds", "-twotheta 20", "-detector_rotx 10 -phi 30 -osc 2"])
def test_nexus_places_every_pixel_where_the_experiment_has_it(more: str, tmp_path: Path) -> None:
    write_image(image_of(floats("float32"), mask(), more), tmp_path / "x.h5")
    setup = resolve(experiment(more))
    detector, turn = setup.detector, to_nexus(setup)
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    with h5py.File(tmp_path / "x.h5") as file:
        module = file["entry/instrument/detector/module"]
        fast, slow, offset = (
            module[name]
            for name in ("fast_pixel_direction", "slow_pixel_direction", "module_offset")
        )
        corner = offset.attrs["offset"] + offset[()] * offset.attrs["vector"]
        for s, f in ((0, 0), (5, 11)):
            place = (
                corner + s * slow[()] * slow.attrs["vector"] + f * fast[()] * fast.attrs["vector"]
            )
            ours = detector.pix0_m + detector.pixel_m * (s * detector.slow + f * detector.fast)
            assert np.allclose(place, turn @ ours, atol=1e-12)
        assert np.allclose(turn @ setup.beam.direction, [0, 0, 1])
        assert file["entry/data"].attrs["signal"] == "data"
        assert file["entry/instrument/beam/incident_wavelength"][()] == 1.0
        assert file["entry/instrument/beam/incident_wavelength"].attrs["units"] == "angstrom"
        # Where the beam meets the detector, by the pixels of the header.
        centre = [file[f"entry/instrument/detector/beam_center_{axis}"][()] for axis in "xy"]
        spot = corner + sum(
            number * axis[()] * axis.attrs["vector"]
            for number, axis in zip(centre, (fast, slow), strict=True)
        )
        assert np.allclose(spot[:2], 0, atol=1e-9)
        assert spot[2] == pytest.approx(file["entry/instrument/detector/distance"][()])


def test_the_provenance_tells_how_to_make_the_image_again(tmp_path: Path) -> None:
    image = image_of(floats("float32"))
    write_image(image, tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5") as file:
        told = json.loads(file["entry/process/provenance"][()])
    assert (told["engine"], told["engine_version"], told["device"]) == (
        "torch-cpu", "1.0", "a processor",
    )  # fmt: skip
    run = Run.model_validate(told["run"])
    assert image.provenance.run is not None
    assert run.setup.digest() == image.provenance.run.setup.digest()


def test_large_images_are_written_in_pieces_that_others_unpack(tmp_path: Path) -> None:
    data = np.random.default_rng(1).normal(size=(700, 801))
    image = DetectorImage(data, None, Provenance(None))
    write_image(image, tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5") as file:
        stored = file["entry/data/data"]
        assert stored.compression == "gzip"
        assert stored.chunks[1] < 700
        assert np.array_equal(stored[0], data)


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot write images as \.jpg.*\.h5.*\.cbf"):
        write_image(image_of(floats("float32")), tmp_path / "x.jpg")
    assert list(tmp_path.iterdir()) == []
