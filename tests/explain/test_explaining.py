"""One change in one run is found again from the two images alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from braggscope.api import (
    Cancelled,
    DetectorImage,
    EngineContribution,
    InvalidInput,
    Pixel,
    Provenance,
    Run,
    RunContext,
    Semantics,
)
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope.explain import explaining
from braggscope.explain.explaining import Explanation, explain
from braggscope.explain.hypotheses import hypotheses_for
from braggscope.explain.residual import residual_of
from braggscope.explain.start import beginnings, sample_pixels
from braggscope_torch.engine import create
from braggscope_torch.plugin import braggscope_engines

ENGINE: EngineContribution = braggscope_engines()[0]
FLAGS = (
    "-cell 100 90 80 90 100 90 -misset 10 20 30 -default_F 100 -lambda 1 -distance 100 -N 5"
    " -pixel 0.8 -detpixels_f 96 -detpixels_s 80 -oversample 2 -mosaic 0.5 -mosaic_domains 3"
    " -osc 1 -phisteps 2 -detector_thick 450 -detector_abs 300 -detector_thicksteps 2"
)


@dataclass
class Done:
    """A job that has ended."""

    value: Any

    def result(self) -> Any:
        return self.value


class InProcess:
    """What is asked of a host, without processes."""

    def __init__(self) -> None:
        self.engine = create("torch-cpu", {})
        self.rendered: list[Run] = []

    def render(self, run: Run) -> Done:
        self.rendered.append(run)
        prepared = self.engine.prepare(run)
        image = np.zeros(prepared.shape, dtype=prepared.dtype)
        self.engine.render(run, image, RunContext())
        return Done(DetectorImage(image, None, Provenance(run)))

    def trace(self, run: Run, pixels: Any) -> Done:
        return Done(self.engine.trace(run, list(pixels), RunContext()))


def run_of(flags: str = FLAGS, **said: Any) -> Run:
    return Run(experiment=Experiment.from_nanobragg(flags.split()), engine="torch-cpu", **said)


def explained(b: Run, a: Run | None = None) -> Explanation:
    return explain(InProcess(), a or run_of(), b, ENGINE)


@pytest.mark.parametrize(
    "identity",
    [
        "semantics.omega=mean",
        "semantics.omega=last",
        "semantics.polarization=per-evaluation",
        "semantics.capture=last",
        "semantics.phi_carry_over=off",
        "semantics.thickness_layers=exact",
        "crystal.misset_deg:as_radians",
        "crystal.misset_deg:reversed",
        "sampling.osc_deg:converted_twice",
        "detector.distance_mm*10",
        "detector.thickness_um*0.001",
        "wavelength*1.001",
        "centre_x+0.5px",
        "centre_swapped",
        "kahn=1",
        "polarized",
        "N-1",
        "shape=gauss",
        "no_mosaic",
        "oversample-1",
        "point_pixel",
    ],
)
def test_a_change_is_found_again(identity: str) -> None:
    a = run_of()
    changes = {one.id: one for one in hypotheses_for(a, ENGINE)}
    found = explained(changes[identity].applied(a), a)
    assert found.best is not None
    explaining = [trial.hypothesis.id for trial in found.trials if trial.explains]
    # Some changes are one: what has no thickness has no layers either.
    assert identity in explaining
    assert len(explaining) <= 3
    assert found.trials[0].removed == pytest.approx(1.0)


def test_what_is_known_to_differ_is_tried() -> None:
    """No guess comes near a wavelength that is 0.7 % longer: it is B's override."""
    a = run_of()
    b = a.model_copy(update={"overrides": (("beam.wavelength_A", 1.007),)})
    found = explained(b, a)
    assert found.best is not None
    assert found.best.explains
    assert found.best.hypothesis.lines() == ("beam.wavelength_A=1.007",)


def test_images_without_a_number_have_a_middle_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explaining, "USUAL_WORK", 1)

    class Blank(InProcess):
        def render(self, run: Run) -> Done:
            made = super().render(run).value
            return Done(DetectorImage(np.full_like(made.data, np.nan), None, made.provenance))

    region = explaining.region_of_interest(Blank(), run_of(), run_of())
    height = run_of().setup.detector.shape[0]
    assert 0 <= region.slow_min <= region.slow_max < height
    assert region.slow_max - region.slow_min + 1 < height


def test_an_image_with_swapped_axes_is_recognised() -> None:
    flags = FLAGS.replace("-detpixels_s 80", "-detpixels_s 96")

    class Swapping(InProcess):
        def render(self, run: Run) -> Done:
            made = super().render(run).value
            is_b = run.semantics.water_scale == "once"
            data = np.ascontiguousarray(made.data.T) if is_b else made.data
            return Done(DetectorImage(data, None, made.provenance))

    b = run_of(flags, semantics=Semantics(water_scale="once"))
    found = explain(Swapping(), run_of(flags), b, ENGINE)
    assert found.best is not None
    assert found.best.hypothesis.id == "image.transposed"
    assert found.best.explains


def test_runs_that_agree_have_nothing_to_explain() -> None:
    found = explained(run_of())
    assert found.before.is_rounding
    assert found.best is None


def test_two_changes_at_once_are_not_explained_by_one_but_the_larger_leads() -> None:
    b = run_of(semantics=Semantics(omega="last"), overrides=(("crystal.cells_a", 4),))
    found = explained(b)
    assert not any(trial.explains for trial in found.trials)
    assert found.trials[0].hypothesis.id == "Na-1"


