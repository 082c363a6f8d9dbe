"""The C program's command line: nanoBragg's rules, doubts, -strict, and input that is no use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.engines.braggscope_external.reference_program import (
    BAD_INPUT,
    FLOAT_ONLY,
    SMALL,
    assert_refused,
    errors_of,
    needs_program,
    read_trace,
    render,
    run,
    succeed,
    words,
)

pytestmark = needs_program


def setup_of(args: list[str], cwd: Path) -> dict[str, list[float]]:
    """The run's variables, by name."""
    trace = read_trace(succeed([*args, *words("-nodump -trace_only -trace_pixel 0 0")], cwd))
    return {name: values for (level, name, _), values in trace.values.items() if level == "R"}


# --- nanoBragg's rules -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "same"),
    [
        ("-matrix A.mat", "-mat A.mat"),
        ("-wavelength 1.2", "-lambda 1.2"),
        ("-mosaicity 1", "-mosaic 1"),
        ("-mosaic_spread 1 -mosaic_domains 3", "-mosaic 1 -mosaic_domain 3"),
        ("-lambda 2 -lambda 1.3", "-lambda 1.3"),
        ("-energy 9000 -lambda 1.3", "-lambda 1.3"),
        ("-lambda 1.3 -energy 9000", "-energy 9000"),
        ("-N 4e1", "-N 4"),
        ("-N 5.9", "-N 5"),
        ("-lambda 1.5A", "-lambda 1.5"),
        ("-Na 3 -Nb 4 -Nc 5 -N 6", "-N 6"),
        ("-nopolar -polar 0.4", "-polar 0.4"),
        ("-cell 30 -N 4", "-cell 30 30 30 90 90 90 -N 4"),
        ("-floatfile -xds", "-xds"),
        ("-twotheta_axis 5 1 0", "-twotheta_axis 5 1 0 -pivot sample -twotheta 5"),
        ("-misset_seed 5 -N 3", "-misset 5 0 3 -N 3"),
        ("-misset random -misset_seed 5 -N 3", "-misset 5 0 3 -N 3"),
        ("-detector_thick 100 -detector_abs inf", "-detector_thick 0"),
        ("-point_pixel -curved_det", "-point_pixel"),
        ("-beam_vector 0 0 1 -mosflm", "-mosflm"),
        ("-pivot sample", ""),
        ("-roi -1 -1 -1 5", "-roi 0 12 0 5"),
        ("-xtalsize 0.0003", "-Na 60 -Nb 50 -Nc 43"),
        ("-sample_z 5", "-Nc 14286"),  # cut to the beam's 0.1 mm (Q34)
        ("-phi 1 -osc 2", "-phi 1 -osc 2 -phisteps 2"),
        ("-phi 1 -phisteps 3", "-phi 1 -osc 1 -phisteps 3"),
        ("-dispersion 1", "-dispersion 1 -dispsteps 2"),
        ("-mosaic 1", "-mosaic 1 -mosaic_domains 10"),
        ("-stolout x -coherent -MW 5 -density 1 -molecular_weight 3", ""),
    ],
)
def test_flags_mean_the_same(flags: str, same: str, tmp_path: Path) -> None:
    (tmp_path / "A.mat").write_text("0.012 0 0 0 0.011 0 0 0 0.013")
    images = []
    for line in (flags, same):
        succeed([*FLOAT_ONLY, "-floatfile", "f.bin", *SMALL, *words(line)], tmp_path)
        name = "-xds" if line.startswith("-floatfile") else "f.bin"
        images.append((tmp_path / name).read_bytes())
        (tmp_path / name).unlink()
    assert images[0] == images[1]


def test_nine_conventions_of_the_beam_centre(tmp_path: Path) -> None:
    """Spec 4.1, columns 'Xbeam default' to 'Sbeam', for a detector of 4 × 3 mm."""
    base = [*SMALL, *words("-detpixels_x 40 -detpixels_y 30")]
    expected = {
        "-mosflm": (1.55, 2.05, 2.1, 1.6),
        "-denzo": (1.55, 2.05, 2.05, 1.55),
        "-adxv": (2.05, 1.45, 2.05, 1.55),
        "-xds": (2.0, 1.5, 2.0, 1.5),
        "-dials": (2.0, 1.5, 2.0, 1.5),
        "-beam_vector 1 0 0": (2.0, 1.5, 2.0, 1.5),
        "-beam_vector 1 0 0 -ORGX 5 -Yclose 1": (0.45, 1.0, 0.45, 1.0),
        "-beam_vector 1 0 0 -Xclose 1 -Xbeam 3": (3.0, 1.5, 3.0, 1.5),
        "-xds -Xbeam 3": (3.0, 1.5, 3.0, 1.5),
    }
    for flags, millimetres in expected.items():
        setup = setup_of([*base, *words(flags)], tmp_path)
        got = [setup[name][0] for name in words("Xbeam_m Ybeam_m Fbeam_in_m Sbeam_in_m")]
        assert got == pytest.approx([v / 1000 for v in millimetres], rel=1e-12), flags


