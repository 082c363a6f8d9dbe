"""The program's traces as the contract wants them: an axis per loop, NaN where nothing was done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.api import CATALOGUE, InvalidInput, Pixel, PixelTrace
from braggscope_external.trace_reader import read_trace
from tests.engines.braggscope_external.reference_program import (
    SMALL,
    needs_program,
    succeed,
    words,
)

pytestmark = needs_program


def trace_of(flags: str, cwd: Path) -> PixelTrace:
    extra = words(f"{flags} -nodump -trace_only -trace_pixel 5 7")
    return read_trace(succeed([*SMALL, *extra], cwd).splitlines(), Pixel(5, 7), "nanobragg-c")


def test_every_loop_is_an_axis(tmp_path: Path) -> None:
    trace = trace_of(
        "-detector_thick 100 -detector_thicksteps 3 -hdivrange 2 -hdivsteps 4 "
        "-phi 1 -osc 1 -phisteps 5 -mosaic 1 -mosaic_domains 6",
        tmp_path,
    )
    assert trace["hkl"].dims == ("layer", "subpixel", "source", "phi", "domain")
    assert trace["hkl"].values.shape == (3, 4, 4, 5, 6, 3)
    assert trace["d"].values.shape == (3, 4, 3)
    assert trace["polar_now"].values.shape == (3, 4, 4)
    assert trace["phi_carried"].values.shape == (3, 4, 4, 5)
    assert trace["cell_mosaic"].values.shape == (5, 6, 9)
    assert trace["U"].values.shape == (6, 9)
    assert trace["weight"].values.shape == (4,)
    assert trace["I_running"].values[-1, -1, -1, -1, -1] == trace["I_total"].values


def test_one_layer_is_no_axis(tmp_path: Path) -> None:
    trace = trace_of("-oversample 3", tmp_path)
    assert trace["FSO"].dims == ("subpixel",)
    assert trace["FSO"].values.shape == (9, 3)
    assert trace["shape"].values == "square"


def test_rejected_sources_are_not_numbers(tmp_path: Path) -> None:
    trace = trace_of("-dispersion 90 -dispsteps 3 -dmin 120 -pixel 0.5", tmp_path)
    rejected = trace["dmin_rejected"].values == 1
    assert rejected.any()
    assert not rejected.all()
    assert (np.isnan(trace["polar_now"].values) == rejected).all()
    assert (np.isnan(trace["term"].values[..., 0, 0]) == rejected).all()


def test_all_names_are_known(tmp_path: Path) -> None:
    """Whatever the program prints is in the catalogue."""
    (tmp_path / "t.hkl").write_text("".join(f"{h} 0 0 5\n{h} 9 9 5\n" for h in range(9)))
    names: set[str] = set()
    for flags in (
        "-round_xtal",
        "-gauss_xtal -curved_det -nopolar",
        "-interpolate -hkl t.hkl",
        "-phi 0 -osc 1 -phisteps 2 -roi 7 9 5 9",
        "-water 3 -semantics physical",
    ):
        extra = words(f"{flags} -nodump -trace_only -trace_pixel 5 7")
        for line in succeed([*SMALL, *extra], tmp_path).splitlines():
            name = next(w for w in line.split()[1:] if "=" not in w)
            names.add(name)
    assert names <= set(CATALOGUE)
    assert {"cell_phi_first", "hrad2", "rho", "pos_flat_m", "interp_usable"} <= names


@pytest.mark.parametrize(
    ("flags", "why"), [("-roi 0 3 0 3", "region of interest"), ("-mask mask.img", "mask")]
)
def test_a_skipped_pixel_has_no_trace(flags: str, why: str, tmp_path: Path) -> None:
    header = "{\nSIZE1=12;\nSIZE2=12;\n}\f".ljust(512).encode()
    (tmp_path / "mask.img").write_bytes(header + bytes(288))
    with pytest.raises(InvalidInput) as failure:
        trace_of(flags, tmp_path)
    assert why in str(failure.value.why)
