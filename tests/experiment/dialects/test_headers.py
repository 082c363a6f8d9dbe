"""Image headers: SMV and miniCBF, and MOSFLM's matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import export_file, import_file, read_file
from braggscope.experiment.dialects.cbf import silicon_depth_um
from braggscope.experiment.doubts import CENTRE_FIELDS
from braggscope.physics.setup import Setup
from tests.experiment.dialects.placed import placed_experiments
from tests.experiment.dialects.plain import plain_experiments

REST = Experiment.build({"crystal": {"cell": {"a_A": 9, "b_A": 9, "c_A": 9}, "default_F": 1}})
ADSC = """{
HEADER_BYTES=  512;
DIM=2;
BYTE_ORDER=little_endian;
TYPE=unsigned_short;
SIZE1=2304;
SIZE2=2300;
PIXEL_SIZE=0.0816;
BIN=2x2;
TIME=1.0;
DISTANCE=150.0;
OSC_RANGE=0.5;
PHI=30.0;
OSC_START=31.0;
TWOTHETA=0.0;
AXIS=phi;
WAVELENGTH=1.1159;
BEAM_CENTER_X=94.1;
BEAM_CENTER_Y=93.5;
}
"""


def write(text: str, path: Path) -> Path:
    path.write_bytes(text.encode().ljust(512))
    return path


def assert_kept(setup: Setup, experiment: Experiment) -> None:
    """Every bit; but an automatic centre, in metres, need not have a number of mm that gives it."""
    before = resolve(experiment)
    said = experiment.detector
    if all(getattr(said, name) is not None for name in CENTRE_FIELDS[said.convention]):
        assert setup.digest() == before.digest()
    np.testing.assert_allclose(
        setup.detector.pix0_m, before.detector.pix0_m, rtol=1e-14, atol=1e-18
    )
    assert setup.detector.shape == before.detector.shape
    assert np.array_equal(setup.crystal.direct_m, before.crystal.direct_m)
    assert np.array_equal(setup.crystal.phi_rad, before.crystal.phi_rad)
    assert np.array_equal(setup.beam.wavelength_m, before.beam.wavelength_m)


@settings(deadline=None)
@given(plain_experiments())
def test_smv_keeps_every_bit_of_a_named_convention(tmp_path_factory, experiment) -> None:
    path = tmp_path_factory.mktemp("smv") / "x.img"
    export_file(experiment, path)
    setup = resolve(import_file(path, experiment))
    # A region of interest belongs to the base's detector, which the header takes the place of.
    assert_kept(setup, experiment.with_override("detector.roi", None))


@settings(deadline=None)
@given(plain_experiments())
def test_minicbf_keeps_every_bit_of_xds(tmp_path_factory, experiment) -> None:
    path = tmp_path_factory.mktemp("cbf") / "x.cbf"
    names = ("beam_x_mm", "beam_y_mm", "roi")
    kept = experiment.with_overrides(
        {
            **{f"detector.{name}": None for name in names},
            "detector.convention": "xds",
            "beam.kahn_factor": 0.25,  # Other values may change in their last bit.
        }
    )
    assert not [part for part in export_file(kept, path).lost if part.startswith("detector")]
    assert_kept(resolve(import_file(path, kept)), kept)


@settings(deadline=None)
@given(placed_experiments())
def test_a_header_keeps_the_place_of_beam_and_pixels_or_says_what_is_lost(
    tmp_path_factory, experiment: Experiment
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.img"
    lost = export_file(experiment, path).lost
    before, after = resolve(experiment), resolve(import_file(path, experiment))
    assert after.detector.pixel_m == before.detector.pixel_m
    assert after.detector.shape == before.detector.shape
    for name in ("Fbeam_m", "Sbeam_m"):
        if experiment.detector.twotheta_deg == 0:
            assert after.quantities[name].value == pytest.approx(
                before.quantities[name].value, rel=1e-9, abs=1e-12
            )
    same = np.allclose(_in_pixel_frame(before), _in_pixel_frame(after), atol=1e-9)
    assert same or any(part.startswith("detector") for part in lost)


def _in_pixel_frame(setup):
    axes = np.stack([setup.detector.fast, setup.detector.slow, setup.detector.normal])
    return np.concatenate([axes @ setup.detector.pix0_m, axes @ setup.beam.direction])


@settings(deadline=None)
@given(plain_experiments())
def test_matrix_files_keep_the_lattice(tmp_path_factory, experiment: Experiment) -> None:
    path = tmp_path_factory.mktemp("mat") / "x.mat"
    export_file(experiment, path)
    again = import_file(path, experiment)
    assert again.crystal.cell is None
    np.testing.assert_allclose(
        resolve(again).crystal.direct_m,
        resolve(experiment).crystal.direct_m,
        rtol=1e-11,
        atol=1e-20,
    )
    export_file(again, path.with_name("y.mat"))
    third = import_file(path.with_name("y.mat"), experiment)
    assert resolve(third).digest() == resolve(again).digest()


def test_an_adsc_header_is_read_as_mosflm_does(tmp_path: Path) -> None:
    path = write(ADSC, tmp_path / "x.img")
    imported = read_file(path)
    experiment = import_file(path, REST)
    assert experiment.detector.convention == "mosflm"
    assert experiment.detector.distance_mm == 150
    assert experiment.beam.wavelength_A == 1.1159
    assert (experiment.sampling.phi_start_deg, experiment.sampling.osc_deg) == (31, 0.5)
    setup = resolve(experiment)
    assert setup.detector.shape == (2300, 2304)
    assert setup.quantities["Fbeam_m"].value == pytest.approx(93.5e-3 + 0.0816e-3 / 2)
    assert setup.quantities["Sbeam_m"].value == pytest.approx(94.1e-3 + 0.0816e-3 / 2)
    assert any("BEAM_CENTER_X" in note and "MOSFLM" in note for note in imported.notes)
    assert any("AXIS, BIN, TIME" in part for part in imported.lost)


def test_mosflms_own_centre_beats_one_of_unknown_convention(tmp_path: Path) -> None:
    text = ADSC.replace("}", "MOSFLM_CENTER_X=1.0;\nMOSFLM_CENTER_Y=2.0;\n}")
    experiment = import_file(write(text, tmp_path / "x.img"), REST)
    assert (experiment.detector.beam_x_mm, experiment.detector.beam_y_mm) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ADSC.replace("}", ""), "does not end"),
        (ADSC.replace("SIZE2=2300;\n", ""), "SIZE2"),
        (ADSC.replace("150.0", "far"), "DISTANCE"),
        (ADSC.replace("2304", "0"), "SIZE1"),
    ],
)
def test_damaged_smv_headers_are_refused(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=expected):
        read_file(write(text, tmp_path / "x.img"))


def test_a_header_takes_the_place_of_the_whole_geometry(tmp_path: Path) -> None:
    base = REST.with_overrides(
        {"detector.rotation_x_deg": 5.0, "detector.close_distance_mm": 40.0, "crystal.cells_a": 9}
    )
    experiment = import_file(write(ADSC, tmp_path / "x.img"), base)
    assert experiment.detector.rotation_x_deg == 0
    assert experiment.detector.close_distance_mm is None
    assert experiment.crystal.cells_a == 9


def test_a_kept_matrix_is_scaled_to_the_headers_wavelength(tmp_path: Path) -> None:
    rows = ((0.02, 0, 0), (0, 0.03, 0), (0, 0, 0.04))
    base = Experiment.build(
        {"beam": {"wavelength_A": 2.0}, "crystal": {"matrix": {"rows": rows}, "default_F": 1}}
    )
    experiment = import_file(write(ADSC, tmp_path / "x.img"), base)
    np.testing.assert_allclose(
        resolve(experiment).crystal.direct_m, resolve(base).crystal.direct_m, rtol=1e-14
    )


def test_mosflms_long_form_tells_its_wavelength(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    path.write_text(
        " 0.01000000 0.0 0.0\n 0.0 0.00500000 0.0\n 0.0 0.0 0.00400000\n 0.0 0.0 0.0\n"
        " 1.0 0.0 0.0\n 0.0 1.0 0.0\n 0.0 0.0 1.0\n 50.0 100.0 125.0 90.0 90.0 90.0\n 0.0 0.0 0.0\n"
    )
    assert any("0.50000 Å" in note for note in read_file(path).notes)


def test_a_real_minicbf_header(shared: Path) -> None:
    path = shared / "data" / "pilatus6m_i03.cbf.gz"
    if not path.is_file():
        pytest.skip("pilatus6m_i03.cbf.gz is not among the reference data")
    experiment = import_file(path, REST)
    detector, setup = experiment.detector, resolve(experiment)
    assert detector.convention == "xds"
    assert setup.detector.shape == (2527, 2463)
    assert setup.detector.pixel_m == 172e-6
    assert detector.distance_mm == 291.47
    assert (detector.org_x_px, detector.org_y_px) == (1229.30, 1200.48)
    assert detector.thickness_um == 1000
    assert detector.attenuation_um == pytest.approx(271, abs=5)
    assert experiment.beam.wavelength_A == 0.97625
    assert experiment.beam.kahn_factor == pytest.approx(0.98)
    assert (experiment.sampling.phi_start_deg, experiment.sampling.osc_deg) == (45, 0.1)
    assert setup.detector.pix0_m[0] == pytest.approx(-(1229.30 - 0.5) * 172e-6)


def test_silicons_attenuation_is_that_of_the_tables() -> None:
    """NIST: mu/rho of silicon is 33.9 cm²/g at 10 keV, scattering included."""
    assert silicon_depth_um(1.239842) == pytest.approx(1e4 / (33.9 * 2.33), rel=0.05)