def test_pivot_of_custom_vectors_is_the_last_flags(tmp_path: Path) -> None:
    beam = words("-Xbeam_1 -Ybeam_1 -distance_90 -mosflm -adxv -denzo -dials -pivot_beam")
    sample = words("-Xclose_1 -Yclose_1 -ORGX_5 -ORGY_5 -close_distance_90 -twotheta_1 -xds")
    for flags, pivot in ((beam, "beam"), (sample, "sample")):
        for flag in flags:
            other = "-pivot beam" if pivot == "sample" else "-pivot sample"
            line = f"{other} {flag.replace('_1', ' 1').replace('_5', ' 5')} -beam_vector 1 0 0"
            line = line.replace("_90", " 90").replace("pivot_", "pivot ")
            stdout = succeed(
                [*SMALL, *words(line), *words("-trace_only -trace_pixel 0 0")], tmp_path
            )
            assert read_trace(stdout).texts["pivot_effective"] == pivot, line


def test_near_distance_beats_distance_and_a_detector_may_face_backwards(tmp_path: Path) -> None:
    given = setup_of(
        [*SMALL, *words("-close_distance 70 -distance 90 -detector_roty 30")], tmp_path
    )
    assert given["distance_m"] == pytest.approx([0.07 / np.cos(np.pi / 6)], rel=1e-12)
    back = setup_of([*SMALL, *words("-odet_vector -1 0 0 -oversample -1 -N 50")], tmp_path)
    assert back["distance_m"][0] < 0
    assert back["oversample"] == [1]


# --- doubts ----------------------------------------------------------------------------------

DOUBTS = {
    "-lambda one -lambda 1": ["-lambda one"],
    "-N 4e1": ["-N 4e1"],
    "-lambda 1.5A": ["-lambda 1.5A"],
    "-hdiv 3": ["-hdiv", "3"],
    "-unknown": ["-unknown"],
    "stray": ["stray"],
    "-5": ["-5"],
    "-default_F": ["-default_F"],
    "-misset 1 2": ["-misset"],
    "-roi 1 2 3": ["-roi"],
    "-cell": ["-cell"],
    "-mat none.mat": ["-mat none.mat"],
    "-img none.img": ["-img none.img"],
    "-mask none.img": ["-mask none.img"],
    "-floatfile -xds": ["-floatfile -xds"],
    "-curved_det": ["-curved_det"],
    "-pivot nothing": ["-pivot nothing"],
    "-pivot beam": ["-pivot"],
    "-ORGX 5": ["-ORGX"],
    "-xds -Xbeam 5": ["-Xbeam"],
    "-detsize 3": ["-detsize"],
    "-close_distance 5 -distance 6": ["-distance"],
    "-pix0_vector 1 2 3": ["-pix0_vector"],
    "-beam_vector 1 0 0 -xds": ["-beam_vector"],
    "-flux 1e12 -fluence 5": ["-fluence"],
    "-fudge 2": ["-fudge"],
    "-density 2": ["-density"],
    "-coherent": ["-coherent"],
    "-stol good.stol": ["-stol"],
    "-sourcefile good.src -divergence 3": ["-divergence"],
    "-misset_seed 5 -N 3": ["-misset_seed"],
    "-divsteps 1": ["-divsteps"],
    "-hkl part.hkl -nointerpolate": ["part.hkl"],
    "-hkl real.hkl -nointerpolate": ["real.hkl"],
    "-polar_vector 0 0 0": ["-polar_vector"],
    "-detector_abs 200": ["-detector_abs"],
    "-thicksteps 3": ["-thicksteps"],
    "-oversample_thick": ["-oversample_thick"],
    "-detector_abs inf -detector_thick 100": ["-detector_abs"],
    "-mosaic_domains 4": ["-mosaic_domains"],
    "-misset_seed 4 -mosaic 0": ["-misset_seed"],
}


