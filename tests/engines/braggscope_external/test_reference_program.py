"""The C reference program: golden images, golden traces and its manners on the command line."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("BRAGGSCOPE_SHARED", ROOT.parent / "shared"))
GOLDEN = SHARED / "golden"
SUFFIX = ".exe" if sys.platform == "win32" else ""
PROGRAM = ROOT / "engines/braggscope_external/bin" / f"braggscope-nanobragg{SUFFIX}"


def words(line: str) -> list[str]:
    return line.split()


pytestmark = pytest.mark.skipif(
    not PROGRAM.is_file(), reason=f"{PROGRAM.name} is not built: run `make` (needs a C compiler)"
)
needs_golden = pytest.mark.skipif(
    not (GOLDEN / "index.json").is_file(),
    reason=f"no golden images in {GOLDEN}: set BRAGGSCOPE_SHARED",
)

COVERED = words(
    "cubic triclinic_misset lysozyme lysozyme_cell mosflm_beam xds_beam xds_xbeam adxv_beam "
    "denzo_beam dials_beam energy_rect detsize nopolar polar_half polar_full fluence phi_osc "
    "mosaic mosaic_seed powder oversample oversample_auto roi interpolate_off noise int_scaled"
)

SMALL = words("-cell 50 60 70 80 90 100 -default_F 10 -N 3 -detpixels 12 -oversample 2")
BAD_INPUT = 9


def run(args: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *args], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def succeed(args: list[str], cwd: Path) -> str:
    result = run(args, cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def assert_refused(args: list[str], cwd: Path, *mentions: str) -> None:
    """Status 9, one line that says what is wrong, and nothing written."""
    before = sorted(cwd.iterdir())
    result = run(args, cwd)
    assert result.returncode == BAD_INPUT
    errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
    assert len(errors) == 1
    for mention in mentions:
        assert mention in errors[0]
    assert sorted(cwd.iterdir()) == before


@dataclass(frozen=True)
class GoldenCase:
    name: str
    args: list[str]

    @property
    def image(self) -> np.ndarray:
        with np.load(GOLDEN / f"{self.name}.npz") as arrays:
            return np.asarray(arrays["image"])

    @property
    def stdout(self) -> list[str]:
        return (GOLDEN / f"{self.name}.stdout.txt").read_text().splitlines()

    def traces(self) -> list[tuple[int, int, Path]]:
        found = []
        for path in sorted(GOLDEN.glob(f"{self.name}.trace_s*_f*.txt")):
            place = re.fullmatch(rf"{self.name}\.trace_s(\d+)_f(\d+)\.txt", path.name)
            assert place is not None
            found.append((int(place[1]), int(place[2]), path))
        return found


def golden_case(name: str) -> GoldenCase:
    index = json.loads((GOLDEN / "index.json").read_text())
    return GoldenCase(name, index[name]["args"].split())


def render(args: list[str], folder: Path, shape: tuple[int, ...], cwd: Path) -> np.ndarray:
    """The float image that the program writes for a golden case (its inputs lie in `cwd`)."""
    target = folder / "float.bin"
    succeed([*args, "-noprogress", "-floatfile", str(target)], cwd)
    return np.fromfile(target, np.float32).reshape(shape)


# --- golden images ---------------------------------------------------------------------------


@needs_golden
@pytest.mark.parametrize("name", COVERED)
def test_image_is_the_golden_one(name: str, tmp_path: Path) -> None:
    case = golden_case(name)
    golden = case.image
    image = render(case.args, tmp_path, golden.shape, GOLDEN / "inputs")
    ulps = np.abs(golden.view(np.int32).astype(np.int64) - image.view(np.int32))
    assert ulps.max() <= 1


@needs_golden
@pytest.mark.parametrize("name", ["cubic", "lysozyme", "mosaic", "roi", "energy_rect", "xds_beam"])
def test_statistics_are_the_golden_ones(name: str, tmp_path: Path) -> None:
    case = golden_case(name)
    stdout = succeed(
        [*case.args, "-noprogress", "-floatfile", str(tmp_path / "f.bin")], GOLDEN / "inputs"
    )
    wanted = [line for line in case.stdout if line.startswith(("solid angle", "max_I", "mean="))]
    assert len(wanted) == 3
    assert set(wanted) <= set(stdout.splitlines())


# --- conformance values of the specification, section 16 -------------------------------------

COMMON = words("-lambda 1.1 -distance 80 -detpixels_x 40 -detpixels_y 36 -nonoise -nopgm")
CELL = words("-cell 70 80 90 85 95 105 -misset 11 22 33")
C = [*CELL, "-default_F", "100"]
CONFORMANCE = {
    "V01": ([*C, "-N", "5"], 1883.94903, (2.15562248, 0.778314292, 0.0335380957, 0.156231895)),
    "V02": (
        [*C, "-N", "5", "-xds"],
        2948.00104,
        (0.0199291427, 0.00176818087, 0.00205788505, 0.0100948662),
    ),
    "V05": (
        [*C, *words("-N 5 -denzo -Xbeam 1.3 -Ybeam 2.7")],
        2880.0294,
        (0.00126845844, 0.0624162182, 0.129159361, 4.44315243),
    ),
    "V07": (
        [*C, *words("-N 5 -oversample 2 -mosaic 1 -mosaic_domains 4 -phi 1 -osc 1 -phisteps 3")],
        2072.26817,
        (0.0730220452, 2.88451195, 0.033648394, 0.0202635974),
    ),
    "V17": (
        [*CELL, *words("-hkl P.hkl -N 5 -oversample 2")],
        1955.83888,
        (2.60830307, 0.993829548, 0.0335380957, 0.150045112),
    ),
    "V21": (
        words("-mat A.mat -default_F 100 -N 5 -oversample 2"),
        4274.98565,
        (0.00579218939, 10.3513021, 29.5002556, 0.00305490894),
    ),
    "V22": (
        words("-mat A.mat -cell 100 120 150 90 90 90 -default_F 100 -N 5 -oversample 2"),
        3878.82624,
        (0.327754557, 3.1284883, 0.820786536, 0.222045258),
    ),
}


def write_conformance_inputs(folder: Path) -> None:
    def factor(h: int, k: int, l: int) -> int:  # noqa: E741
        return 100 + 7 * h + 5 * k + 3 * l + (h * h + 2 * k * k + 3 * l * l) % 11

    low_orders = range(-3, 4)
    (folder / "P.hkl").write_text(
        "".join(
            f"{h} {k} {l} {factor(h, k, l)}\n"
            for h in low_orders
            for k in low_orders
            for l in low_orders  # noqa: E741
        )
    )
    (folder / "A.mat").write_text(
        "0.0112 0.0021 -0.0007\n-0.0013 0.0099 0.0031\n0.0004 -0.0044 0.0085\n"
    )


@pytest.mark.parametrize("name", CONFORMANCE)
def test_conformance_value(name: str, tmp_path: Path) -> None:
    args, total, pixels = CONFORMANCE[name]
    write_conformance_inputs(tmp_path)
    image = render([*COMMON, *args], tmp_path, (36, 40), tmp_path)
    assert image.sum(dtype=np.float64) == pytest.approx(total, rel=2e-9)
    got = [float(image[place]) for place in ((0, 0), (7, 31), (20, 13), (35, 39))]
    assert got == pytest.approx(pixels, rel=1e-8)


# --- traces ----------------------------------------------------------------------------------

Index = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Trace:
    """Our own trace: values by level, name and indices."""

    values: dict[tuple[str, str, Index], list[float]]
    texts: dict[str, str]

    def at(self, level: str, name: str, **indices: int) -> list[float]:
        return self.values[level, name, tuple(sorted(indices.items()))]

    def sub_pixels(self) -> list[dict[str, int]]:
        return [dict(index) for level, name, index in self.values if (level, name) == ("B", "R_m")]


def read_trace(stdout: str) -> Trace:
    values: dict[tuple[str, str, Index], list[float]] = {}
    texts: dict[str, str] = {}
    for line in stdout.splitlines():
        match = re.fullmatch(r"TRACE2 level=([RPBJKM])((?: [vujkm]=\d+)*) (\w+) (.*)", line)
        if match is None:
            assert not line.startswith("TRACE2")
            continue
        level, indices, name, rest = match.groups()
        pairs = [pair.split("=") for pair in indices.split()]
        key = (level, name, tuple(sorted((letter, int(number)) for letter, number in pairs)))
        assert key not in values
        if re.match(r"[-+\dni]", rest):
            values[key] = [float(word) for word in rest.split()]
        else:
            texts[name] = rest
    return Trace(values, texts)


def read_golden_trace(path: Path) -> dict[str, list[list[float]]]:
    """All occurrences of each `TRACE_C: NAME v...` line, in order."""
    values: dict[str, list[list[float]]] = defaultdict(list)
    for line in path.read_text().splitlines():
        if line.startswith("TRACE_C: "):
            name, *words = line.removeprefix("TRACE_C: ").split()
            values[name].append([float(word) for word in words])
    return values


def assert_close(ours: list[float], golden: list[float], what: str, extra: float = 0.0) -> None:
    """Within 1e-12 of the length of the golden vector (its lines have 15 digits)."""
    allowed = 1e-12 * math.hypot(*golden) + extra
    assert len(ours) == len(golden), what
    assert np.abs(np.subtract(ours, golden)).max() <= allowed, f"{what}: {ours} not {golden}"


def check_sub_pixel(ours: Trace, golden: dict[str, list[list[float]]], block: int) -> None:
    at = ours.sub_pixels()[block]
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


def check_cell(ours: Trace, golden: dict[str, list[list[float]]]) -> None:
    cell = ours.at("M", "cell_mosaic", k=0, m=0)
    star = ours.at("R", "recip_regenerated")
    for i, axis in enumerate("abc"):
        metres = cell[3 * i : 3 * i + 3]
        assert_close([1e10 * x for x in metres], golden[f"rot_{axis}_angstroms"][0], axis)
        assert_close(star[3 * i : 3 * i + 3], golden[f"rot_{axis}_star_A_inv"][0], f"{axis}*")


def check_evaluation(ours: Trace, golden: dict[str, list[list[float]]], block: int) -> None:
    at = {**ours.sub_pixels()[block], "j": 0, "k": 0, "m": 0}
    hkl = ours.at("M", "hkl", **at)
    assert np.abs(np.subtract(hkl, golden["hkl_frac"][block])).max() <= 1e-12
    assert ours.at("M", "hkl0", **at) == golden["hkl_rounded"][block]
    relative = 0.0
    for axis, h in zip("abc", hkl, strict=True):
        (cells,) = ours.at("R", f"N{axis}")
        (factor,) = golden[f"F_latt_{axis}"][block]
        # Near a peak the last bits of h count for more.
        slack = cells * 1e-16 * math.pi * abs(h) / max(abs(math.sin(math.pi * h)), 1e-300)
        assert_close(ours.at("M", f"F_latt_{axis}", **at), [factor], f"F_latt_{axis}", slack)
        relative += slack / abs(factor)
    (lattice,) = golden["F_latt"][block]
    assert_close(ours.at("M", "F_latt", **at), [lattice], "F_latt", relative * abs(lattice))
    assert ours.at("M", "F_cell", **at) == golden["F_cell"][block]


def check_pixel(ours: Trace, golden: dict[str, list[list[float]]]) -> None:
    pairs = {
        "I_before_scaling": ours.at("P", "I_total"),
        "fluence_photons_per_m2": ours.at("R", "fluence"),
        "steps": ours.at("R", "steps"),
        "polar": ours.at("P", "polar"),
        "omega_pixel": ours.at("P", "omega"),
        "cos_2theta": ours.at("J", "cos2theta", **ours.sub_pixels()[-1], j=0),
        "I_pixel_final": ours.at("P", "val"),
        "floatimage_accumulated": ours.at("P", "float32"),
    }
    for name, values in pairs.items():
        assert_close(values, golden[name][0], name)


@needs_golden
@pytest.mark.parametrize("name", COVERED)
def test_trace_is_the_golden_one(name: str, tmp_path: Path) -> None:
    case = golden_case(name)
    for slow, fast, path in case.traces():
        trace_args = ["-noprogress", "-trace_pixel", str(slow), str(fast)]
        stdout = succeed(
            [*case.args, *trace_args, "-floatfile", str(tmp_path / "f.bin")], GOLDEN / "inputs"
        )
        ours, golden = read_trace(stdout), read_golden_trace(path)
        blocks = len(golden["R_distance_meters"])
        assert len(ours.sub_pixels()) == blocks
        check_cell(ours, golden)
        for block in range(blocks):
            check_sub_pixel(ours, golden, block)
            check_evaluation(ours, golden, block)
        check_pixel(ours, golden)


def test_mosaic_domains_come_from_the_generator_bit_for_bit(tmp_path: Path) -> None:
    """Section 12.4 of the specification: one degree, the default seed."""
    first = (
        0.99986368592193575,
        -0.01594877166007503,
        0.0042715637810345434,
        0.015952848100370585,
        0.99987232016945238,
        -0.00092195251648568416,
        -0.0042563143783279477,
        0.00098997044952826353,
        0.99999045182762714,
    )
    scan = words("-mosaic 1 -mosaic_domains 4 -noprogress -trace_pixel 3 4")
    trace = read_trace(succeed([*SMALL, *scan], tmp_path))
    assert trace.at("M", "U", m=0) == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert trace.at("M", "U", m=1) == pytest.approx(first, rel=1e-15)


def test_trace_is_complete_and_is_what_the_image_holds(tmp_path: Path) -> None:
    scan = words("-phi 3 -osc 1 -phisteps 3 -mosaic 1 -mosaic_domains 2 -polar 0.7 -noprogress")
    files = ["-floatfile", "f.bin", "-float64file", "d.bin"]
    trace = read_trace(succeed([*SMALL, *scan, *files, "-trace_pixel", "5", "7"], tmp_path))
    exact = np.fromfile(tmp_path / "d.bin").reshape(12, 12)
    single = np.fromfile(tmp_path / "f.bin", np.float32).reshape(12, 12)
    assert trace.at("P", "val") == [exact[5, 7]]
    assert trace.at("P", "float32") == [float(single[5, 7])]
    assert trace.texts["convention"] == "MOSFLM"
    assert trace.texts["pivot_effective"] == "beam"
    running = [
        trace.at("M", "I_running", v=v, u=u, j=0, k=k, m=m)[0]
        for v in range(2)
        for u in range(2)
        for k in range(3)
        for m in range(2)
    ]
    assert running == sorted(running)
    assert [running[-1]] == trace.at("P", "I_total")
    assert trace.at("P", "n_live") == [len(running)]


def test_trace_of_a_pixel_outside_the_roi_says_so(tmp_path: Path) -> None:
    stdout = succeed([*SMALL, *words("-roi 2 5 2 5 -trace_pixel 9 9")], tmp_path)
    pixel_lines = [line for line in stdout.splitlines() if line.startswith("TRACE2 level=P")]
    assert pixel_lines == ["TRACE2 level=P skipped roi"]
    assert "TRACE2 level=R V " in stdout


# --- outputs ---------------------------------------------------------------------------------


def test_image_does_not_depend_on_threads(tmp_path: Path) -> None:
    scan = words("-mosaic 0.5 -mosaic_domains 3 -detpixels 40 -noprogress")
    outputs = []
    for threads in ("1", "2", "5"):
        target = tmp_path / f"{threads}.bin"
        succeed([*SMALL, *scan, "-threads", threads, "-float64file", str(target)], tmp_path)
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]


def test_float64_image_rounds_to_the_float_image(tmp_path: Path) -> None:
    succeed([*SMALL, "-floatfile", "f.bin", "-float64file", "d.bin"], tmp_path)
    exact = np.fromfile(tmp_path / "d.bin")
    single = np.fromfile(tmp_path / "f.bin", np.float32)
    assert exact.size == 144
    assert (exact.astype(np.float32) == single).all()
    assert (exact != single).any()


@pytest.mark.parametrize(
    ("args", "files"),
    [
        ([], ["floatimage.bin"]),
        (["-float64file", "d.bin"], ["d.bin"]),
        (["-floatimage", "f.bin"], ["f.bin"]),
        (["-floatfile", "f.bin", "-float64file", "d.bin"], ["d.bin", "f.bin"]),
    ],
)
def test_files_written(args: list[str], files: list[str], tmp_path: Path) -> None:
    succeed([*SMALL, *args], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == files


def test_pixels_outside_the_roi_are_zero(tmp_path: Path) -> None:
    succeed([*SMALL, *words("-roi 2 5 3 99")], tmp_path)
    image = np.fromfile(tmp_path / "floatimage.bin", np.float32).reshape(12, 12)
    inside = np.zeros((12, 12), bool)
    inside[3:, 2:6] = True
    assert (image[inside] > 0).all()
    assert (image[~inside] == 0).all()


def test_capabilities(tmp_path: Path) -> None:
    capabilities = json.loads(succeed(["--braggscope-capabilities"], tmp_path))
    assert capabilities["program"] == "braggscope-nanobragg"
    assert capabilities["float64file"] is True
    assert capabilities["trace"] == "complete"
    assert isinstance(capabilities["openmp"], bool)
    assert re.match(r"\d+\.\d+", capabilities["version"])


def progress_of(stdout: str) -> list[int]:
    lines = re.findall(r"^(\d+)% done$", stdout, re.MULTILINE)
    return [int(percent) for percent in lines]


def test_progress_goes_up_to_100_and_can_be_turned_off(tmp_path: Path) -> None:
    slow = [*SMALL, "-detpixels", "60", "-oversample", "8"]
    shown = progress_of(succeed(slow, tmp_path))
    assert shown == sorted(shown)
    assert shown[-1] == 100
    assert len(shown) > 20
    assert progress_of(succeed([*slow, "-noprogress"], tmp_path)) == []


@pytest.mark.parametrize("flag", ["-intfile", "-pgmfile", "-noisefile"])
def test_other_image_files_earn_a_warning(flag: str, tmp_path: Path) -> None:
    result = run([*SMALL, flag, "other.img"], tmp_path)
    assert result.returncode == 0
    assert f"WARNING: {flag} other.img: not written yet by this program" in result.stderr
    assert not (tmp_path / "other.img").exists()


def test_flags_without_effect_on_the_image(tmp_path: Path) -> None:
    plain = render(SMALL, tmp_path, (12, 12), tmp_path)
    idle = words(
        "-nonoise -nopgm -scale 2 -adc 10 -seed 5 -pgmscale 3 -fudge 2 -detector_rotx 0 "
        "-twotheta 0 -dmin 0 -water 0 -detector_thick 0 -hdivrange 0 -dispersion 0 -interpolate "
        "-square_xtal -round_xtal -square_xtal -beam_vector 0 0 1 -mosflm -pivot sample "
        "-coherent -round_div"
    )
    assert (render([*SMALL, *idle], tmp_path, (12, 12), tmp_path) == plain).all()


# --- refusals --------------------------------------------------------------------------------

NOT_IMPLEMENTED = [
    "-detector_rotx 1",
    "-detector_roty 1",
    "-detector_rotz 1",
    "-twotheta 5",
    "-twotheta_axis 0 1 0",
    "-close_distance 90",
    "-fdet_vector 0 0 1",
    "-sdet_vector 0 -1 0",
    "-odet_vector 1 0 0",
    "-beam_vector 1 0 0",
    "-polar_vector 0 0 1",
    "-spindle_axis 0 0 1",
    "-pix0_vector 0 0 0",
    "-curved_det",
    "-point_pixel",
    "-detector_thick 100",
    "-oversample_thick",
    "-oversample_polar",
    "-oversample_omega",
    "-divergence 1",
    "-divsteps 3",
    "-hdivrange 1",
    "-vdivrange 1",
    "-hdivstep 1",
    "-vdivsteps 2",
    "-dispersion 1",
    "-sourcefile sources.txt",
    "-dmin 2",
    "-water 10",
    "-misset random",
    "-misset_seed 5",
    "-round_xtal",
    "-gauss_xtal",
    "-tophat_spots",
    "-binary_spots",
    "-mask mask.img",
    "-img header.img",
    "-dump F.bin",
    "-xtalsize 0.01",
    "-samplesize 0.01",
    "-sample_x 0.01",
    "-xtal_y 0.01",
    "-sample_height 0.01",
]


@pytest.mark.parametrize("flags", NOT_IMPLEMENTED)
def test_what_is_not_implemented_is_refused(flags: str, tmp_path: Path) -> None:
    flag, *_ = flags.split()
    assert_refused([*SMALL, *flags.split()], tmp_path, flag, "not implemented")


def test_phi_of_zero_inside_a_scan_is_refused(tmp_path: Path) -> None:
    assert_refused([*SMALL, *words("-phi 0 -osc 3 -phisteps 3")], tmp_path, "-phi")
    assert_refused([*SMALL, *words("-phi -1 -osc 3 -phistep 1")], tmp_path, "-phi")
    succeed([*SMALL, *words("-phi 0 -osc 0 -phisteps 3")], tmp_path)


@pytest.mark.parametrize(
    ("flags", "mention"),
    [("-interpolate -N 9", "-interpolate"), ("-N 2", "-N"), ("-N 9 -Nb 1", "-N")],
)
def test_interpolation_is_refused_where_it_would_be_used(
    flags: str, mention: str, tmp_path: Path
) -> None:
    (tmp_path / "few.hkl").write_text("0 0 1 10\n1 1 1 20\n")
    args = [*SMALL, "-hkl", "few.hkl", *flags.split()]
    assert_refused(args, tmp_path, mention, "interpolation")
    succeed([*args, "-nointerpolate"], tmp_path)


# --- unusable input --------------------------------------------------------------------------

UNUSABLE = {
    "-hkl none.hkl": "none.hkl",
    "-mat none.mat": "none.mat",
    "-hkl .": "-hkl",
    "-floatfile nowhere/f.bin": "nowhere/f.bin",
    "-floatfile .": "-floatfile",
    "-float64file nowhere/d.bin": "nowhere/d.bin",
    "-floatfile same -float64file same": "same",
    "-detpixels 1000000": "-detpixels",
    "-detpixels 99999999999999": "-detpixels",
    "-detpixels -4": "-detpixels",
    "-detsize 0 -detpixels 0": "-detsize",
    "-pixel 0": "-pixel",
    "-pixel -1": "-pixel",
    "-lambda 0": "-lambda",
    "-lambda nan": "-lambda",
    "-lambda inf": "-lambda",
    "-lambda one": "-lambda",
    "-lambda -distance": "-lambda",
    "-lambda": "-lambda",
    "-energy 0": "-energy",
    "-distance 0": "-distance",
    "-distance 1e999": "-distance",
    "-N five": "-N",
    "-N": "-N",
    "-cell": "-cell",
    "-cell 10 abc": "-cell",
    "-misset 1 2": "-misset",
    "-roi 1 2 3": "-roi",
    "-flux 1e12 -beamsize 0": "-beamsize",
    "-oversample 1000000": "-oversample",
    "-phisteps 100000000 -osc 1 -phi 1": "-phisteps",
    "-mosaic 1 -mosaic_domains 100000000": "-mosaic_domains",
    "-threads 0": "-threads",
    "-trace_pixel 12 0": "-trace_pixel",
    "-trace_pixel 0 -1": "-trace_pixel",
    "-trace_pixel 3": "-trace_pixel",
    "-stol none.stol": "none.stol",
}


@pytest.mark.parametrize("flags", UNUSABLE)
def test_unusable_input_is_an_error(flags: str, tmp_path: Path) -> None:
    assert_refused([*SMALL, *flags.split()], tmp_path, UNUSABLE[flags])


def test_nothing_to_simulate_prints_usage(tmp_path: Path) -> None:
    for args, missing in (([], "cell"), (["-cell", "50"], "structure factors")):
        assert_refused(args, tmp_path, missing)
        assert run(args, tmp_path).stdout.startswith("usage:")


@pytest.mark.parametrize(
    "text", ["", "h k l F\n", "1 2 3\n", "nan 0 0 1\n", "0 0 0 inf\n", "0 0 1e30 1\n", "\0\0"]
)
def test_unusable_reflection_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.hkl").write_text(text)
    assert_refused([*SMALL, "-hkl", "bad.hkl"], tmp_path, "bad.hkl")


@pytest.mark.parametrize("text", ["", "1 2 3 4 5 6 7 8", "1 0 0 0 1 0 0 0 nan", "0 " * 9, "1 " * 9])
def test_unusable_matrix_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.mat").write_text(text)
    args = words("-mat bad.mat -default_F 10 -N 3 -detpixels 12 -oversample 1")
    assert_refused(args, tmp_path, "-mat")


@pytest.mark.parametrize("rest", ["header line\n", "3 3\n", "1.0 0 0 5\n"])
def test_reflections_that_are_not_read_earn_a_warning(rest: str, tmp_path: Path) -> None:
    (tmp_path / "part.hkl").write_text("0 0 0 10\n0 0 1 20\n" + rest)
    result = run([*SMALL, "-hkl", "part.hkl"], tmp_path)
    assert result.returncode == 0
    assert "WARNING: -hkl: 'part.hkl'" in result.stderr


@pytest.mark.parametrize(
    ("flags", "mention"),
    [("-N 4e1", "-N 4e1"), ("-lambda 1.5A", "-lambda 1.5A"), ("-hdiv 3", "-hdiv")],
)
def test_doubtful_arguments_earn_a_warning(flags: str, mention: str, tmp_path: Path) -> None:
    result = run([*SMALL, *flags.split()], tmp_path)
    assert result.returncode == 0
    assert f"WARNING: {mention}" in result.stderr


def test_dump_file_is_not_used_silently(tmp_path: Path) -> None:
    (tmp_path / "Fdump.bin").write_bytes(b"0 0 0 0 0 0\n\f" + bytes(64))
    result = run(SMALL, tmp_path)
    assert result.returncode == 0
    assert "Fdump.bin" in result.stderr
