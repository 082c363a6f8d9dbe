"""Geometry in HDF5 files: NeXus' transformations, and the plain numbers of EIGER master files."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from braggscope.api import DetectorImage, Provenance, Run
from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import Choice, import_file, read_file
from braggscope.io.images import write_image
from braggscope.io.nexus import to_nexus
from tests.experiment.dialects.placed import placed_experiments

REST = Experiment.build({"crystal": {"cell": {"a_A": 9, "b_A": 9, "c_A": 9}, "default_F": 1}})


def written(experiment: Experiment, path: Path) -> Path:
    """An image of an experiment, as Braggscope exports it."""
    run = Run(experiment=experiment, engine="torch-cpu")
    image = DetectorImage(
        np.zeros(run.setup.detector.shape, np.float32), None, Provenance(run, "1", "a processor")
    )
    write_image(image, path)
    return path


@settings(deadline=None, max_examples=40)
@given(placed_experiments())
def test_what_braggscope_exports_comes_back_in_nexus_frame(tmp_path_factory, experiment) -> None:
    before = resolve(experiment)
    # The plane of a detector that goes through the sample holds no image.
    assume(abs(float(before.detector.pix0_m @ before.detector.normal)) > 1e-6)
    path = written(experiment, tmp_path_factory.mktemp("nexus") / "x.h5")
    after = resolve(import_file(path, REST))
    turn = to_nexus(before)
    size = np.linalg.norm(before.detector.pix0_m)
    for name in ("fast", "slow"):
        expected = turn @ getattr(before.detector, name)
        np.testing.assert_allclose(getattr(after.detector, name), expected, atol=1e-13)
    np.testing.assert_allclose(
        after.detector.pix0_m, turn @ before.detector.pix0_m, rtol=0, atol=1e-12 * size
    )
    np.testing.assert_allclose(after.beam.direction, [0, 0, 1], atol=1e-15)
    spindle = turn @ before.crystal.spindle
    np.testing.assert_allclose(after.crystal.spindle, spindle / np.linalg.norm(spindle), atol=1e-13)
    assert after.detector.pixel_m == before.detector.pixel_m
    assert after.detector.shape == before.detector.shape
    assert after.beam.wavelength_m.tolist() == before.beam.wavelength_m.tolist()
    assert after.detector.sensor.thickness_m == before.detector.sensor.thickness_m


def eiger(path: Path, **changes: Any) -> Path:
    """A master file as older EIGERs write it: numbers without directions."""
    said: dict[str, Any] = {
        "instrument/beam/incident_wavelength": 0.9795,
        "instrument/detector/beam_center_x": 1023.5,
        "instrument/detector/beam_center_y": 1101.25,
        "instrument/detector/detector_distance": 0.2,
        "instrument/detector/x_pixel_size": 7.5e-5,
        "instrument/detector/y_pixel_size": 7.5e-5,
        "instrument/detector/sensor_thickness": 4.5e-4,
        "instrument/detector/sensor_material": "Si",
        "instrument/detector/detectorSpecific/x_pixels_in_detector": 2070,
        "instrument/detector/detectorSpecific/y_pixels_in_detector": 2167,
        "sample/goniometer/omega": np.array([10.0, 10.1, 10.2]),
        "sample/goniometer/omega_increment": 0.1,
    }
    with h5py.File(path, "w") as file:
        for name, value in (said | changes).items():
            if value is not None:
                file[f"entry/{name}"] = value
    return path


def test_an_eigers_master_file(tmp_path: Path) -> None:
    path = eiger(tmp_path / "x_master.h5")
    imported = read_file(path, Choice(image=2))
    experiment = import_file(path, REST, Choice(image=2))
    detector = experiment.detector
    assert (detector.pixels_slow, detector.pixels_fast) == (2167, 2070)
    assert (detector.org_x_px, detector.org_y_px) == (1023.5, 1101.25)
    assert (detector.distance_mm, detector.pixel_mm) == (200.0, 0.075)
    assert detector.thickness_um == 450
    assert detector.attenuation_um == pytest.approx(269, abs=5)
    assert experiment.beam.wavelength_A == 0.9795
    assert experiment.sampling.phi_start_deg == 10.1
    assert experiment.sampling.osc_deg == 0.1
    assert "image 2 of 3" in imported.notes


@pytest.mark.parametrize(
    ("unit", "value", "wavelength"),
    [("nm", 0.1, 1.0), ("m", 1.5e-10, 1.5), ("angstrom", 1.1, 1.1), ("Angstroms", 1.1, 1.1)],
)
def test_wavelengths_in_any_unit(
    tmp_path: Path, unit: str, value: float, wavelength: float
) -> None:
    path = eiger(tmp_path / "x.h5", **{"instrument/beam/incident_wavelength": value})
    with h5py.File(path, "a") as file:
        file["entry/instrument/beam/incident_wavelength"].attrs["units"] = unit
    assert import_file(path, REST).beam.wavelength_A == pytest.approx(wavelength, rel=1e-15)


def test_energies_need_a_unit(tmp_path: Path) -> None:
    energy = {"instrument/beam/incident_wavelength": None, "instrument/beam/incident_energy": 12400}
    path = eiger(tmp_path / "x.h5", **energy)
    with pytest.raises(InvalidInput, match=r"the unit '' of .*incident_energy"):
        import_file(path, REST)
    for unit, wavelength in (("eV", 0.99987), ("keV", 0.99987e-3)):
        with h5py.File(path, "a") as file:
            file["entry/instrument/beam/incident_energy"].attrs["units"] = unit
        assert import_file(path, REST).beam.wavelength_A == pytest.approx(wavelength, rel=1e-4)


def test_a_rotation_backwards_without_an_axis_is_said_to_be_lost(tmp_path: Path) -> None:
    path = eiger(tmp_path / "x.h5", **{"sample/goniometer/omega_increment": -0.1})
    assert any("backwards" in part for part in read_file(path).lost)
    assert not any("backwards" in part for part in read_file(eiger(tmp_path / "y.h5")).lost)


def test_a_goniometer_backwards_where_no_module_is_placed_keeps_its_start(tmp_path: Path) -> None:
    """Its axis is not taken, so that it cannot be turned round instead."""
    path = eiger(tmp_path / "x.h5", **{"sample/goniometer/omega": None})
    name = "/entry/sample/transformations/omega"
    with h5py.File(path, "a") as file:
        file["entry/sample/depends_on"] = name
        file[name] = 30.0 - 0.1 * np.arange(3)
        file[name].attrs.update(
            transformation_type="rotation", units="deg", vector=(-1.0, 0.0, 0.0), depends_on="."
        )
    sampling = import_file(path, REST).sampling
    assert (sampling.phi_start_deg, sampling.osc_deg) == (30.0, pytest.approx(0.1))
    assert any("backwards" in part for part in read_file(path).lost)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"instrument/detector/x_pixel_size": None}, "does not describe its detector"),
        ({"instrument/detector/y_pixel_size": 1e-4}, "not square"),
        ({"instrument/detector/detector_distance": np.nan}, "finite"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    tmp_path: Path, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidInput, match=text):
        import_file(eiger(tmp_path / "x.h5", **changes), REST)


def test_a_plain_dataset_says_nothing_of_a_detector(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["image"] = np.zeros((3, 4))
    with pytest.raises(InvalidInput, match="nothing of beam and detector"):
        read_file(tmp_path / "x.h5")


@pytest.mark.parametrize("target", ["/entry/instrument/detector/nothing", "module_offset"])
def test_a_chain_that_leads_nowhere_or_round_is_named(tmp_path: Path, target: str) -> None:
    path = written(REST.with_overrides(_SMALL), tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        module = file["entry/instrument/detector/module"]
        module["module_offset"].attrs["depends_on"] = target
    with pytest.raises(InvalidInput, match=r"does not hold|circle"):
        read_file(path)


_SMALL = {"detector.pixels_fast": 9, "detector.pixels_slow": 7}


@settings(deadline=None, max_examples=60)
@given(place=st.floats(0, 1), length=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
def test_damaged_files_are_errors_or_read(tmp_path_factory, place, length, seed) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(written(REST.with_overrides(_SMALL), folder / "x.h5").read_bytes())
    start = 8 + int(place * (len(content) - 9))
    noise = np.random.default_rng(seed).integers(0, 256, length, np.uint8).tobytes()
    if seed % 3 == 0:
        del content[start:]
    else:
        content[start : start + length] = noise
    path = folder / "y.h5"
    path.write_bytes(content)
    # Anything but one of our errors fails the test.
    with contextlib.suppress(BraggscopeError):
        resolve(import_file(path, REST))
