"""Our C program reads flags by itself: what it makes of a command line is what our dialect says."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope_external.program import find_program
from tests.experiment.test_nanobragg_parsing import smv

BASE = "-cell 70 80 90 85 95 105 -default_F 100 -detpixels_x 12 -detpixels_y 9 -pixel 0.8"
LINES = [
    "-N 1e1 -oversample 2.7 -polar x",
    "-misset_seed 5 -N 3 -oversample 1",
    "-misset_seed 5 -misset random -N 3 -oversample 2",
    "-xds -spindle_axis 0 1 0 -phi 3 -phisteps 2 -Xbeam 3 -Yclose 2 -twotheta 5 -oversample 1",
    "-twotheta_axis 0.5 1 0 -detector_rotx 3 -pivot beam -oversample 1",
    "-pix0_vector 1 2 3 -ORGX 4 -oversample 1",
    "-odet_vector 1 0.05 0 -close_distance 90 -detector_roty 7 -oversample 1",
    "-detector_thick 300 -detector_abs inf -detector_thicksteps 3 -oversample 1",
    "-detector_abs 200 -detector_thick 300 -oversample_thick -oversample 2",
    "-hdivrange -1 -vdivstep 2 -dispersion 1 -square_div -oversample 1",
    "-divsteps 1 -oversample 1",
    "-flux 1e12 -exposure 0.2 -beamsize 0.00001 -xtalsize 0.00002 -oversample 1",
    "-img i.img -detpixels_x 0 -oversample 1",
    "-mask m.img -oversample 1",
    "-mask m.img -img i.img -distance 200 -adxv -Xbeam 4 -oversample 1",
    "-sourcefile s.txt -oversample_polar -polar 0.5 -oversample 1",
    "-mat A.mat -N 4 -nopolar -floatfile -denzo -oversample 1",
    "-hkl P.hkl -N 2 -misset 1 2 3 -roi -1 5 2 -1 -oversample 1",
    "-hkl odd.hkl -N 2 -nointerpolate -oversample 1",
    "--gauss_xtal -fudge 0.8 -water 20 -dmin 3 -mosaicity 1 -mosaic_domains 3 -oversample 1",
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lines")
    (folder / "A.mat").write_text(
        "0.0112 0.0021 -0.0007 -0.0013 0.0099 0.0031 0.0004 -0.0044 0.0085"
    )
    (folder / "s.txt").write_bytes(b"-10 0.01 0.02 3 1.1e-10\n\n-10,0.1;0\n-9 0.1 0 1 1e-10")
    indices = range(-3, 4)
    (folder / "P.hkl").write_text(
        "".join(
            f"{h} {k} {i} {50 + 7 * h + 5 * k + 3 * i}\n"
            for h in indices
            for k in indices
            for i in indices
        )
    )
    (folder / "odd.hkl").write_text("0 0 0 40 5\n1 0 0 30 7\n2 0 0 9\n-3.5 1 1 20\n")
    smv(folder / "m.img", "BEAM_CENTER_X=4;", "BEAM_CENTER_Y=95;", "OSC_RANGE=1;", size=(12, 9))
    smv(
        folder / "i.img", "PIXEL_SIZE=1.1;", "WAVELENGTH=1.3;", "CLOSE_DISTANCE=66;", "PHI=2;",
        "XDS_ORGX=3;", size=(12, 9),
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("line", LINES)
def test_the_program_and_the_dialect_read_alike(line: str, inputs: Path) -> None:
    program = find_program({})
    if not program.knows_semantics:
        pytest.skip("Braggscope's own C program is not built, or another program is named")

    def image(name: str, flags: list[str]) -> np.ndarray:
        quiet = ["-nodump", "-nofloat", "-noint", "-nonoise", "-nopgm", "-float64file", name]
        command = [str(program.path), *quiet, *flags]
        subprocess.run(command, cwd=inputs, check=True, capture_output=True, timeout=60)
        return np.fromfile(inputs / name)

    flags = shlex.split(f"{BASE} {line}")
    said = parse_command_line(flags, inputs)
    again = flags_of(said.experiment, semantics=said.semantics, own_program=True)
    assert np.array_equal(image("a.bin", flags), image("b.bin", again), equal_nan=True)
