"""The C program against the original: images, files, printed lines and traces."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.engines.braggscope_external.reference_program import (
    GOLDEN,
    Trace,
    copy_inputs,
    golden_case,
    golden_index,
    needs_golden,
    needs_program,
    read_golden_trace,
    read_trace,
    succeed,
    words,
)

pytestmark = [needs_program, needs_golden]

CASES = sorted(golden_index())
WITH_FILES = ["noise", "int_scaled"]
WITH_TRACES = [name for name in CASES if list(GOLDEN.glob(f"{name}.trace_*.txt"))]
#: Lines of the original's report; the names of the files are those of its run.
REPORTED = (
    "solid angle",
    "writing",
    "max_I",
    "mean=",
    "intfile_scale",
    "pgm_scale",
)
FILES = words("-floatfile f.bin -intfile i.img -pgmfile p.pgm -noisefile n.img -noprogress")


@pytest.mark.parametrize("name", CASES)
def test_image_files_and_report_are_the_originals(name: str, tmp_path: Path) -> None:
    case = golden_case(name)
    golden = case.array("image")
    stdout = succeed([*case.args, *FILES, "-seed", case.seed], copy_inputs(tmp_path))
    image = np.fromfile(tmp_path / "f.bin", np.float32).reshape(golden.shape)
    ulps = np.abs(golden.view(np.int32).astype(np.int64) - image.view(np.int32))
    assert ulps.max() == 0
    wanted = [line for line in case.stdout if line.startswith(REPORTED) or "photons on" in line]
    assert [line for line in stdout.splitlines() if line in wanted] == wanted
    if name in WITH_FILES:
        for key, file in (("int_file", "i.img"), ("pgm_file", "p.pgm"), ("noise_file", "n.img")):
            assert (tmp_path / file).read_bytes() == case.array(key).tobytes(), key


# --- traces ----------------------------------------------------------------------------------

Golden = dict[str, list[list[float]]]


def assert_close(ours: list[float], golden: list[float], what: str, extra: float = 0.0) -> None:
    """Within 1e-12 of the length of the golden vector (its lines have 15 digits)."""
    allowed = 1e-12 * math.hypot(*golden) + extra
    assert len(ours) == len(golden), what
    assert np.abs(np.subtract(ours, golden)).max() <= allowed, f"{what}: {ours} not {golden}"


def check_sub_pixel(ours: Trace, golden: Golden, block: int) -> None:
    at = ours.sub_pixels[block]
    pairs = {
        "pix0_vector_meters": ours.at("R", "pix0_m"),
        "fdet_vec": ours.at("R", "basis_final_f"),
        "sdet_vec": ours.at("R", "basis_final_s"),
        "pixel_pos_meters": ours.at("B", "pos_m", **at),
        "R_distance_meters": ours.at("B", "R_m", **at),
        "omega_pixel_sr": ours.at("B", "omega_in_force", **at),
        "close_distance_meters": ours.at("R", "close_distance_m"),
        "diffracted_vec": ours.at("B", "d", **at),
        "incident_vec": ours.at("J", "k", j=0),
        "lambda_meters": ours.at("J", "lambda", j=0),
        "scattering_vec_A_inv": ours.at("J", "q", **at, j=0),
    }
    for name, values in pairs.items():
        assert_close(values, golden[name][block], f"{name} at {at}")


def check_cell(ours: Trace, golden: Golden) -> None:
    cell = ours.at("M", "cell_mosaic", k=0, m=0)
    star = ours.at("R", "recip_regenerated")
    for i, axis in enumerate("abc"):
        metres = cell[3 * i : 3 * i + 3]
        assert_close([1e10 * x for x in metres], golden[f"rot_{axis}_angstroms"][0], axis)
        assert_close(star[3 * i : 3 * i + 3], golden[f"rot_{axis}_star_A_inv"][0], f"{axis}*")


def check_lattice(ours: Trace, golden: Golden, block: int, at: dict[str, int]) -> None:
    relative = 0.0
    for axis, h in zip("abc", ours.at("M", "hkl", **at), strict=True):
        (cells,) = ours.at("R", f"N{axis}")
        (factor,) = golden[f"F_latt_{axis}"][block]
        # Near a peak the last bits of h count for more.
        slack = cells * 1e-16 * math.pi * abs(h) / max(abs(math.sin(math.pi * h)), 1e-300)
        assert_close(ours.at("M", f"F_latt_{axis}", **at), [factor], f"F_latt_{axis}", slack)
        relative += slack / abs(factor)
    (lattice,) = golden["F_latt"][block]
    assert_close(ours.at("M", "F_latt", **at), [lattice], "F_latt", relative * abs(lattice))


def check_evaluation(ours: Trace, golden: Golden, block: int) -> None:
    at = {**ours.sub_pixels[block], "j": 0, "k": 0, "m": 0}
    hkl = ours.at("M", "hkl", **at)
    assert np.abs(np.subtract(hkl, golden["hkl_frac"][block])).max() <= 1e-12
    assert ours.at("M", "hkl0", **at) == golden["hkl_rounded"][block]
    if "F_latt" in golden:  # the original prints it for the square shape alone
        check_lattice(ours, golden, block, at)
    if ours.has("M", "F_cell", **at) and len(golden["F_cell"]) == len(ours.sub_pixels):
        assert_close(ours.at("M", "F_cell", **at), golden["F_cell"][block], "F_cell", 1e-12)


def check_pixel(ours: Trace, golden: Golden) -> None:
    last = ours.sub_pixels[-1]
    (sources,) = ours.at("R", "sources")
    pairs = {
        "I_before_scaling": ours.at("P", "I_total"),
        "fluence_photons_per_m2": ours.at("R", "fluence"),
        "steps": ours.at("R", "steps"),
        "capture_fraction": ours.at("B", "cap_in_force", **last),
        "polar": ours.at("J", "polar_in_force", **last, j=int(sources) - 1),
        "omega_pixel": ours.at("B", "omega_in_force", **last),
        "cos_2theta": ours.at("J", "cos2theta", **last, j=int(sources) - 1),
        "I_pixel_final": ours.at("P", "val"),
        "floatimage_accumulated": ours.at("P", "float32"),
    }
    for name, values in pairs.items():
        assert_close(values, golden[name][0], name)


@pytest.mark.parametrize("name", WITH_TRACES)
def test_trace_is_the_originals(name: str, tmp_path: Path) -> None:
    case = golden_case(name)
    copy_inputs(tmp_path)
    for slow, fast, path in case.traces():
        extra = ["-nodump", "-trace_only", "-trace_pixel", str(slow), str(fast)]
        ours = read_trace(succeed([*case.args, *extra], tmp_path))
        golden = read_golden_trace(path)
        blocks = len(golden["R_distance_meters"])
        assert len(ours.sub_pixels) == blocks
        check_cell(ours, golden)
        for block in range(blocks):
            check_sub_pixel(ours, golden, block)
            check_evaluation(ours, golden, block)
        check_pixel(ours, golden)
