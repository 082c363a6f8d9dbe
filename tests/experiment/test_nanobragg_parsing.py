"""nanoBragg's own parsing rules, and what is said about what can hardly be meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.errors import InvalidInput
from braggscope.experiment import resolve
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.nanobragg_numbers import atof, atoi
from tests.experiment.test_nanobragg_dialect import CUBIC, parse


@pytest.mark.parametrize(
    ("text", "real", "whole"),
    [
        ("12.5", 12.5, 12), ("1e3", 1000, 1), ("-7x", -7, -7), ("x", 0, 0), (".5", 0.5, 0),
        ("0x10", 16, 0), ("1_000", 1, 1), ("+3", 3, 3), ("", 0, 0),
    ],
)  # fmt: skip
def test_numbers_are_read_as_c_reads_them(text: str, real: float, whole: int) -> None:
    assert atof(text)[0] == real
    assert atoi(text)[0] == whole


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-lambda -1", ["beam.wavelength_A", "-lambda", "-1.0", "at least 1e-06"]),
        ("-lambda nan", ["-lambda", "finite"]),
        ("-fluence 1e999", ["-fluence", "finite"]),
        ("-N inf", ["-N", "inf"]),
        ("-N 99999999999", ["-N", "99999999999"]),
        ("-lambda x", ["beam.wavelength_A", "0.0"]),
        ("-energy 0", ["-energy", "0 eV"]),
        ("-detpixels -5", ["detector.pixels_fast", "-detpixels"]),
        ("-distance 0", ["detector.distance_mm", "-distance"]),
        ("-detector_abs", ["-detector_abs", "crashes"]),
        ("-detector_thicksteps", ["-detector_thicksteps"]),
        ("-hkl missing.hkl", ["missing.hkl", "No such file"]),
        ("-sourcefile missing.txt", ["missing.txt"]),
        ("-stol missing.stol", ["missing.stol"]),
        ("-semantics omega=sometimes", ["sometimes", "compounding"]),
    ],
)
def test_what_nanobragg_cannot_use_is_an_error(flags: str, expected: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"{CUBIC} {flags}")
    for words in expected:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("-cell 100", ["-hkl", "-default_F"]), ("-default_F 100", ["-cell", "-mat"])],
)
def test_a_cell_and_structure_factors_are_needed(flags: str, expected: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(flags)
    for words in expected:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-polar x", "-polar x: not a number; nanoBragg reads it as 0"),
        ("-oversample 1e3", "-oversample 1e3: not a whole number; nanoBragg reads it as 1"),
        ("-detpixels 12.5", "reads it as 12"),
        (
            "-lambada 1",
            "-lambada is not a flag of nanoBragg, which ignores it; did you mean -lambd",
        ),
        ("stray", "'stray' belongs to no flag"),
        ("-5", "'-5' belongs to no flag"),
        ("-misset 1 2", "-misset: ignored"),
        ("-phi", "-phi: ignored"),
        ("-curved_det", "-curved_det: ignored"),
        ("-mat missing.mat", "-mat missing.mat: there is no such file"),
        ("-mask missing.img", "-mask missing.img: there is no such file"),
        ("-floatfile -xds", "-xds, the value of -floatfile, acts as a flag too"),
        ("-xds -Xbeam 3", "-Xbeam 3: detector.beam_x_mm has no effect"),
        ("-polar 2", "-polar 2: beam.kahn_factor = 2 can hardly be meant"),
        ("-cell 9 9 9 120 120 120", "-cell 9 9 9 120 120 120: crystal.cell no cell"),
        ("-pivot sample", "-pivot sample: no effect"),
        ("-pix0_vector 1 2 3", "-pix0_vector 1 2 3: the numbers have no effect"),
        ("-misset_seed 5 -N 3", "-misset_seed: also read as -misset 5 0 3"),
        ("-misset_seed 5", "-misset_seed 5: no effect without -misset random"),
        ("-MW 5e5", "-MW 5e5: nanoBragg knows this flag, it has no effect"),
        ("-hdiv 3", "-hdiv is not a flag"),
    ],
)
def test_what_can_hardly_be_meant_is_a_warning_and_strictly_an_error(
    flags: str, expected: str
) -> None:
    assert any(expected in warning for warning in parse(f"{CUBIC} {flags}").warnings)
    with pytest.raises(InvalidInput) as caught:
        parse(f"{CUBIC} {flags}", strict=True)
    assert expected in str(caught.value)


def test_values_are_looked_at_again() -> None:
    assert parse(f"{CUBIC} -floatfile -xds").experiment.detector.convention == "xds"
    assert parse(f"{CUBIC} -polar -nopolar").experiment.beam.polarized is False


def test_the_seed_of_the_misset_also_reads_as_a_misset() -> None:
    crystal = parse(f"{CUBIC} -misset random -misset_seed 5 -N 3").experiment.crystal
    assert crystal.misset_deg == (5, 0, 3)
    assert crystal.misset_seed is None
    assert crystal.cells_a == 3
    assert parse(f"{CUBIC} -misset_seed 5 -misset 1 2 3").experiment.crystal.misset_deg == (1, 2, 3)


def test_the_axis_of_the_swing_sets_its_angle_too() -> None:
    detector = parse(f"{CUBIC} -twotheta_axis 1 0 0").experiment.detector
    assert (detector.twotheta_deg, detector.pivot) == (1.0, "sample")
    assert detector.convention == "custom"
    assert parse(f"{CUBIC} -twotheta_axis 1 0 0 -twotheta 4").experiment.detector.twotheta_deg == 4


@pytest.mark.parametrize(
    ("flags", "convention", "pivot"),
    [
        ("-beam_vector 1 0 0", "custom", "beam"),
        ("-beam_vector 1 0 0 -Xclose 3", "custom", "sample"),
        ("-Xclose 3 -beam_vector 1 0 0 -Xbeam 3", "custom", "beam"),
        ("-xds -spindle_axis 0 0 1", "custom", "sample"),
        ("-spindle_axis 0 0 1 -pivot sample", "custom", "sample"),
        ("-spindle_axis 0 0 1 -xds", "xds", None),
    ],
)
def test_the_last_flag_decides_convention_and_pivot(
    flags: str, convention: str, pivot: str | None
) -> None:
    detector = parse(f"{CUBIC} {flags}").experiment.detector
    assert (detector.convention, detector.pivot) == (convention, pivot)


def test_oversampling_flags_are_semantics() -> None:
    command = parse(f"{CUBIC} -oversample_omega -oversample 2 -semantics phi_carry_over=off")
    assert command.semantics.omega == "compounding"
    assert command.semantics.phi_carry_over == "off"
    assert command.experiment.sampling.oversample == 2
    assert parse(f"{CUBIC} -semantics physical").semantics.water_scale == "once"


def smv(path: Path, *lines: str, size: tuple[int, int] = (5, 4)) -> Path:
    """A mask or image file of fast × slow pixels with more header lines."""
    text = "{\nHEADER_BYTES=512;\n" + f"SIZE1={size[0]};\nSIZE2={size[1]};\n" + "\n".join(lines)
    pixels = np.ones(size, np.uint16).tobytes()
    path.write_bytes(f"{text}\n}}\f".encode().ljust(512) + pixels)
    return path


def test_headers_come_before_all_flags_and_images_after_masks(tmp_path: Path) -> None:
    mask = smv(tmp_path / "m.img", "PIXEL_SIZE=0.2;", "BEAM_CENTER_Y=0.3;", "WAVELENGTH=2;")
    image = smv(tmp_path / "i.img", "DISTANCE=70;", "CLOSE_DISTANCE=60;", "WAVELENGTH=3;")
    command = parse(f"-distance 90 -cell 50 -default_F 1 -img {image} -mask {mask}")
    detector = command.experiment.detector
    assert detector.mask is not None
    assert (detector.pixels_fast, detector.pixels_slow, detector.pixel_mm) == (5, 4, 0.2)
    assert detector.beam_y_mm == pytest.approx(0.5)  # mirrored: 4 · 0.2 − 0.3 (Q60)
    assert command.experiment.beam.wavelength_A == 3
    assert (detector.distance_mm, detector.close_distance_mm) == (90, 60)
    assert parse(f"-cell 50 -default_F 1 -img {mask}").experiment.detector.beam_y_mm == 0.3
    alone = parse(f"-cell 50 -default_F 1 -img {image}").experiment.detector
    assert alone.distance_mm == 60  # DISTANCE reads the last text that holds it (Q13)


def test_an_image_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    path = smv(tmp_path / "i.img")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InvalidInput, match=r"i\.img.*1 bytes shorter"):
        parse(f"{CUBIC} -img {path}")


@pytest.mark.parametrize(
    ("content", "why"),
    [("1 2 3", "holds 3"), ("1 0 0 0 x 0 0 0 1", "x"), ("nan 0 0 0 1 0 0 0 1", "not finite")],
)
def test_a_bad_matrix_file_is_named(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.mat").write_text(content)
    with pytest.raises(InvalidInput, match=why) as caught:
        parse(f"-mat {tmp_path / 'bad.mat'} -default_F 1")
    assert "bad.mat" in str(caught.value)


@pytest.mark.parametrize(
    "flags",
    [
        ["-hkl", "\0"],
        ["-hkl", "a" * 300],
        ["-mask", "."],
        ["-stol", "\ud800"],
    ],
)
def test_no_word_makes_it_stumble(flags: list[str]) -> None:
    with pytest.raises(InvalidInput):
        parse_command_line([*CUBIC.split(), *flags])


@pytest.mark.parametrize("flag", ["-beam_vector", "-fdet_vector"])
def test_vectors_without_end_have_no_direction(flag: str) -> None:
    with pytest.raises(InvalidInput, match="zero vector"):
        resolve(parse(f"{CUBIC} {flag} 1e300 0 1e300").experiment)
