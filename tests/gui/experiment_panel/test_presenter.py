"""The form's state and judgement, without widgets."""

from __future__ import annotations

import time

import pytest

from braggscope.experiment import Background, Crystal, Experiment, UnitCell
from braggscope.gui.experiment_panel.fields import specs_by_path
from braggscope.gui.experiment_panel.presenter import FormPresenter
from tests.gui.experiment_panel.samples import golden_experiments, simple

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def presenter_of(experiment: Experiment) -> FormPresenter:
    presenter = FormPresenter()
    presenter.load(experiment)
    return presenter


def test_fields_know_unit_range_and_default() -> None:
    wavelength = specs_by_path()["beam.wavelength_A"]
    assert wavelength.name == "Wavelength, Å"
    for part in (
        "Allowed: at least 1e-06 and at most 1e+06 Å",
        "Default: 1 Å",
        "beam.wavelength_A",
    ):
        assert part in wavelength.tooltip
    units = {path: spec.unit for path, spec in specs_by_path().items()}
    assert units["beam.fluence_per_m2"] == "/m²"
    assert units["background.water_um"] == "µm"
    assert units["detector.org_x_px"] == "px"
    assert units["crystal.cell.alpha_deg"] == "°"


@pytest.mark.parametrize("experiment", golden_experiments())
def test_what_is_put_in_comes_back_equal(experiment: Experiment) -> None:
    presenter = presenter_of(experiment)
    assert presenter.evaluate().draft == experiment
    assert presenter.evaluate().draft is experiment


@pytest.mark.parametrize("experiment", golden_experiments())
def test_typing_every_value_again_changes_nothing(experiment: Experiment) -> None:
    presenter = presenter_of(experiment)
    for leaf, spec in specs_by_path().items():
        if spec.kind == "number" and (text := presenter.state.text(leaf)):
            presenter.edit(leaf, "1.5 nonsense")
            assert presenter.evaluate().draft is None
            presenter.edit(leaf, text)
    typed = presenter.evaluate().draft
    assert typed is not None
    assert typed.model_dump() == experiment.model_dump()


def test_an_edit_keeps_the_sources_of_the_other_fields() -> None:
    presenter = presenter_of(simple())
    presenter.edit("detector.distance_mm", "120")
    edited = presenter.evaluate().experiment
    assert edited is not None
    assert edited.detector.distance_mm == 120
    assert edited.source_of("beam.wavelength_A") == "-lambda"
    assert edited.source_of("detector.distance_mm") == ""
    presenter.edit("detector.distance_mm", "100")
    assert presenter.evaluate().experiment == simple()


@pytest.mark.parametrize(
    ("leaf", "text", "where", "said"),
    [
        ("beam.wavelength_A", "-1", "beam.wavelength_A", "Wavelength = -1 Å is not allowed"),
        ("beam.wavelength_A", "", "beam.wavelength_A", "Wavelength is empty"),
        ("detector.pixel_mm", "0,1", "detector.pixel_mm", "write a point, not a comma"),
        ("crystal.cells_a", "2.5", "crystal.cells_a", "not a whole number"),
        ("beam.kahn_factor", "2", "beam.kahn_factor", "should be at most 1"),
        ("beam.wavelength_A", "nan", "beam.wavelength_A", "must be at least 1e-06"),
        ("crystal.cell.a_A", "", "crystal.cell", "Unit cell: a is missing"),
        ("crystal.cell.alpha_deg", "200", "crystal.cell.alpha_deg", "should be below 180 °"),
        ("detector.roi.fast_min", "3", "detector.roi", "are missing"),
        ("crystal.cell.alpha_deg", "-2", "crystal.cell.alpha_deg", "above 0 and below 180"),
        ("beam.flux_per_s", "-5", "beam.flux_per_s", "Flux = -5 /s can hardly be meant"),
        ("detector.org_x_px", "5", "detector.org_x_px", "ORGX has no effect: the convention"),
        ("detector.fast_axis.1", "1", "detector.fast_axis", "only the convention custom reads it"),
        ("detector.size_fast_mm", "102.4", "detector.size_fast_mm", "the pixels are counted"),
        ("crystal.mosaic_domains", "4", "crystal.mosaic_domains", "without a mosaic spread"),
    ],
)
def test_a_wrong_value_is_explained_at_its_field(
    leaf: str, text: str, where: str, said: str
) -> None:
    presenter = presenter_of(simple())
    presenter.edit(leaf, text)
    evaluation = presenter.evaluate()
    assert evaluation.experiment is None
    assert said in evaluation.problems[where]
    assert said in evaluation.summary


def test_values_that_do_not_go_together_are_explained() -> None:
    presenter = presenter_of(simple())
    presenter.edit("crystal.cell.alpha_deg", "170")
    presenter.edit("crystal.cell.beta_deg", "20")
    assert "no cell has the angles" in presenter.evaluate().problems["crystal.cell"].lower()
    presenter.reset("crystal.cell")
    assert "unit cell or an orientation matrix" in presenter.evaluate().problems["crystal"]


def test_a_flood_of_rotation_steps_is_refused_at_once() -> None:
    presenter = presenter_of(simple())
    presenter.edit("sampling.osc_deg", "3600")
    presenter.edit("sampling.phi_step_deg", "1e-9")
    assert "3.6e+12 φ steps are too many" in presenter.evaluate().problems["sampling.phi_step_deg"]


def test_many_mosaic_domains_do_not_slow_the_form() -> None:
    presenter = presenter_of(simple())
    presenter.edit("crystal.mosaic_spread_deg", "1")
    presenter.edit("crystal.mosaic_domains", "1000000")
    begin = time.perf_counter()
    experiment = presenter.evaluate().experiment
    assert time.perf_counter() - begin < 0.2
    assert experiment is not None
    assert experiment.crystal.mosaic_domains == 10**6


def test_automatic_values_and_hints() -> None:
    evaluation = presenter_of(simple()).evaluate()
    assert evaluation.automatic["sampling.phi_steps"] == "1"
    assert evaluation.automatic["detector.roi.fast_max"] == "127"
    assert evaluation.automatic["crystal.interpolate"] == "no"
    assert "Not used" in evaluation.hints["detector.size_fast_mm"]
    assert evaluation.shape == (128, 128)


def test_a_region_starts_as_the_whole_detector() -> None:
    presenter = presenter_of(simple())
    presenter.spell_out_region()
    experiment = presenter.evaluate().experiment
    assert experiment is not None
    assert experiment.detector.roi is not None
    assert experiment.detector.roi.slow_max == 127
    presenter.reset("detector.roi")
    assert presenter.evaluate().experiment == simple()


def test_a_file_made_experiment_without_sources_works() -> None:
    cell = UnitCell(a_A=10, b_A=11, c_A=12)
    experiment = Experiment(
        crystal=Crystal(cell=cell, default_F=1, cells_a=5, cells_b=5, cells_c=5),
        background=Background(),
    )
    assert presenter_of(experiment).evaluate().experiment == experiment
