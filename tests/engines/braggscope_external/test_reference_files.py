"""Files of the C program: all of them or none, dump files, masks, and how it tells its progress."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from braggscope.experiment.nanobragg import parse_command_line
from tests.engines.braggscope_external.reference_program import (
    BAD_INPUT,
    PROGRAM,
    SMALL,
    assert_refused,
    needs_program,
    read_trace,
    render,
    run,
    succeed,
    words,
)

pytestmark = needs_program
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links and devices")

DEFAULT_FILES = {"floatimage.bin", "intimage.img", "image.pgm", "noiseimage.img"}


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("args", "files"),
    [
        ("", DEFAULT_FILES),
        ("-float64file d.bin", DEFAULT_FILES | {"d.bin"}),
        ("-nofloat -noint -nopgm -nonoise -float64file d.bin", {"d.bin"}),
        ("-nofloat -noint -nopgm -nonoise", set()),
        ("-floatimage f -intimage i -pgmimage p -noiseimage n", set("fipn")),
        ("-nopgm -nonoise -pgmscale 3", {"floatimage.bin", "intimage.img", "image.pgm"}),
        ("-nonoise -noisefile n -nopgm", {"floatimage.bin", "intimage.img", "n"}),
    ],
)
def test_files_written(args: str, files: set[str], tmp_path: Path) -> None:
    succeed([*SMALL, *words(args)], tmp_path)
    assert files_in(tmp_path) == files


def test_float64_image_rounds_to_the_float_image(tmp_path: Path) -> None:
    succeed([*SMALL, "-floatfile", "f.bin", "-float64file", "d.bin"], tmp_path)
    exact = np.fromfile(tmp_path / "d.bin")
    single = np.fromfile(tmp_path / "f.bin", np.float32)
    assert exact.size == 144
    assert (exact.astype(np.float32) == single).all()
    assert (exact != single).any()


def test_a_traced_pixel_is_the_images(tmp_path: Path) -> None:
    scan = words("-phi 0 -osc 1 -phisteps 3 -mosaic 1 -mosaic_domains 2 -polar 0.7")
    files = ["-floatfile", "f.bin", "-float64file", "d.bin"]
    for slow, fast in ((5, 7), (0, 0)):
        place = ["-trace_pixel", str(slow), str(fast)]
        stdout = succeed([*SMALL, *scan, *files, *place], tmp_path)
        trace = read_trace(stdout)
        exact = np.fromfile(tmp_path / "d.bin").reshape(12, 12)
        single = np.fromfile(tmp_path / "f.bin", np.float32).reshape(12, 12)
        assert trace.at("P", "val") == [exact[slow, fast]]
        assert trace.at("P", "float32") == [float(single[slow, fast])]
        alone = succeed([*SMALL, *scan, *place, "-trace_only"], tmp_path)
        ours = [line for line in stdout.splitlines() if line.startswith("TRACE2")]
        assert alone.splitlines() == ours


def test_traces_of_skipped_pixels_say_so(tmp_path: Path) -> None:
    write_mask(tmp_path / "mask.img", masked=(9, 9))
    for flags, why in (("-roi 2 5 2 5", "roi"), ("-mask mask.img", "mask")):
        stdout = succeed([*SMALL, *words(f"{flags} -trace_only -trace_pixel 9 9")], tmp_path)
        pixel_lines = [line for line in stdout.splitlines() if line.startswith("TRACE2 level=P")]
        assert pixel_lines == [f"TRACE2 level=P skipped {why}"]
        assert "TRACE2 level=R V " in stdout


def test_a_list_of_pixels_is_traced_and_what_is_wrong_with_it_said(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("9 9\n0 0\n")
    stdout = succeed([*SMALL, *words("-trace_list list.txt")], tmp_path)
    starts = [line for line in stdout.splitlines() if line.startswith("TRACE2 level=P pixel")]
    assert starts == ["TRACE2 level=P pixel 9 9", "TRACE2 level=P pixel 0 0"]
    assert stdout.count("TRACE2 level=R V ") == 1
    for content, why in (("1 2 3\n", "entry 2"), ("1 x\n", "entry 1"), ("99 0\n", "outside")):
        (tmp_path / "list.txt").write_text(content)
        assert_refused([*SMALL, *words("-trace_list list.txt")], tmp_path, why)
    assert_refused([*SMALL, *words("-trace_list missing.txt")], tmp_path, "cannot be read")


# --- all or none -----------------------------------------------------------------------------


@on_posix
def test_an_output_that_fails_leaves_no_other(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    assert_refused([*SMALL, "-noisefile", "/dev/full"], tmp_path, "/dev/full")


@on_posix
def test_a_file_that_grows_too_large_leaves_none(tmp_path: Path) -> None:
    import resource

    result = subprocess.run(
        [str(PROGRAM), *SMALL],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)),
    )
    assert result.returncode == BAD_INPUT
    assert "floatimage.bin" not in result.stderr  # 576 bytes; the next file is larger
    assert "intimage.img" in result.stderr
    assert files_in(tmp_path) == set()


@on_posix
def test_links_stay_and_their_targets_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/target.bin").write_text("old")
    (tmp_path / "link.bin").symlink_to("far/target.bin")
    (tmp_path / "nowhere.bin").symlink_to("far/fresh.bin")
    args = ["-noint", "-nopgm", "-nonoise", "-floatfile", "link.bin", "-float64file", "nowhere.bin"]
    succeed([*SMALL, *args], tmp_path)
    assert (tmp_path / "link.bin").is_symlink()
    assert (tmp_path / "far/target.bin").stat().st_size == 4 * 144
    assert (tmp_path / "far/fresh.bin").stat().st_size == 8 * 144
    assert files_in(tmp_path / "far") == {"target.bin", "fresh.bin"}


@on_posix
def test_pipes_and_devices_are_written_in_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    args = ["-floatfile", "pipe", "-intfile", "/dev/null", "-pgmfile", "/dev/null", "-nonoise"]
    succeed([*SMALL, *args], tmp_path)
    reader.join(timeout=10)
    assert len(received[0]) == 4 * 144
    assert files_in(tmp_path) == {"pipe"}


@on_posix
def test_a_protected_file_is_not_replaced(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    (tmp_path / "f.bin").write_text("precious")
    (tmp_path / "f.bin").chmod(0o444)
    assert_refused([*SMALL, "-floatfile", "f.bin"], tmp_path, "f.bin")
    assert (tmp_path / "f.bin").read_text() == "precious"


def test_the_longest_possible_name(tmp_path: Path) -> None:
    name = "n" * 250
    succeed([*SMALL, *words("-noint -nopgm -nonoise -floatfile"), name], tmp_path)
    assert files_in(tmp_path) == {name}


# --- dump files ------------------------------------------------------------------------------


def table(folder: Path, factor: str = "100 + h") -> list[str]:
    orders = range(-2, 3)
    (folder / "t.hkl").write_text(
        "".join(
            f"{h} {k} {l} {eval(factor, {'h': h, 'k': k, 'l': l})}\n"
            for h in orders
            for k in orders
            for l in orders  # noqa: E741
        )
    )
    return words("-cell 50 60 70 80 90 100 -N 3 -detpixels 12 -oversample 1 -noprogress")


def test_dump_file_has_the_originals_layout(tmp_path: Path) -> None:
    args = table(tmp_path)
    stdout = succeed([*args, "-hkl", "t.hkl", "-default_F", "7"], tmp_path)
    assert "writing dump file for next time: Fdump.bin" in stdout
    data = (tmp_path / "Fdump.bin").read_bytes()
    header = b"-2 2 -2 2 -2 2\n\f"
    assert data.startswith(header)
    values = np.frombuffer(data[len(header) :]).reshape(6, 6, 6)
    assert (values[:5, :5, :5] == 98 + np.arange(5)[:, None, None]).all()
    assert values.sum() == values[:5, :5, :5].sum()  # one padding plane on every axis


def test_dump_file_is_read_without_hkl_even_with_a_default(tmp_path: Path) -> None:
    args = table(tmp_path)
    plain = render([*args, "-hkl", "t.hkl"], tmp_path)
    succeed([*args, "-hkl", "t.hkl", "-dump", "other.bin", "-noint", "-nopgm"], tmp_path)
    assert not (tmp_path / "Fdump.bin").exists()
    extra = words("-noint -nopgm -nonoise -nofloat -float64file d.bin -default_F 5")
    succeed([*args, "-dump", "other.bin", *extra], tmp_path)  # Q36
    assert (np.fromfile(tmp_path / "d.bin").reshape(12, 12) == plain).all()
    default = render([*args, "-dump", "other.bin", "-default_F", "5"], tmp_path)  # with -nodump
    assert (default != plain).any()


def test_dump_file_whose_data_begin_like_white_space(tmp_path: Path) -> None:
    """Q38: swallowed; every value is wrong, and a warning says so."""
    args = table(tmp_path)
    values = np.full((4, 4, 4), np.frombuffer(b"\x20\0\0\0\0\0\x59\x40")[0])
    (tmp_path / "Fdump.bin").write_bytes(b"-1 1 -1 1 -1 1\n\f" + values.tobytes())
    result = run([*args, *words("-noint -nopgm -nonoise")], tmp_path)
    assert result.returncode == 0
    assert "white space" in result.stderr
    assert_refused([*args, "-strict"], tmp_path, "white space")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 90, b"1 2 3", b"5 1 0 0 0 0\n\f", b"0 9 0 9 0 9\n\f" + bytes(80)],
)
def test_unusable_dump_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "Fdump.bin").write_bytes(data)
    assert_refused(table(tmp_path), tmp_path, "Fdump.bin")
    succeed([*table(tmp_path), "-default_F", "5", "-nodump"], tmp_path)


@on_posix
def test_a_dump_file_that_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    args = [*table(tmp_path), "-hkl", "t.hkl", "-dump", "nowhere/F.bin"]
    result = run(args, tmp_path)
    assert result.returncode == 0
    assert "nowhere/F.bin" in result.stderr
    assert files_in(tmp_path) == DEFAULT_FILES | {"t.hkl"}
    assert run([*args, "-strict"], tmp_path).returncode == BAD_INPUT


# --- headers and masks -----------------------------------------------------------------------


def write_mask(path: Path, masked: tuple[int, int], extra: str = "") -> None:
    pixels = np.ones((12, 12), np.uint16)
    pixels[masked] = 0
    header = f"{{\nHEADER_BYTES=512;\nSIZE1=12;\nSIZE2=12;\n{extra}}}\f"
    path.write_bytes(header.ljust(512).encode() + pixels.tobytes())


def test_mask_and_roi(tmp_path: Path) -> None:
    write_mask(tmp_path / "mask.img", masked=(4, 5))
    succeed([*SMALL, *words("-mask mask.img -roi 2 9 3 99 -adc 7")], tmp_path)
    image = np.fromfile(tmp_path / "floatimage.bin", np.float32).reshape(12, 12)
    inside = np.zeros((12, 12), bool)
    inside[3:, 2:10] = True
    skipped = ~inside
    skipped[4, 5] = True
    assert (image[~skipped] > 0).all()
    assert (image[skipped] == 0).all()
    integers = np.frombuffer((tmp_path / "intimage.img").read_bytes()[512:], np.uint16)
    integers = integers.reshape(12, 12)
    assert (integers[~inside] == 0).all()
    assert integers[4, 5] == 7  # Q50


def test_headers_are_overwritten_by_the_command_line_and_by_each_other(tmp_path: Path) -> None:
    write_mask(
        tmp_path / "mask.img",
        (0, 0),
        "PIXEL_SIZE=0.2;\nWAVELENGTH=1.1;\nBEAM_CENTER_Y=0.5;\nPHI=3;\nDISTANCE=70;\n",
    )
    write_mask(
        tmp_path / "head.img", (0, 0), "WAVELENGTH=1.2;\nXDS_ORGX=3.5;\nCLOSE_DISTANCE=60;\n"
    )
    base = words("-cell 50 60 70 80 90 100 -default_F 10 -N 3 -oversample 1")
    trace = words("-trace_only -trace_pixel 0 0")

    def setup(flags: str) -> dict[str, float]:
        got = read_trace(succeed([*base, *words(flags), *trace], tmp_path))
        return {name: values[0] for (level, name, _), values in got.values.items() if level == "R"}

    mask = setup("-mask mask.img")
    assert mask["pixel_m"] == 2e-4
    assert mask["fpixels"] == 12
    assert mask["Ybeam_m"] == pytest.approx(0.0024 - 0.0005)  # mirrored (Q60)
    assert mask["distance_m"] == pytest.approx(0.07)
    assert setup("-img mask.img")["Ybeam_m"] == pytest.approx(0.0005)
    both = setup("-img head.img -mask mask.img")
    assert both["lambda0_m"] == pytest.approx(1.2e-10)
    assert both["distance_m"] == pytest.approx(0.06)  # DISTANCE reads CLOSE_DISTANCE (Q13)
    line = setup("-img head.img -mask mask.img -lambda 1.3 -close_distance 50")
    assert line["lambda0_m"] == pytest.approx(1.3e-10)
    assert line["close_distance_m"] == pytest.approx(0.05)
    assert setup("-img head.img -xds -pixel 0.1")["Fclose_in_m"] == pytest.approx(3e-4)


@pytest.mark.parametrize("flag", ["-img", "-mask"])
def test_of_several_headers_only_the_last_is_read(flag: str, tmp_path: Path) -> None:
    """By the program and by the dialect that stands in for it."""
    write_mask(tmp_path / "first.img", (0, 0), "PIXEL_SIZE=0.2;\nWAVELENGTH=1.1;\nPHI=3;\n")
    write_mask(tmp_path / "last.img", (4, 5), "DISTANCE=70;\n")
    both, last = (
        [*SMALL, *words(line)] for line in (f"{flag} first.img {flag} last.img", f"{flag} last.img")
    )
    traced = [
        read_trace(succeed([*line, *words("-trace_only -trace_pixel 3 3")], tmp_path)).values
        for line in (both, last)
    ]
    assert traced[0] == traced[1]
    assert traced[0]["R", "lambda0_m", ()] == [1e-10]
    read = [parse_command_line(line, tmp_path).experiment for line in (both, last)]
    assert read[0] == read[1]
    assert read[0].detector.distance_mm == 70.0


def test_a_header_read_back_gives_the_same_geometry(tmp_path: Path) -> None:
    args = [*SMALL, *words("-pixel 0.3 -lambda 1.2 -phi 3 -osc 1 -phisteps 2 -nonoise -nopgm")]
    succeed([*args, "-noint", "-floatfile", "a.bin", "-intfile", "i.img"][:-3], tmp_path)
    succeed([*args, "-floatfile", "a.bin", "-intfile", "i.img"], tmp_path)
    again = words(
        "-cell 50 60 70 80 90 100 -default_F 10 -N 3 -oversample 2 -phisteps 2 -img i.img"
    )
    succeed([*again, *words("-nonoise -nopgm -noint -floatfile b.bin")], tmp_path)
    first, second = (np.fromfile(tmp_path / name, np.float32) for name in ("a.bin", "b.bin"))
    assert second == pytest.approx(first, rel=1e-5)


# --- numbers of the integer images -----------------------------------------------------------


def test_odd_offsets_of_integer_and_noise_images(tmp_path: Path) -> None:
    """Q55: negative in the noise image wraps, in the integer image it is cut."""
    succeed([*SMALL, *words("-adc -5 -fluence 1 -seed 1 -scale 1")], tmp_path)
    integers = np.frombuffer((tmp_path / "intimage.img").read_bytes()[512:], np.uint16)
    noise = np.frombuffer((tmp_path / "noiseimage.img").read_bytes()[512:], np.uint16)
    assert (integers == 0).all()
    assert (noise == 65531).all()
    stdout = succeed([*SMALL, *words("-adc 70000")], tmp_path)
    assert "(144 overloads)" in stdout


def test_images_that_are_not_numbers(tmp_path: Path) -> None:
    result = run([*SMALL, *words("-divsteps 1 -seed 3")], tmp_path)
    assert result.returncode == 0
    assert "144 pixels are not finite" in result.stderr
    integers = np.frombuffer((tmp_path / "intimage.img").read_bytes()[512:], np.uint16)
    assert (integers == 0).all()


# --- progress and printout -------------------------------------------------------------------


def progress_of(stdout: str) -> list[int]:
    return [int(percent) for percent in re.findall(r"^(\d+)% done$", stdout, re.MULTILINE)]


def test_progress_goes_up_to_100_and_can_be_turned_off(tmp_path: Path) -> None:
    slow = [*SMALL, "-detpixels", "60", "-oversample", "8"]
    shown = progress_of(succeed(slow, tmp_path))
    assert shown == sorted(shown)
    assert shown[-1] == 100
    assert len(shown) > 20
    assert progress_of(succeed([*slow, "-noprogress"], tmp_path)) == []


def test_printout(tmp_path: Path) -> None:
    everything = succeed([*SMALL, "-printout"], tmp_path)
    assert len(re.findall(r"^pixel fast \d+ slow \d+ ", everything, re.MULTILINE)) == 144
    assert progress_of(everything) == []
    one = succeed([*SMALL, *words("-printout_pixel 7 5 -float64file d.bin")], tmp_path)  # Q59
    (place,) = re.findall(r"^pixel fast (\d+) slow (\d+) ", one, re.MULTILINE)
    assert place == ("7", "5")
    value = float(re.findall(r"pixel= (\S+)", one)[0])
    assert value == pytest.approx(np.fromfile(tmp_path / "d.bin").reshape(12, 12)[5, 7], rel=1e-5)


def test_image_does_not_depend_on_threads(tmp_path: Path) -> None:
    scan = words("-mosaic 0.5 -mosaic_domains 3 -detpixels 40 -noprogress -nopgm -nonoise -noint")
    outputs = []
    for threads in ("1", "2", "5"):
        target = tmp_path / f"{threads}.bin"
        succeed([*SMALL, *scan, "-threads", threads, "-float64file", str(target)], tmp_path)
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.parametrize("threads", ["2", "3", "7"])
@pytest.mark.parametrize(
    "flags",
    [
        "-hdivrange 20 -hdivsteps 3 -osc 1 -phisteps 3 -mosaic 0.5 -mosaic_domains 3",
        "-semantics interpolation_fallback=permanent -interpolate -hkl f.hkl",
        "-water 100 -detector_thick 450 -detector_abs 200 -detector_thicksteps 3",
    ],
)
def test_whatever_the_system_says_of_threads_the_run_is_the_serial_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, threads: str
) -> None:
    """Images, noise, the report and traces, byte for byte."""
    hkl = "".join(f"{h} {k} 0 {10 + h + 2 * k}\n" for h in range(-6, 7) for k in range(-6, 7))
    outcomes = []
    for count in ("1", threads):
        monkeypatch.setenv("OMP_NUM_THREADS", count)
        folder = tmp_path / count
        folder.mkdir()
        (folder / "f.hkl").write_text(hkl)
        seeds = words("-seed 3 -misset_seed 4 -mosaic_seed 5 -nodump -noprogress")
        size = words("-detpixels 41 -float64file d.bin")
        told = [succeed([*SMALL, *words(flags), *seeds, *size], folder)]
        for slow, fast in ((0, 0), (20, 17), (40, 40)):
            traced = ["-trace_only", "-trace_pixel", str(slow), str(fast)]
            told.append(succeed([*SMALL, *words(flags), *seeds, *size, *traced], folder))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert {"d.bin", "noiseimage.img", "floatimage.bin"} <= set(files)
        outcomes.append((told, files))
    assert outcomes[0] == outcomes[1]