def test_only_what_an_engine_can_try_is_tried() -> None:
    poor = EngineContribution("poor", "Poor", "a:b", semantics={"omega": ("first", "mean")})
    names = {one.id for one in hypotheses_for(run_of(), poor)}
    assert {name for name in names if name.startswith("semantics.")} == {"semantics.omega=mean"}


def test_what_cannot_be_simulated_is_said_and_the_rest_goes_on() -> None:
    class Refusing(InProcess):
        def render(self, run: Run) -> Done:
            if not run.effective_experiment.beam.polarized:
                raise _refusal()
            return super().render(run)

    b = run_of(semantics=Semantics(omega="mean"))
    found = explain(Refusing(), run_of(), b, ENGINE)
    refused = [trial for trial in found.trials if trial.problem]
    assert [trial.hypothesis.id for trial in refused] == ["polarized"]
    assert "no light today" in refused[0].problem
    assert found.best is not None
    assert found.best.hypothesis.id == "semantics.omega=mean"


def _refusal() -> Exception:
    from braggscope.api import EngineFailed

    return EngineFailed("no light today")


def test_a_changed_copy_of_a_run_forgets_what_the_old_one_worked_out() -> None:
    run = run_of()
    before = run.setup.digest()
    copied = run.model_copy(update={"overrides": (("beam.wavelength_A", 1.1),)})
    assert copied.setup.digest() != before
    assert copied.effective_experiment.beam.wavelength_A == 1.1


def test_cancelling_ends_it() -> None:
    def tell(fraction: float, what: str) -> None:
        if fraction > 0.2:
            raise Cancelled

    host = InProcess()
    b = run_of(semantics=Semantics(omega="mean"))
    with pytest.raises(Cancelled):
        explain(host, run_of(), b, ENGINE, tell=tell)
    assert len(host.rendered) < 40


def test_of_a_large_image_a_strip_about_the_largest_difference_is_tried() -> None:
    flags = "-cell 90 90 90 90 90 90 -default_F 10 -lambda 1 -distance 100 -N 3 -pixel 0.1"
    a = run_of(f"{flags} -detpixels 1200 -oversample 1 -phisteps 300 -osc 1 -roi 0 1199 400 439")
    b = a.model_copy(update={"overrides": (("beam.polarized", False),)})
    host = InProcess()
    inside = np.zeros((1200, 1200), bool)
    inside[410:413, :100] = True
    found = explain(host, a, b, ENGINE, inside=inside)
    assert found.best is not None
    assert found.best.hypothesis.id == "polarized"
    assert found.region == RegionOfInterest(fast_min=0, fast_max=99, slow_min=410, slow_max=412)


def test_pixels_outside_do_not_tell() -> None:
    """A ring: its middle is in the rectangle that is simulated, and does not count."""
    a = run_of()
    b = a.model_copy(update={"overrides": (("beam.polarized", False),)})
    rows, columns = np.indices(InProcess().render(a).result().shape)
    ring = np.hypot(rows - rows.mean(), columns - columns.mean()) > 0.3 * len(rows)
    found = explain(InProcess(), a, b, ENGINE, inside=ring)
    assert found.before.pixels == ring.sum()


def test_a_region_without_pixels_is_refused() -> None:
    a = run_of()
    nothing = np.zeros(InProcess().render(a).result().shape, bool)
    with pytest.raises(InvalidInput, match="no pixel of the region"):
        explain(InProcess(), a, a, ENGINE, inside=nothing)


def test_the_residual_does_not_depend_on_the_unit() -> None:
    a = np.array([[1.0, 2.0], [3.0, np.nan]])
    b = np.array([[1.0, 2.5], [3.0, 7.0]])
    counts = np.ones(a.shape, dtype=bool)
    one = residual_of(a, b, counts)
    other = residual_of(a * 1e-200, b * 1e-200, counts)
    assert one.pixels == 3
    assert other.squares / other.total == pytest.approx(one.squares / one.total)


def test_samples_hold_the_largest_difference_the_strongest_pixel_and_the_corners() -> None:
    a = np.ones((40, 60))
    a[10, 20] = 100.0
    b = a.copy()
    b[30, 7] = 1.5
    images = [DetectorImage(data, None, Provenance(None)) for data in (a, b)]
    pixels = sample_pixels(images[0], images[1], 40)
    assert pixels[0] == Pixel(30, 7)
    assert {Pixel(10, 20), Pixel(0, 0), Pixel(39, 59), Pixel(0, 59), Pixel(39, 0)} <= set(pixels)
    assert len(pixels) <= 40


def test_masked_pixels_are_not_sampled() -> None:
    data = np.ones((10, 10))
    mask = np.zeros((10, 10), dtype=bool)
    mask[:, :5] = True
    image = DetectorImage(data, mask, Provenance(None))
    assert all(pixel.fast >= 5 for pixel in sample_pixels(image, image, 30))
    nothing = DetectorImage(data, np.ones((10, 10), dtype=bool), Provenance(None))
    assert sample_pixels(nothing, nothing, 30) == ()


def test_the_statistics_name_where_pixels_begin_to_differ() -> None:
    a = run_of()
    b = a.model_copy(update={"overrides": (("beam.wavelength_A", 1.001),)})
    pixels = [Pixel(0, 0), Pixel(40, 50), Pixel(79, 95)]
    found = beginnings(InProcess(), a, b, pixels)
    assert found.shares == {"lambda0_m": 1.0}
    assert "lambda0_m" in found.sentences["lambda0_m"]
    same = beginnings(InProcess(), a, a, pixels)
    assert same.shares == {None: 1.0}
