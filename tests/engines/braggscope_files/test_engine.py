"""The engine behind its worker: masks, shapes, changes, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import EngineFailed, InvalidInput, Pixel, Run, ShapeMismatch
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope.host.host import CACHED_NOTE, Host
from braggscope.host.plugins import PluginRegistry, PluginSource
from tests.engines.braggscope_files.writing import SHAPE, counts, write

LIMIT_S = 60.0


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    registry = PluginRegistry()
    registry.discover([PluginSource("files", "braggscope_files.plugin", "braggscope", "1")])
    assert not registry.records[0].problems
    made = Host(registry)
    yield made
    made.close()


def run_of(path: Path | str, slow: int = SHAPE[0], fast: int = SHAPE[1], **options: str) -> Run:
    flags = f"-cell 100 -default_F 1 -N 1 -pixel 1 -detpixels_x {fast} -detpixels_y {slow}"
    pairs = {"path": str(path), **options} if path else options
    return Run(
        experiment=Experiment.from_nanobragg(flags.split()),
        engine="file",
        options=tuple(sorted(pairs.items())),
    )


def test_a_file_comes_as_an_image_with_its_mask_and_origin(host: Host, tmp_path: Path) -> None:
    path, image = write(tmp_path, "x_master.h5")
    made = host.render(run_of(path)).result(LIMIT_S)
    assert np.array_equal(made.data, image)
    assert made.mask is not None
    assert np.argwhere(made.mask).tolist() == [[0, 0], [0, 1], [0, 2]]
    assert not made.mask.flags.writeable
    origin = made.provenance
    assert origin.engine_version.startswith("HDF5 file, SHA-256 ")
    assert origin.precision == "uint16, as float32"
    assert "frame 1 of 4" in origin.notes
    kept = host.render(run_of(path, gaps="kept")).result(LIMIT_S)
    assert kept.mask is None


def test_the_region_masks_what_is_outside_it(host: Host, tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x_master.h5")
    region = RegionOfInterest(fast_min=2, fast_max=4, slow_min=0, slow_max=1)
    run = run_of(path).model_copy(update={"region": region})
    made = host.render(run).result(LIMIT_S)
    assert made.mask is not None
    assert int((~made.mask).sum()) == 6 - 1


def test_another_shape_is_refused_with_both_and_the_way_out(host: Host, tmp_path: Path) -> None:
    path, image = write(tmp_path, "x.tif")
    with pytest.raises(ShapeMismatch, match=r"7 × 11 pixels, the detector 8 × 9") as caught:
        host.render(run_of(path, 8, 9)).result(LIMIT_S)
    assert (caught.value.shape, caught.value.detector) == ((7, 11), (8, 9))
    assert "never resampled" in caught.value.why
    assert "detector.pixels_slow = 7" in caught.value.remedy
    assert np.array_equal(host.render(run_of(path)).result(LIMIT_S).data, image)


def test_an_unchanged_file_is_in_memory_and_a_changed_one_is_read(
    host: Host, tmp_path: Path
) -> None:
    path, image = write(tmp_path, "x.npy")
    assert CACHED_NOTE not in host.render(run_of(path)).result(LIMIT_S).provenance.notes
    assert CACHED_NOTE in host.render(run_of(path)).result(LIMIT_S).provenance.notes
    np.save(path, image * 2)  # type: ignore[operator]
    changed = host.render(run_of(path)).result(LIMIT_S)
    assert CACHED_NOTE not in changed.provenance.notes
    assert np.array_equal(changed.data, image * 2)  # type: ignore[operator]


def test_a_damaged_file_is_one_message_and_the_worker_goes_on(host: Host, tmp_path: Path) -> None:
    path, image = write(tmp_path, "x.cbf")
    pid = host.worker_pids()["file"]
    content = path.read_bytes()
    path.write_bytes(content[:700])
    with pytest.raises(InvalidInput, match=r"x\.cbf cannot be read as a CBF image"):
        host.render(run_of(path)).result(LIMIT_S)
    path.write_bytes(content)
    assert np.array_equal(host.render(run_of(path)).result(LIMIT_S).data, image)
    assert host.worker_pids()["file"] == pid


def test_relative_paths_count_from_here(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "x.img")
    monkeypatch.chdir(tmp_path)
    assert np.array_equal(host.render(run_of("x.img")).result(LIMIT_S).data, counts("uint16"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": ""}, "no image file is chosen"),
        ({"frame": "two"}, "'two' is no number"),
        ({"frame": "1.5"}, "no number of a frame"),
        ({"frame": "0"}, "no number of a frame"),
        ({"scale": "inf"}, "'inf' is no number"),
        ({"gaps": "some"}, "Its choices are masked, kept"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    host: Host, tmp_path: Path, options: dict[str, str], message: str
) -> None:
    path, _ = write(tmp_path, "x.npy")
    run = run_of(options.pop("path", path), **options)
    with pytest.raises(InvalidInput, match=message):
        host.render(run).result(LIMIT_S)


def test_a_file_cannot_be_traced_and_says_why(host: Host, tmp_path: Path) -> None:
    path, _ = write(tmp_path, "x.npy")
    with pytest.raises(EngineFailed, match="not how they came about"):
        host.trace(run_of(path), [Pixel(1, 1)]).result(LIMIT_S)
