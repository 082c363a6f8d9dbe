"""Runs a survey in a thread, with progress and cancel. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from braggscope.api import DetectorImage, ImageRegion, OverlayItem, Run, Tolerances
from braggscope.explain.background import Background, Post, Work, WorkState
from braggscope.explain.looks import nearest_samples
from braggscope.explain.sampling import Flags, Plan, Where, counted_pixels, inside_of
from braggscope.explain.start import Beginnings, survey
from braggscope_divergence.chart import Chart, chart_of
from braggscope_divergence.over import items_over

#: Cells along the longer side of the map.
CELLS: Final = 240


@dataclass(frozen=True)
class Wish:
    """What the user wants to be sampled.

    Attributes:
        many, where, refines: as in `braggscope.explain.sampling.Plan`.
        region: where alone; None: anywhere.
    """

    many: int
    where: tuple[Where, ...]
    refines: bool = False
    region: ImageRegion | None = None


@dataclass(frozen=True, eq=False)
class Pair:
    """What is surveyed: runs, images and names of A and B, and by which tolerances."""

    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    labels: tuple[str, str]
    tolerances: Tolerances = field(default_factory=Tolerances)


@dataclass(frozen=True, eq=False)
class SurveyState(WorkState):
    """What is known so far.

    Attributes:
        pair: what is, or was, surveyed; None before the first time.
        found: the samples.
        chart: the same in arrays; None: there are none.
        over: what is drawn over the images.
        counts: [slow, fast] True where pixels count.
    """

    pair: Pair | None = None
    found: Beginnings = field(default_factory=Beginnings)
    chart: Chart | None = None
    over: tuple[OverlayItem, ...] = ()
    counts: Flags | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) of the images."""
        return self.pair.images[0].shape if self.pair is not None else (1, 1)


class Surveyor(Background[SurveyState]):
    """One survey at a time; a newer one ends the older."""

    def __init__(self, host: Any, post: Post, changed: Callable[[], None]) -> None:
        super().__init__(host, post, changed, SurveyState())

    def start(self, pair: Pair, wish: Wish) -> None:
        """Survey a pair."""

        def look(work: Work[SurveyState]) -> None:
            inside = inside_of(wish.region, pair.runs[0], pair.images[0])
            counts = counted_pixels(*pair.images, inside)
            work.learn(counts=counts)
            plan = Plan(wish.many, wish.where, inside, wish.refines)

            def learn(found: Beginnings) -> None:
                nearest = nearest_samples(found, work.state.shape, CELLS, counts)
                work.learn(**_drawn_up(found, chart_of(found, nearest), work.state.shape))

            survey(work.host, pair.runs, pair.images, plan, work.tell, learn, pair.tolerances)

        self.begin(SurveyState(running=True, doing="choosing pixels", pair=pair), look)

    def judge_again(self, tolerances: Tolerances) -> None:
        """Hold what was traced against other tolerances, once nothing is traced any more."""
        state = self.state
        if state.running or state.pair is None or state.pair.tolerances == tolerances:
            return

        pair = replace(state.pair, tolerances=tolerances)

        def judge(work: Work[SurveyState]) -> None:
            work.learn(pair=pair)
            if state.chart is not None:
                found = state.found.judged(tolerances)
                chart = chart_of(found, state.chart.nearest)
                work.learn(**_drawn_up(found, chart, state.shape))

        doing = "judging by other tolerances"
        self.begin(replace(state, running=True, fraction=0.0, left_s=None, doing=doing), judge)


def _drawn_up(found: Beginnings, chart: Chart, shape: tuple[int, int]) -> dict[str, Any]:
    """What a state says of samples, got ready here: in the window's thread it would be felt."""
    return {"found": found, "chart": chart, "over": items_over(found, chart, shape)}