@pytest.mark.parametrize("flags", DOUBTS)
def test_what_was_hardly_meant_earns_a_warning_or_an_error(flags: str, tmp_path: Path) -> None:
    (tmp_path / "good.stol").write_text("0 1\n1 2\n")
    (tmp_path / "good.src").write_text("-10 0 0\n")
    (tmp_path / "part.hkl").write_text("0 0 0 10\n0 0 1 20\n1 2\n")
    (tmp_path / "real.hkl").write_text("0 0 0 10\n1.0 0 1 20\n")
    line = words(flags)
    result = run([*SMALL, *FLOAT_ONLY, "-nofloat", *line], tmp_path)
    assert result.returncode == 0, result.stderr
    warnings = [w for w in result.stderr.splitlines() if w.startswith("WARNING: ")]
    for mention in DOUBTS[flags]:
        assert any(mention in warning for warning in warnings), result.stderr
    for name in ("-xds", "f.bin"):
        (tmp_path / name).unlink(missing_ok=True)
    for strict in ("-strict", "--strict"):
        assert_refused([strict, *SMALL, *line], tmp_path, DOUBTS[flags][0])


def test_a_clean_line_passes_strictly(tmp_path: Path) -> None:
    result = run([*SMALL, *FLOAT_ONLY, "-strict", "-oversample", "1"], tmp_path)
    assert result.returncode == 0
    assert result.stderr == ""


# --- unusable input --------------------------------------------------------------------------

UNUSABLE = {
    "-hkl none.hkl": "none.hkl",
    "-hkl .": "-hkl",
    "-hkl binary": "binary",
    "-mat .": "-mat",
    "-floatfile nowhere/f.bin": "nowhere/f.bin",
    "-floatfile .": "-floatfile",
    "-float64file nowhere/d.bin": "nowhere/d.bin",
    "-intfile nowhere/i.img": "nowhere/i.img",
    "-pgmfile nowhere/p.pgm": "nowhere/p.pgm",
    "-noisefile nowhere/n.img": "nowhere/n.img",
    "-floatfile same -float64file same": "same",
    "-detpixels 1000000": "-detpixels",
    "-detpixels 99999999999999": "-detpixels",
    "-detpixels -4": "-detpixels",
    "-detsize 1e59 -detpixels 0": "-detsize",
    "-detsize 0 -detpixels 0": "-detsize",
    "-detsize -5 -detpixels 0": "-detsize",
    "-pixel 0": "-pixel",
    "-pixel -1": "-pixel",
    "-lambda 0": "-lambda",
    "-lambda -1": "-lambda",
    "-lambda nan": "-lambda",
    "-lambda inf": "-lambda",
    "-lambda -inf": "-lambda",
    "-lambda one": "-lambda",
    "-energy 0": "-energy",
    "-energy -5": "-energy",
    "-distance 0": "-distance",
    "-close_distance 0": "-close_distance",
    "-distance 1e999": "-distance",
    "-N nan": "-N",
    "-N 99999999999": "-N",
    "-cell 0": "-cell",
    "-cell abc": "-cell",
    "-cell nan": "-cell",
    "-misset nan 0 0": "-misset",
    "-flux 1e12 -beamsize 0": "-beamsize",
    "-oversample 1000000": "-oversample",
    "-phisteps 100000000 -osc 1 -phi 1": "-phisteps",
    "-osc 0 -phistep 1": "-osc",
    "-mosaic 1 -mosaic_domains 100000000": "-mosaic_domains",
    "-detector_thick 1 -detector_thicksteps 2000000000": "-detector_thicksteps",
    "-divergence 1 -divsteps 20000": "-divergence",
    "-dispersion 300 -dispsteps 3": "-dispersion",
    "-oversample 9000 -phi 1 -osc 1 -phisteps 900000": "steps per pixel",
    "-detector_abs": "-detector_abs",
    "-detector_thick": "-detector_thick",
    "-detector_thicksteps": "-detector_thicksteps",
    "-fdet_vector 0 0 0": "-fdet_vector",
    "-beam_vector 0 0 0": "-beam_vector",
    "-water 1e300": "-water",
    "-threads 0": "-threads",
    "-trace_pixel 12 0": "-trace_pixel",
    "-trace_pixel 0 -1": "-trace_pixel",
    "-trace_pixel 3": "-trace_pixel",
    "-stol none.stol": "none.stol",
    "-stol empty": "empty",
    "-4stol empty": "empty",
    "-Q binary": "binary",
    "-sourcefile none.src": "none.src",
    "-sourcefile empty": "empty",
    "-sourcefile text.src": "text.src",
    "-sourcefile cut.src": "cut.src",
    "-sourcefile crlf.src": "crlf.src",
    "-sourcefile nan.src": "nan",
    "-mask small.img": "-mask",
    "-mask short.img": "short.img",
    "-img header.img": "header.img",
    "-img nan.img": "DISTANCE",
    "-img zero.img": "SIZE1",
    "-img huge.img": "SIZE1",
    "-img empty": "empty",
    "-img binary": "binary",
}


