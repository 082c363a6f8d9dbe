"""Lines that a run sets otherwise: fields and semantics."""

from __future__ import annotations

import pytest

from braggscope.api.overrides import override
from braggscope.api.run import Run, differences
from braggscope.api.semantics import (
    PRESETS,
    Semantics,
    preset_name,
    semantics_text,
    unlike_nanobragg,
)
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment

FLAGS = "-cell 100 100 100 90 90 90 -default_F 1 -N 5"
EXPERIMENT = Experiment.from_nanobragg(FLAGS.split())


def test_lines_apply_one_after_the_other() -> None:
    lines = ["beam.wavelength_A*=2", "", "semantics=physical", "beam.wavelength_A*=2"]
    changed = override(EXPERIMENT, [*lines, 'semantics.omega = "mean"'])
    assert changed.values == {"beam.wavelength_A": 4.0}
    assert changed.experiment.beam.wavelength_A == 4.0
    assert changed.semantics.omega == "mean"
    assert changed.semantics.water_scale == "once"


def test_they_start_from_the_semantics_of_all_runs() -> None:
    start = Semantics(capture="last")
    assert override(EXPERIMENT, ["semantics.omega=mean"], start).semantics.capture == "last"
    assert override(EXPERIMENT, ["semantics=nanobragg"], start).semantics == Semantics()


@pytest.mark.parametrize("line", ["semantics", "semantics=", "semantics.omega", "semanticsx=1"])
def test_half_a_line_is_an_error(line: str) -> None:
    with pytest.raises(InvalidInput):
        override(EXPERIMENT, [line])


def test_differences_name_options_as_overrides_do() -> None:
    a = Run(experiment=EXPERIMENT, engine="x")
    b = a.model_copy(update={"semantics": Semantics(omega="mean")})
    assert differences(a, b) == [("semantics.omega", "first", "mean")]


def test_semantics_in_words() -> None:
    assert preset_name(Semantics()) == "nanobragg"
    assert semantics_text(Semantics()) == ""
    assert semantics_text(PRESETS["physical"]) == "physical"
    assert preset_name(Semantics(omega="mean")) is None
    assert semantics_text(Semantics(omega="mean", capture="last")) == "omega=mean, capture=last"
    assert unlike_nanobragg(Semantics(omega="mean")) == {"omega": "mean"}
