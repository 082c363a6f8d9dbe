"""Where divergence starts over an image: a fault that matters in a part of it shows there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from braggscope.api import Cancelled, DetectorImage, InvalidInput, Pixel, Provenance, Run
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.smv import write_mask
from braggscope.explain.looks import looks_of, nearest_samples, uncrowded
from braggscope.explain.sampling import Plan, middles_between, sample_pixels
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings, Sample, survey
from braggscope.explain.survey_files import survey_csv, survey_report, survey_svg
from braggscope_torch import physics
from tests.explain.faulty import BASE, THICK, Fault, HostWithFault

FLAGS = f"{BASE} -pixel 0.8 -detpixels 64 -oversample 1"
#: The direct beam with the default of its convention, and where the faults begin.
CENTRE, REACH = 33.0, 24.0


def radius(pixel: Pixel) -> float:
    """Distance from the direct beam, pixels."""
    return float(np.hypot(pixel.slow + 0.5 - CENTRE, pixel.fast + 0.5 - CENTRE))


def _omega_off_at_the_edges(original: Any) -> Any:
    limit_m = float(np.hypot(0.1, REACH * 0.8e-3))

    def solid_angle(tables: Any, distance_m: torch.Tensor) -> torch.Tensor:
        right = original(tables, distance_m)
        return torch.where(distance_m > limit_m, right * 1.01, right)

    return solid_angle


def _capture_off_on_one_side(original: Any) -> Any:
    def captured(tables: Any, cosine: torch.Tensor, layer: int) -> torch.Tensor:
        right = original(tables, cosine, layer)
        return torch.where(cosine < np.cos(np.arctan(REACH * 0.8e-3 / 0.1)), right * 0.99, right)

    return captured


EDGES = Fault("omega off at the edges", FLAGS, (0, 0), "omega_now",
              patches={(physics, "solid_angle"): _omega_off_at_the_edges})  # fmt: skip
CAPTURE = Fault("capture off far out", f"{FLAGS} {THICK}", (0, 0), "cap_now",
                patches={(physics, "captured_fraction"): _capture_off_on_one_side})  # fmt: skip


def runs_of(flags: str) -> tuple[Run, Run]:
    experiment = parse_command_line(flags.split(), None).experiment
    a, b = (Run(experiment=experiment, engine=engine) for engine in ("torch-cpu", "faulty"))
    return a, b


class Later:
    """A host whose traces fail when their result is asked for, as the real one's do."""

    def __init__(self, host: HostWithFault) -> None:
        self._host = host

    def trace(self, run: Run, pixels: Any) -> Any:
        host = self._host

        class Job:
            def result(self) -> Any:
                return host.trace(run, pixels).result()

        return Job()


def surveyed(fault: Fault, plan: Plan, **more: Any) -> Beginnings:
    host, runs = HostWithFault(fault), runs_of(fault.flags)
    images = host.render(runs[0]).result(), host.render(runs[1]).result()
    return survey(host, runs, images, plan, **more)


@pytest.mark.parametrize("fault", [EDGES, CAPTURE], ids=lambda fault: fault.name)
def test_a_fault_of_the_edges_is_found_at_the_edges_alone(fault: Fault) -> None:
    found = surveyed(fault, Plan(60))
    assert {s.outcome for s in found.samples} == {fault.first, AGREEING}
    for sample in found.samples:
        assert (sample.first == fault.first) == (radius(sample.pixel) > REACH), sample
    first, agreeing = found.causes
    assert (first.outcome, agreeing.outcome) == (fault.first, AGREEING)
    assert first.share + agreeing.share == pytest.approx(1.0)
    assert first.worst == pytest.approx(0.01, rel=0.05)
    assert radius(first.example) > REACH
    assert fault.first in first.sentence


def test_the_map_has_the_fault_where_it_matters() -> None:
    found = surveyed(EDGES, Plan(60, refines=True))
    nearest = nearest_samples(found, (64, 64), 64)
    shown = np.array([s.first is not None for s in found.samples])[nearest]
    truth = np.array([[radius(Pixel(s, f)) > REACH for f in range(64)] for s in range(64)])
    assert np.mean(shown == truth) > 0.93


def test_refining_looks_at_the_border_and_makes_the_map_truer() -> None:
    coarse = surveyed(EDGES, Plan(60))
    fine = surveyed(EDGES, Plan(60, refines=True))
    assert fine.pixels[: len(coarse.pixels)] == coarse.pixels
    added = fine.pixels[len(coarse.pixels) :]
    assert 30 <= len(added) <= 60
    assert len(set(fine.pixels)) == len(fine.pixels)
    assert np.mean([abs(radius(p) - REACH) for p in added]) < 4.0
    assert np.mean([abs(radius(p) - REACH) for p in coarse.pixels]) > 8.0


def test_where_all_agree_nothing_is_refined() -> None:
    found = surveyed(Fault("none", FLAGS, (0, 0), ""), Plan(20, refines=True))
    assert found.shares == {None: 1.0}
    assert len(found.samples) <= 20


