"""What the plots say and show, without Qt."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import (
    API_VERSION,
    BraggscopeError,
    DetectorImage,
    ImageRegion,
    Masked,
    Pixel,
    Provenance,
    Rectangle,
    Run,
    Shell,
)
from braggscope.experiment import Experiment
from braggscope_plots import plots, plugin
from braggscope_plots.figure import AxisText, Curve
from braggscope_plots.pixels import go_on
from braggscope_plots.plots import COLUMN, LINE, ROW, PlotKind
from braggscope_plots.scatter import Cells, scatter
from braggscope_plots.scatter_map import ScatterMap, pooled_rows
from braggscope_plots.state import Options, State, counted, geometry_of, problem_text
from braggscope_plots.tables import Column, comma_separated, tsv
from braggscope_plots.ticks import log_texts, resolution_ticks
from braggscope_plots.wording import count, number

SHAPE = (40, 30)
FLAGS = "-cell 40 50 60 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 40 -pixel 1"
ALL = (plots.HISTOGRAM, plots.PROFILE, plots.RADIAL, plots.RELATIVE)


def run() -> Run:
    flags = f"{FLAGS} -detpixels_x 30 -detpixels_y 40".split()
    return Run(experiment=Experiment.from_nanobragg(flags), engine="x")


def image(factor: float = 1.0, shape: tuple[int, int] = SHAPE, **more: object) -> DetectorImage:
    data = np.outer(np.arange(1.0, shape[0] + 1), np.arange(shape[1])) * factor
    mask = np.zeros(shape, dtype=np.bool_)
    mask[0, 0] = True
    return DetectorImage(data, mask, Provenance(more.get("run")))  # type: ignore[arg-type]


def state(**changes: object) -> State:
    of = run()
    made: dict[str, object] = {
        "images": {"A": image(run=of), "B": image(1.1, run=of)},
        "labels": {"A": "torch CPU", "B": "nanoBragg (C)"},
        "cursor": Pixel(3, 4),
        "line": ((0.5, 0.5), (20.5, 20.5)),
    }
    return State(**{**made, **changes})  # type: ignore[arg-type]


def options(plot: PlotKind, **changes: object) -> Options:
    first = plot.kinds[0][0] if plot.kinds else ""
    return Options(**{"kind": first, **changes})  # type: ignore[arg-type]


def test_the_plugin_is_light_and_names_six_docks() -> None:
    assert plugin.MANIFEST.api_version == API_VERSION
    views = plugin.braggscope_views()
    assert len({view.id for view in views}) == len(views) == 6
    assert {view.area for view in views} == {"bottom"}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
@pytest.mark.parametrize("log", [False, True])
def test_every_plot_of_a_pair_has_curves_units_and_numbers(kind: PlotKind, log: bool) -> None:
    for choice in [name for name, _ in kind.kinds] or [""]:
        chosen = options(kind, kind=choice, log_x=log, log_y=log)
        assert kind.refusal(state(), chosen) == ""
        figure = kind.compute(state(), chosen, go_on)
        assert figure.summary
        assert all(panel.x.label and panel.y.label for panel in figure.panels)
        drawn = [c for panel in figure.panels for c in panel.curves if c.drawn]
        assert all(len(c.x) in (len(c.y), len(c.y) + 1) for c in drawn)
        assert len({len(column.values) for column in figure.columns}) == 1
        # Never colour alone: curves of a panel differ in their roles, which have line styles.
        for panel in figure.panels:
            roles = [c.role for c in panel.curves if c.drawn]
            assert len(set(roles)) == len(roles)
        middle = float(np.nanmean(figure.panels[0].x.placed(drawn[0].x)))
        assert figure.panels[0].x.name in figure.readout(middle)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
def test_nothing_to_plot_says_what_to_do(kind: PlotKind) -> None:
    refusal = kind.refusal(State(), options(kind))
    assert "F5" in refusal
    assert kind.refusal(state(), options(kind)) == ""


def test_what_is_missing_is_said() -> None:
    alone = state(images={"A": image(run=run())})
    assert "no image of B" in plots.RELATIVE.refusal(alone, Options())
    assert plots.HISTOGRAM.refusal(alone, Options()) == ""
    unequal = state(images={"A": image(), "B": image(shape=(4, 5))})
    assert "4 × 5" in plots.RELATIVE.refusal(unequal, Options())
    assert plots.HISTOGRAM.compute(unequal, Options(), go_on).summary.startswith("A: 1 199")
    no_line = state(line=None, cursor=None)
    assert "No line" in plots.PROFILE.refusal(no_line, Options(kind=LINE))
    assert "row" in plots.PROFILE.refusal(no_line, Options(kind=ROW))
    assert "column" in plots.PROFILE.refusal(no_line, Options(kind=COLUMN))


def test_a_profile_along_a_row_is_the_row_and_its_difference() -> None:
    figure = plots.PROFILE.compute(state(), Options(kind=ROW), go_on)
    a, b = (state().images[side].data[3].astype(float) for side in "AB")
    assert np.array_equal(figure.panels[0].curves[0].y, a)
    assert np.array_equal(figure.panels[1].curves[0].y, b - a)
    assert figure.columns[1].values.tolist() == [3] * 30
    assert "B−A" in figure.readout(4.0)
    assert "Fast 4 pixels" in figure.readout(4.0)


def test_one_image_alone_has_a_radial_mean_without_residual() -> None:
    alone = state(images={"B": image(run=run())})
    figure = plots.RADIAL.compute(alone, options(plots.RADIAL), go_on)
    assert len(figure.panels) == 1
    assert [c.role for c in figure.panels[0].curves if c.drawn] == ["b"]
    assert "pixels" in figure.readout(0.3)


def test_images_from_files_have_no_resolution_and_say_so() -> None:
    files = state(images={"A": image(), "B": image(1.1)})
    with pytest.raises(BraggscopeError) as caught:
        plots.RADIAL.compute(files, options(plots.RADIAL), go_on)
    assert "run of the experiment" in problem_text(caught.value)
    one = state(images={"A": image(), "B": image(run=run())})
    assert geometry_of(one).wavelength_A == pytest.approx(1.0)


def test_a_region_restricts_what_counts_and_the_complement_shows_what_does_not() -> None:
    regions = (
        ImageRegion(name="box", shape=Rectangle(slow=0, fast=0, height=2, width=3)),
        ImageRegion(name="hidden", shape=Masked()),
        ImageRegion(name="shell", shape=Shell(d_min_A=1.0, d_max_A=3.0)),
    )
    of = state(regions=regions)
    assert counted(of, Options(), ("A", "B")).left_out == 1
    assert counted(of, Options("box"), ("A", "B")).left_out == 1200 - 5
    assert counted(of, Options("hidden"), ("A", "B")).left_out == 1200 - 1
    assert counted(of, Options("gone"), ("A", "B")).left_out == 1
    assert 0 < counted(of, Options("shell"), ("A", "B")).left_out < 1200
    found = plots.HISTOGRAM.compute(of, Options("box", log_x=False), go_on)
    assert found.panels[0].curves[0].y.sum() == 5
    assert plots.HISTOGRAM.watches(Options("box")) == {"regions"}
    assert plots.HISTOGRAM.watches(Options()) == frozenset()


def test_shares_below_and_above_are_one_together() -> None:
    below = plots.RELATIVE.compute(state(), Options(log_y=False), go_on)
    above = plots.RELATIVE.compute(state(), Options(log_y=True), go_on)
    total = below.panels[0].curves[0].y + above.panels[0].curves[0].y
    assert total == pytest.approx(np.ones_like(total))
    assert "or more" in above.panels[0].y.label


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan, -np.inf])
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
def test_constant_and_broken_images_have_a_figure(kind: PlotKind, value: float) -> None:
    data = DetectorImage(np.full(SHAPE, value), None, Provenance(run()))
    figure = kind.compute(state(images={"A": data, "B": data}), options(kind), go_on)
    assert figure.summary
    figure.readout(0.2)


def test_a_curve_is_read_at_its_bin_or_its_nearest_point() -> None:
    steps = Curve("A", "a", np.array([0.0, 1.0, 3.0]), np.array([5.0, 7.0]))
    assert [steps.at(x) for x in (0.0, 0.9, 1.0, 3.0)] == [5.0, 5.0, 7.0, 7.0]
    points = Curve("A", "a", np.array([0.0, 1.0, 3.0]), np.array([5.0, 6.0, 7.0]))
    assert [points.at(x) for x in (0.4, 0.6, 1.9, 2.1, 3.0)] == [5.0, 6.0, 6.0, 7.0, 7.0]
    assert points.at(-0.1) is None
    assert Curve("A", "a", np.zeros(0), np.zeros(0)).at(1.0) is None


@given(st.floats(1e-300, 1e300))
def test_a_logarithmic_axis_gives_a_value_back(value: float) -> None:
    axis = AxisText("x", "m", "log")
    placed = axis.placed(np.array([value, 0.0, -1.0]))
    assert axis.value(float(placed[0])) == pytest.approx(value, rel=1e-10)
    assert np.isnan(placed[1:]).all()


@given(st.floats(0.0, 2.0), st.floats(1e-6, 3.0), st.integers(1, 20))
def test_ticks_of_resolution_are_round_and_apart(low: float, wide: float, most: int) -> None:
    places = resolution_ticks(low, low + wide, most)
    assert all(low <= place <= low + wide for place in places)
    assert (np.diff(places) >= wide / most * (1 - 1e-9)).all()
    assert all(float(f"{1.0 / place:.2g}") == pytest.approx(1.0 / place) for place in places)


def test_ticks_of_a_logarithmic_axis_are_told_apart() -> None:
    assert log_texts([-10.0, -1.0, 0.0, 3.0, 5.0]) == ["10⁻¹⁰", "0.1", "1", "1000", "10⁵"]
    narrow = log_texts([2.0, 2.01, 2.02, 2.03])
    assert len(set(narrow)) == 4
    assert log_texts([]) == []


def test_places_in_the_scatter_mean_bins() -> None:
    pair = counted(state(), Options(), ("A", "B"))
    scatter_map = ScatterMap.of(scatter(pair, log=True, bins=20))
    band = scatter_map.band
    assert band is not None
    assert band[1] < scatter_map.edges[0]
    assert scatter_map.bin_at(band[0]) == -1
    assert scatter_map.bin_at((band[1] + scatter_map.edges[0]) / 2) is None
    low, high = scatter_map.range
    everything = scatter_map.cells_between((low, high), (high, low))
    assert everything == Cells(-1, len(scatter_map.edges) - 2, -1, len(scatter_map.edges) - 2)
    assert scatter_map.count_in(everything) == pair.size - 1
    for cells in (Cells(-1, -1, -1, -1), Cells(0, 0, 3, 5), everything):
        x_low, x_high, y_low, y_high = scatter_map.rectangle_of(cells)
        inset = 1e-9
        again = scatter_map.cells_between(
            (x_low + inset, x_high - inset), (y_low + inset, y_high - inset)
        )
        assert again == cells
    assert scatter_map.cells_between((high + 1, high + 2), (low, high)) is None
    assert "≤ 0" in scatter_map.words(Cells(-1, -1, 0, 0))
    assert sum(column.values[-1] for column in scatter_map.columns()[-1:]) > 0
    linear = ScatterMap.of(scatter(pair, log=False, bins=20))
    assert linear.band is None
    assert linear.columns()[-1].values.sum() == pair.size - 1


@given(st.integers(1, 30), st.integers(1, 40))
def test_no_count_vanishes_where_bins_share_a_row(rows: int, factor: int) -> None:
    counts = np.arange(rows * 3).reshape(rows, 3)
    pooled = pooled_rows(counts, factor)
    assert len(pooled) == -(-rows // factor)
    assert np.array_equal(pooled.max(axis=0), counts.max(axis=0))


def test_tables_keep_every_digit() -> None:
    values = np.array([0.1 + 0.2, np.nan, -np.inf])
    columns = [Column("a, b", np.arange(3)), Column("x (m)", values)]
    lines = tsv(columns).splitlines()
    assert lines[0] == "a, b\tx (m)"
    assert float(lines[1].split("\t")[1]) == 0.1 + 0.2
    read = list(csv.reader(io.StringIO(comma_separated(columns))))
    assert read[0] == ["a, b", "x (m)"]
    assert math.isnan(float(read[2][1]))


def test_numbers_in_words() -> None:
    assert number(-1.5e-7) == "−1.5e−7"
    assert number(math.nan) == "—"
    assert number(-math.inf) == "−∞"
    assert count(1) == "1 pixel"
    assert count(1234567, "zero") == "1 234 567 zeros"
