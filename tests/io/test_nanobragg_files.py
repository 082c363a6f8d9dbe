"""nanoBragg's files, byte by byte, from its float image."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from braggscope.experiment import resolve
from braggscope.experiment.nanobragg import CommandLine, parse_command_line
from braggscope.experiment.smv import load_mask
from braggscope.io.nanobragg_files import (
    generator_after,
    grey_image,
    integer_image,
    integer_scale,
    noise_image,
)
from braggscope.io.smv_header import smv_header
from braggscope.io.statistics import region_of, statistics_of
from braggscope.physics.setup import Setup
from braggscope.physics.solid_angle import subtended_sr
from tests.experiment.test_nanobragg_dialect import golden_cases, parse

FIRST_V01 = "-lambda 1.1 -distance 80 -detpixels_x 40 -detpixels_y 36"
V01 = f"{FIRST_V01} -cell 70 80 90 85 95 105 -misset 11 22 33 -default_F 100 -N 5 -seed 12"


def golden(shared: Path, case: str) -> tuple[CommandLine, Setup, np.lib.npyio.NpzFile]:
    command = parse_command_line(golden_cases(shared)[case], shared / "golden" / "inputs")
    return command, resolve(command.experiment), np.load(shared / "golden" / f"{case}.npz")


def printed(shared: Path, case: str, pattern: str) -> tuple[str, ...]:
    match = re.search(pattern, (shared / "golden" / f"{case}.stdout.txt").read_text())
    assert match is not None, (case, pattern)
    return match.groups()


@pytest.mark.parametrize("case", ["noise", "int_scaled"])
def test_the_files_are_nanobraggs_byte_by_byte(case: str, shared: Path) -> None:
    command, setup, files = golden(shared, case)
    image, output = files["image"], command.output
    statistics = statistics_of(image, setup)
    scale = integer_scale(output.int_scale, statistics)
    integers = integer_image(image, setup, scale, output.adc)
    assert integers.content == files["int_file"].tobytes()
    grey = grey_image(image, setup, output.pgm_scale, scale, statistics)
    assert grey.content == files["pgm_file"].tobytes()
    assert f"{scale:g}" == printed(shared, case, "intfile_scale = (.*)")[0]
    assert f"{grey.scale:g}" == printed(shared, case, "pgm_scale = (.*)")[0]


def test_the_noise_is_nanobraggs_byte_by_byte(shared: Path) -> None:
    command, setup, files = golden(shared, "noise")
    crystal = command.experiment.crystal
    generator = generator_after(setup, crystal.misset_seed, crystal.mosaic_seed)
    noisy = noise_image(files["image"], setup, 20.0, generator, command.output.noise_seed)
    assert noisy.content == files["noise_file"].tobytes()
    said = printed(shared, "noise", r"(\d+) photons on noise image \((\d+) overloads\)")
    assert (f"{noisy.photons:.0f}", str(noisy.overloads)) == said


def test_statistics_are_printed_as_nanobragg_prints_them(shared: Path) -> None:
    for case in golden_cases(shared):
        command, setup, files = golden(shared, case)
        reference = setup.detector.mask
        mask = None if reference is None else load_mask(reference, setup.detector.shape)
        lines = statistics_of(files["image"], setup, mask).lines()
        text = (shared / "golden" / f"{case}.stdout.txt").read_text()
        for line in lines:
            assert line in text, (case, line)
        rendered = np.zeros(setup.detector.shape, bool)
        rendered[region_of(setup)] = True
        if mask is not None:
            rendered &= mask
        solid = subtended_sr(
            setup, rendered, every_sub_pixel=command.semantics.omega == "compounding"
        )
        said = printed(shared, case, r"detector = (\S+) steradian")[0]
        assert f"{solid:g}" == said, case


def test_the_header_says_where_the_detector_is(shared: Path) -> None:
    _, setup, _ = golden(shared, "everything")
    text = smv_header(setup).decode("ascii")
    assert "DISTANCE=99.0872;" in text
    assert "DIALS_ORIGIN=-22.2409,26.446,-102.54\n" in text
    assert "PHI=0;\nOSC_START=0;\nOSC_RANGE=9;\nTWOTHETA=10;\n" in text
    assert len(text) >= 512


def test_the_conformance_case_of_the_specification() -> None:
    """V01 of the specification, section 16, on our own engine."""
    from braggscope.api import Run, RunContext
    from braggscope_torch.engine import create

    command = parse(V01)
    run = Run(experiment=command.experiment, engine="torch-cpu")
    image = np.zeros(run.setup.detector.shape)
    engine = create("torch-cpu", {})
    engine.prepare(run)
    engine.render(run, image, RunContext())
    floats = image.astype(np.float32)
    statistics = statistics_of(floats, run.setup)
    scale = integer_scale(0.0, statistics)
    assert f"{scale:.6g}" == "322.459"
    integers = np.frombuffer(
        integer_image(floats, run.setup, scale, 40.0).content[512:], np.uint16
    ).reshape(36, 40)
    assert integers[19, 21] == 55040
    assert integers.sum() == 665071
    assert integers[0, :8].tolist() == [735, 909, 1489, 647, 1439, 257, 698, 84]
    grey = grey_image(floats, run.setup, 0.0, scale, statistics)
    assert f"{grey.scale:.6g}" == "5.35139"
    levels = np.frombuffer(grey.content[-36 * 40 :], np.uint8)
    assert (levels.sum(), levels[:5].tolist()) == (7077, [11, 14, 24, 10, 23])
    noisy = noise_image(floats, run.setup, 40.0, generator_after(run.setup, None, 12345678), 12)
    pixels = np.frombuffer(noisy.content[512:], np.uint16)
    assert (noisy.photons, noisy.overloads, int(pixels.sum())) == (1861, 0, 59461)
    assert pixels[:12].tolist() == [44, 42, 42, 41, 44, 41, 41, 40, 41, 40, 40, 40]


def test_a_seed_below_zero_goes_on_where_the_mosaic_stopped() -> None:
    setup = resolve(parse(f"{V01} -mosaic 1 -mosaic_domains 3").experiment)
    image = np.full(setup.detector.shape, 5.0, np.float32)
    contents = {
        noise_image(image, setup, 40.0, generator_after(setup, misset, mosaic), -5).content
        for misset, mosaic in ((None, 1), (None, 2), (7, -1), (8, -1))
    }
    assert len(contents) == 4


def test_pixels_that_are_no_number_are_dark() -> None:
    setup = resolve(parse(V01).experiment)
    image = np.full(setup.detector.shape, np.nan, np.float32)
    statistics = statistics_of(image, setup)
    assert statistics.maximum == 0
    assert set(integer_image(image, setup, 1.0, 40.0).content[512:]) == {0}
    assert set(grey_image(image, setup, 1.0, 1.0, statistics).content[-40:]) == {0}
    generator = generator_after(setup, None, 1)
    noisy = noise_image(image, setup, -1.0, generator, 1)
    assert set(noisy.content[512:]) == {255}  # A negative level wraps (Q55).