def test_a_pixel_that_one_program_does_not_simulate_has_no_trace_and_the_others_have() -> None:
    a, b = runs_of(f"{FLAGS} -roi 0 63 0 31")
    host = Later(HostWithFault(EDGES))
    # Images without a mask: nothing says beforehand that half of the pixels are not simulated.
    images = [DetectorImage(np.ones((64, 64)), None, Provenance(run)) for run in (a, b)]
    found = survey(host, (a, b), (images[0], images[1]), Plan(30, ("grid",)))
    for sample in found.samples:
        assert (sample.outcome == NO_TRACE) == (sample.pixel.slow > 31)
    without = found.causes[-1]
    assert without.outcome == NO_TRACE
    assert "not simulated" in without.sentence
    assert sum(c.share for c in found.causes[:-1]) == pytest.approx(1.0)


def test_a_mask_that_one_run_has_shows_in_the_map(tmp_path: Path) -> None:
    simulated = np.ones((64, 64), bool)
    simulated[10:30, 20:60] = False
    write_mask(simulated, tmp_path / "mask.img")
    plain = parse_command_line(FLAGS.split(), tmp_path).experiment
    masked = parse_command_line(f"{FLAGS} -mask mask.img".split(), tmp_path).experiment
    runs = [Run(experiment=one, engine="torch-cpu") for one in (plain, masked)]
    host = Later(HostWithFault(EDGES))
    images = [HostWithFault(EDGES).render(run).result() for run in runs]
    found = survey(host, (runs[0], runs[1]), (images[0], images[1]), Plan(80, refines=True))
    nearest = nearest_samples(found, (64, 64), 64)
    without = np.array([s.outcome == NO_TRACE for s in found.samples])[nearest]
    assert np.mean(without == ~simulated) > 0.95
    assert {s.outcome for s in found.samples} == {NO_TRACE, AGREEING}
    assert "mask" in next(s.problem for s in found.samples if s.problem)


def test_where_no_pixel_can_be_traced_the_reason_is_the_answer() -> None:
    a, b = runs_of(f"{FLAGS} -roi 0 3 0 3")
    image = DetectorImage(np.ones((64, 64)), None, Provenance(a))
    outside = np.zeros((64, 64), bool)
    outside[40:, 40:] = True
    with pytest.raises(InvalidInput, match="not simulated"):
        survey(Later(HostWithFault(EDGES)), (a, b), (image, image), Plan(40, ("grid",), outside))


def test_nothing_to_choose_is_said() -> None:
    nowhere = np.zeros((64, 64), bool)
    with pytest.raises(InvalidInput, match="no pixel to trace"):
        surveyed(EDGES, Plan(10, inside=nowhere))


def test_images_of_two_sizes_are_refused() -> None:
    runs = runs_of(FLAGS)
    images = [DetectorImage(np.ones(shape), None, Provenance(runs[0])) for shape in
              ((64, 64), (64, 65))]  # fmt: skip
    with pytest.raises(InvalidInput, match="different shapes"):
        survey(HostWithFault(EDGES), runs, (images[0], images[1]), Plan())


def test_it_tells_how_far_it_is_and_can_be_ended() -> None:
    told: list[float] = []
    partial: list[Beginnings] = []

    def tell(fraction: float, what: str) -> None:
        told.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        surveyed(EDGES, Plan(80), tell=tell, found=partial.append)
    assert told[0] == 0.0
    assert all(x < y for x, y in pairwise(told))
    assert 0 < len(partial[-1].samples) < 80


# ── choosing pixels ───────────────────────────────────────────────────────────────────────────


def image_of(data: Any, mask: Any = None) -> DetectorImage:
    return DetectorImage(np.asarray(data, float), mask, Provenance(None))


def test_only_the_chosen_ways_are_used() -> None:
    a = np.ones((50, 50))
    b = a.copy()
    a[10, 10] = b[10, 10] = 100.0
    b[40, 3] = 2.0
    pair = image_of(a), image_of(b)
    assert sample_pixels(*pair, 5, ("difference",)) == (Pixel(40, 3),)
    assert sample_pixels(*pair, 1, ("strongest",)) == (Pixel(10, 10),)
    grid = sample_pixels(*pair, 9, ("grid",))
    assert set(grid) == {Pixel(s, f) for s in (0, 24, 49) for f in (0, 24, 49)}


def test_the_strongest_pixels_are_peaks_and_not_the_pixels_of_one_peak() -> None:
    data = np.zeros((100, 100))
    data[20:25, 20:25] = 1000.0
    peaks = {Pixel(90, 20 * n + 5) for n in range(5)}
    for n, pixel in enumerate(peaks):
        data[pixel] = 10.0 + n
    chosen = sample_pixels(image_of(data), image_of(data), 6, ("strongest",))
    assert peaks < set(chosen)


