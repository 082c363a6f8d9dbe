"""Runs: identity, cache keys, and what differs between two of them."""

from __future__ import annotations

import pytest

from braggscope.api import Run
from braggscope.api.run import differences
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope.experiment.overrides import parse_override
from tests.experiment.test_nanobragg_dialect import CUBIC

EXPERIMENT = Experiment.from_nanobragg(CUBIC.split())


def test_runs_are_hashable_and_survive_messages() -> None:
    run = Run(experiment=EXPERIMENT, engine="torch-cpu", overrides=(("beam.wavelength_A", 1.1),))
    again = Run.model_validate_json(run.model_dump_json())
    assert again == run
    assert hash(again) == hash(run)
    assert again.setup.digest() == run.setup.digest()


def test_the_cache_key_follows_what_the_image_depends_on() -> None:
    base = Run(experiment=EXPERIMENT, engine="torch-cpu")
    same = Run(experiment=EXPERIMENT, engine="torch-cpu", overrides=(("beam.wavelength_A", 1.0),))
    assert base.cache_key("1") == same.cache_key("1")
    assert base.cache_key("1") != base.cache_key("2")
    for other in (
        Run(experiment=EXPERIMENT, engine="nanobragg-c"),
        Run(experiment=EXPERIMENT, engine="torch-cpu", options=(("precision", "mixed"),)),
        Run(experiment=EXPERIMENT, engine="torch-cpu", overrides=(("beam.wavelength_A", 1.1),)),
        Run(
            experiment=EXPERIMENT,
            engine="torch-cpu",
            region=RegionOfInterest(fast_min=0, fast_max=5, slow_min=0, slow_max=5),
        ),
    ):
        assert other.cache_key("1") != base.cache_key("1")


def test_differences_name_fields_and_engines() -> None:
    a = Run(experiment=EXPERIMENT, engine="torch-cpu")
    b = Run(experiment=EXPERIMENT, engine="nanobragg-c", overrides=(("beam.wavelength_A", 1.0001),))
    expected = [("beam.wavelength_A", 1.0, 1.0001), ("engine", "torch-cpu", "nanobragg-c")]
    assert differences(a, b) == expected
    mixed = a.model_copy(update={"options": (("precision", "mixed"),)})
    assert differences(mixed, b) == expected
    assert differences(a, mixed) == [("option precision", "", "mixed")]


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("beam.wavelength_A=1.5", "beam.wavelength_A", 1.5),
        ("beam.wavelength_A *= 1.0001", "beam.wavelength_A", 1.0001),
        ("detector.distance_mm-=1", "detector.distance_mm", 99.0),
        ("detector.convention=xds", "detector.convention", "xds"),
        ("crystal.misset_deg=[1, 2, 3]", "crystal.misset_deg", [1, 2, 3]),
        ("crystal.cell.a_A+=0.5", "crystal.cell.a_A", 100.5),
    ],
)
def test_overrides_read_as_written(text: str, path: str, value: object) -> None:
    parsed = parse_override(EXPERIMENT, text)
    assert parsed == (path, pytest.approx(value) if isinstance(value, float) else value)
    EXPERIMENT.with_overrides(dict([parsed]))


@pytest.mark.parametrize(
    "text", ["nonsense", "beam.nope=1", "beam.wavelength_A*=x", "sampling.oversample*=2", "beam=1"]
)
def test_bad_overrides_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        EXPERIMENT.with_overrides(dict([parse_override(EXPERIMENT, text)]))