def write_bad_files(folder: Path) -> None:
    header = "{\nSIZE1=6;\nSIZE2=6;\nDISTANCE=90;\n}\f"
    (folder / "empty").write_text("")
    (folder / "binary").write_bytes(bytes(range(200, 256)) * 20)
    (folder / "text.src").write_text("no numbers\n")
    (folder / "cut.src").write_text("-10 0 0")
    (folder / "crlf.src").write_bytes(b"-10 0 0\r\n")
    (folder / "nan.src").write_text("-10 0 nan\n")
    for name, text, pixels in (
        ("small.img", header, 36),
        ("short.img", header, 20),
        ("nan.img", header.replace("90", "nan"), 36),
        ("zero.img", header.replace("SIZE1=6", "SIZE1=0"), 36),
        ("huge.img", header.replace("SIZE1=6", "SIZE1=1e30"), 36),
    ):
        (folder / name).write_bytes(text.ljust(512).encode() + bytes(2 * pixels))
    (folder / "header.img").write_text(header)


@pytest.mark.parametrize("flags", UNUSABLE)
def test_unusable_input_is_an_error(flags: str, tmp_path: Path) -> None:
    write_bad_files(tmp_path)
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


def test_a_message_is_one_line_whatever_the_argument(tmp_path: Path) -> None:
    result = run([*SMALL, "-hkl", "no\nsuch\x1b[31m\tfile"], tmp_path)
    assert result.returncode == BAD_INPUT
    assert len(errors_of(result)) == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", result.stderr)


def test_a_very_long_argument(tmp_path: Path) -> None:
    assert_refused([*SMALL, "-hkl", "x" * 50_000], tmp_path, "-hkl")
    assert_refused([*SMALL, "-floatfile", "x" * 50_000], tmp_path, "-floatfile")


# --- sources ---------------------------------------------------------------------------------


def test_columns_of_a_source_file(tmp_path: Path) -> None:
    """Separators, blank lines, missing columns (spec 7.1)."""
    (tmp_path / "s.txt").write_text(
        "-10 0.1 0 2 1.1e-10\n\n  \t\n-10,0.1;0:2!1.1e-10\n-10 0.1 0 2\n-10 0.1\n;-9\n"
    )
    args = [*SMALL, *words("-sourcefile s.txt -trace_only -trace_pixel 0 0")]
    trace = read_trace(succeed([*args, "-semantics", "source_weights=used"], tmp_path))
    assert trace.at("R", "sources") == [5]
    assert trace.at("J", "k", j=0) == trace.at("J", "k", j=1) == trace.at("J", "k", j=3)
    assert trace.at("J", "k", j=4) == [1, 0, 0]
    assert [trace.at("J", "lambda", j=j)[0] for j in range(5)] == pytest.approx(
        [1.1e-10, 1.1e-10, 1e-10, 1e-10, 1e-10]
    )
    assert [trace.at("J", "weight", j=j)[0] for j in range(5)] == [1.25, 1.25, 1.25, 0.625, 0.625]


def test_elliptical_cut_of_the_divergence(tmp_path: Path) -> None:
    grid = "-hdivrange 8 -vdivrange 4 -hdivsteps 5 -vdivsteps 5"
    round_ones = setup_of([*SMALL, *words(grid)], tmp_path)
    assert round_ones["sources"] == [13]
    assert setup_of([*SMALL, *words(f"{grid} -square_div")], tmp_path)["sources"] == [25]
    line = setup_of([*SMALL, *words("-hdivrange 8 -hdivsteps 5")], tmp_path)
    assert line["sources"] == [5]  # no cut with a range of zero (Q21)


def test_no_source_makes_an_image_of_nothing(tmp_path: Path) -> None:
    assert np.isnan(render([*SMALL, "-divsteps", "1"], tmp_path)).all()  # Q20


# --- what it says about itself ---------------------------------------------------------------


def test_capabilities(tmp_path: Path) -> None:
    capabilities = json.loads(succeed(["--braggscope-capabilities"], tmp_path))
    assert capabilities["program"] == "braggscope-nanobragg"
    assert capabilities["float64file"] is True
    assert capabilities["trace"] == "complete"
    assert capabilities["semantics"] is True
    assert {"-nodump", "-nofloat", "-noint", "-strict"} <= set(capabilities["flags"])
    assert isinstance(capabilities["openmp"], bool)
    assert re.match(r"\d+\.\d+", capabilities["version"])