def test_what_is_a_number_in_one_image_alone_differs_most() -> None:
    a, b = np.ones((20, 20)), np.full((20, 20), 2.0)
    b[13, 7] = np.nan
    a[2, 2] = b[2, 2] = np.nan
    chosen = sample_pixels(image_of(a), image_of(b), 12, ("difference",))
    assert chosen[0] == Pixel(13, 7)
    assert Pixel(2, 2) not in chosen


def test_pixels_lie_in_the_region() -> None:
    inside = np.zeros((40, 40), bool)
    inside[5:15, 20:30] = True
    noise = np.random.default_rng(1).random((2, 40, 40))
    chosen = sample_pixels(image_of(noise[0]), image_of(noise[1]), 40, inside=inside)
    assert len(chosen) > 20
    assert all(inside[pixel] for pixel in chosen)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(0, 0), (0, 10)], [(0, 5)]),
        ([(0, 0), (0, 10), (0, 20)], [(0, 5)]),
        ([(0, 0)], []),
        ([(0, 0), (20, 0), (0, 10), (20, 10)], [(10, 5), (10, 0)]),
    ],
)
def test_between_neighbours(places: Sequence[Any], expected: list[tuple[int, int]]) -> None:
    labels = ["x", *["y"] * (len(places) - 1)]
    found = middles_between(np.array(places), labels)
    if len(places) < 4:
        assert found == expected
    else:
        assert set(expected) <= {*found, (0, 5), (10, 5)}
        assert found[0] in ((10, 5), (10, 0))


# ── looks and files ───────────────────────────────────────────────────────────────────────────


def made_up() -> Beginnings:
    names = ["omega_now", None, "omega_now", "hkl", None]
    samples = [
        Sample(Pixel(10 * n, 5), name, f"label <{name}>" if name else "", "sum" if name else "",
               0.1 * n if name else float("nan"), f"{name} differs")
        for n, name in enumerate(names)
    ]  # fmt: skip
    return Beginnings((*samples, Sample(Pixel(60, 60), problem="not simulated")))


def test_outcomes_differ_in_colour_and_in_shape() -> None:
    looks = looks_of(made_up())
    assert list(looks) == ["omega_now", "hkl", AGREEING, NO_TRACE]
    assert len({look.color for look in looks.values()}) == 4
    assert len({(look.outline, look.size) for look in looks.values()}) == 4
    many = Beginnings(tuple(Sample(Pixel(n, 0), f"v{n}") for n in range(40)))
    assert len({(look.color, look.outline) for look in looks_of(many).values()}) == 40


def test_looks_stay_while_samples_are_added() -> None:
    whole = made_up()
    part = looks_of(Beginnings(whole.samples[:1]))
    assert part["omega_now"] == looks_of(whole)["omega_now"]


def test_rare_outcomes_are_never_hidden_by_usual_ones() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0], [50.0, 50.0]])
    assert set(uncrowded(places, ["x", "x", "rare", "x"], 10.0)) == {2, 3}


@pytest.mark.parametrize("apart", [0.7, 3.0, 12.0, 80.0])
def test_marks_are_apart_and_fill_the_image(apart: float) -> None:
    random = np.random.default_rng(3)
    places = random.random((600, 2)) * 100.0 - 20.0
    outcomes = random.choice(["usual", "usual", "usual", "rare"], 600).tolist()
    kept = uncrowded(places, outcomes, apart)
    rarest_first = sorted(range(600), key=lambda n: outcomes[n] != "rare")
    expected: list[int] = []
    for n in rarest_first:
        if all(np.hypot(*(places[n] - places[other])) >= apart for other in expected):
            expected.append(n)
    assert kept == expected


def test_files_hold_every_sample() -> None:
    found = made_up()
    rows = list(csv.DictReader(io.StringIO(survey_csv(found))))
    assert [(int(r["slow"]), r["outcome"]) for r in rows][:2] == [(0, "omega_now"), (10, AGREEING)]
    assert float(rows[3]["relative"]) == found.samples[3].relative
    assert rows[-1]["problem"] == "not simulated"
    report = json.loads(json.dumps(survey_report(found), allow_nan=False))
    assert [p["variable"] for p in report["pixels"]] == ["omega_now", None, "omega_now", "hkl",
                                                         None, None]  # fmt: skip
    worst = report["variables"][0]
    assert (worst["variable"], worst["share"], worst["pixels"]) == ("omega_now", 0.4, 2)
    assert worst["example"] == {"slow": 20, "fast": 5}


def test_the_picture_names_every_outcome_and_is_well_formed() -> None:
    from xml.etree import ElementTree

    svg = survey_svg(made_up(), (70, 70), "A <one> · B two")
    texts = [e.text for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("text")]
    assert "omega_now: 40.0 %" in texts
    assert "A and B agree: 40.0 %" in texts
    assert "no trace: 1 pixel" in texts
    assert "A <one> · B two" in texts
