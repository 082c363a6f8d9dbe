"""Images on the command line: files as engines, conversion, export."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from braggscope.experiment.dialects import read_file
from tests.cli.test_commands import run
from tests.engines.braggscope_files.writing import cbf, write

SMALL = "-cell 100 -default_F 10 -N 3 -pixel 1 -detpixels_x 11 -detpixels_y 7"


def test_an_image_is_compared_with_a_simulation_of_its_size(tmp_path: Path) -> None:
    done = run("simulate", "--flags", SMALL, "-o", "x,y.h5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run("compare", "--flags", SMALL, "-b", "file,path=x,y.h5", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AGREES" in done.stdout
    done = run("compare", "--flags", SMALL, "--set", "detector.pixels_fast=12", "-b",
               "file,path=x,y.h5", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 2
    assert "the image has 7 × 11 pixels, the detector 7 × 12" in done.stderr
    assert "detector.pixels_fast = 11" in done.stderr


def test_pixels_mask_and_geometry_are_converted(tmp_path: Path) -> None:
    done = run("simulate", "--flags", f"{SMALL} -xds", "--set", "detector.roi={fast_min=0,"
               " fast_max=10, slow_min=0, slow_max=5}", "-o", "x.cbf", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rounded: CBF holds whole numbers" in done.stdout
    done = run("convert", "x.cbf", "y.h5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "y.h5: 7 × 11 pixels written, nothing was lost\n"
    with h5py.File(tmp_path / "y.h5") as file:
        assert (file["entry/instrument/detector/pixel_mask"][6] == 1).all()
        assert file["entry/instrument/detector/x_pixel_size"][()] == 1e-3
    done = run("convert", "y.h5", "z.npy", cwd=tmp_path)
    assert "lost: the mask" in done.stdout
    assert (np.load(tmp_path / "z.npy")[6] == -1).all()
    said = read_file(tmp_path / "x.cbf").fields["detector"]
    assert (said["pixels_fast"], said["distance_mm"]) == (11, 100.0)


def test_gaps_are_no_part_of_the_sum(tmp_path: Path) -> None:
    image = np.full((7, 11), 3, np.int32)
    image[2] = -1
    cbf(tmp_path / "x.cbf", image)
    done = run("compare", "--flags", SMALL, "-b", "file,path=x.cbf", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert f"sum {3 * 6 * 11}" in done.stdout


def test_an_image_that_does_not_say_its_geometry_gets_none(tmp_path: Path) -> None:
    write(tmp_path, "x.npy")
    done = run("convert", "x.npy", "y.h5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with h5py.File(tmp_path / "y.h5") as file:
        assert "distance" not in file["entry/instrument/detector"]


def test_a_frame_of_several_is_chosen(tmp_path: Path) -> None:
    _, image = write(tmp_path, "x_master.h5")
    done = run("convert", "x_master.h5", "y.npy", "--image", "4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "frame 4 of 4" in done.stderr
    assert np.array_equal(np.load(tmp_path / "y.npy")[1:], image[1:] + 19)  # type: ignore[index]


def test_a_header_without_pixels_is_said_to_be_that(tmp_path: Path) -> None:
    text = "{\nHEADER_BYTES=512;\nSIZE1=40;\nSIZE2=30;\nPIXEL_SIZE=0.1;\nDISTANCE=90;\n}\n"
    (tmp_path / "x.img").write_text(text.ljust(512))
    done = run("convert", "x.img", "y.cbf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "only the header is converted: " in done.stderr
    assert "2400 bytes shorter" in done.stderr


def test_what_cannot_be_converted_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(b"II*\0 and no more")
    (tmp_path / "x.bin").write_bytes(bytes(100))
    for source in ("x.tif", "x.bin"):
        done = run("convert", source, "y.h5", cwd=tmp_path)
        assert done.returncode == 2
        assert source in done.stderr
        assert "Traceback" not in done.stderr
    assert "--base" in done.stderr
    assert not (tmp_path / "y.h5").exists()


def test_hdf5_without_geometry_is_converted_all_the_same(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["image"] = np.arange(77.0).reshape(7, 11)
    done = run("convert", "x.h5", "y.npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no geometry taken: x.h5 says nothing of beam and detector" in done.stderr
    assert np.array_equal(np.load(tmp_path / "y.npy"), np.arange(77.0).reshape(7, 11))


def test_an_exported_image_agrees_with_the_experiment_that_its_geometry_makes(
    tmp_path: Path,
) -> None:
    # Of a cubic crystal along the axes every choice of the lab's axes gives the same image.
    assert run("simulate", "--flags", SMALL, "-o", "x.h5", cwd=tmp_path).returncode == 0
    (tmp_path / "rest.toml").write_text(
        "[crystal]\ndefault_F = 10\ncell = {a_A = 100, b_A = 100, c_A = 100}\n"
        "cells_a = 3\ncells_b = 3\ncells_c = 3\n"
    )
    done = run("convert", "x.h5", "y.toml", "--base", "rest.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run("compare", "y.toml", "-b", "file,path=x.h5", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
