"""The plots with curves: what each needs, offers and computes. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from braggscope_plots import figures
from braggscope_plots.figure import Figure
from braggscope_plots.histogram import histogram
from braggscope_plots.pixels import Check, Pixels
from braggscope_plots.profile import along_column, along_line, along_row
from braggscope_plots.radial import RadialUnit, radial
from braggscope_plots.relative import distribution
from braggscope_plots.state import Options, State, counted, geometry_of, no_image, no_pair

Watched = Literal["images", "regions", "cursor", "line"]
LINE: Final = "line"
ROW: Final = "row"
COLUMN: Final = "column"


@dataclass(frozen=True)
class PlotKind:
    """A plot with curves.

    Attributes:
        title: its name.
        kinds: (id, label) of what it can show; empty where there is no choice.
        kinds_name: what that choice is called.
        has_region: whether it can be restricted to a region.
        log_x, log_y: the scales at first; None where there is no choice.
        watches: what it depends on under some options, beside the images.
        refusal: why it cannot be drawn, with what to do; "" when it can.
        compute: makes the figure; in any thread.
    """

    title: str
    refusal: Callable[[State, Options], str]
    compute: Callable[[State, Options, Check], Figure]
    watches: Callable[[Options], frozenset[Watched]]
    kinds: tuple[tuple[str, str], ...] = ()
    kinds_name: str = ""
    has_region: bool = True
    log_x: bool | None = None
    log_y: bool | None = True


def _sides(state: State) -> tuple[str, ...]:
    return tuple(side for side in ("A", "B") if side in state.images)


def _names(state: State) -> list[str]:
    return [state.name(side) for side in _sides(state)]


def _regions(options: Options) -> frozenset[Watched]:
    return frozenset({"regions"}) if options.region else frozenset()


def _histogram(state: State, options: Options, check: Check) -> Figure:
    sides = _sides(state)
    if len(sides) == 2 and not state.is_pair:
        parts = [counted(state, options, (side,)) for side in sides]
    else:
        # Images that can be compared are compared on the same pixels.
        both = counted(state, options, sides)
        parts = [Pixels((image,), both.keep) for image in both.images]
    found = histogram(parts, log=options.log_x, check=check)
    return figures.histogram_figure(
        found, sides, _names(state), log_x=options.log_x, log_y=options.log_y
    )


def _profile(state: State, options: Options, check: Check) -> Figure:
    check()
    sides = _sides(state)
    images = [state.images[side].data for side in sides]
    masks = [state.images[side].mask for side in sides]
    where = {LINE: "Distance along the line", ROW: "Fast", COLUMN: "Slow"}[options.kind]
    if options.kind == LINE and state.line is not None:
        found = along_line(images, masks, state.line)
    elif options.kind == ROW and state.cursor is not None:
        found = along_row(images, masks, state.cursor.slow)
    elif state.cursor is not None:
        found = along_column(images, masks, state.cursor.fast)
    else:
        raise ValueError("there is no line and no cursor")
    return figures.profile_figure(found, sides, _names(state), where, log_y=options.log_y)


def _profile_refusal(state: State, options: Options) -> str:
    if options.kind == LINE and state.images and state.line is None:
        return (
            "No line is drawn yet.\n\nDraw one on an image, or choose the row or the column of"
            " the crosshair above."
        )
    if options.kind != LINE and state.images and state.cursor is None:
        return f"Click a pixel in an image: its {options.kind} is plotted here."
    return no_image(state)


def _profile_watches(options: Options) -> frozenset[Watched]:
    return frozenset({"line"}) if options.kind == LINE else frozenset({"cursor"})


def _radial(state: State, options: Options, check: Check) -> Figure:
    sides = _sides(state) if state.is_pair else _sides(state)[:1]
    pixels = counted(state, options, sides)
    unit: RadialUnit = "two_theta" if options.kind == "two_theta" else "inverse_d"
    found = radial(pixels, geometry_of(state, sides), unit, check=check)
    return figures.radial_figure(found, sides, _names(state)[: len(sides)], log_y=options.log_y)


def _radial_refusal(state: State, options: Options) -> str:
    return no_pair(state) if len(state.images) == 2 else no_image(state)


def _relative(state: State, options: Options, check: Check) -> Figure:
    found = distribution(counted(state, options, ("A", "B")), check=check)
    return figures.relative_figure(found, log_x=options.log_x, log_y=options.log_y)


HISTOGRAM: Final = PlotKind(
    "Histogram", lambda state, _: no_image(state), _histogram, _regions, log_x=True
)
PROFILE: Final = PlotKind(
    "Line profile",
    _profile_refusal,
    _profile,
    _profile_watches,
    kinds=((ROW, "Row of the crosshair"), (COLUMN, "Column of the crosshair"), (LINE, "Line")),
    kinds_name="Along",
    has_region=False,
)
RADIAL: Final = PlotKind(
    "Radial mean",
    _radial_refusal,
    _radial,
    _regions,
    kinds=(("inverse_d", "Resolution"), ("two_theta", "2θ")),
    kinds_name="Against",
)
RELATIVE: Final = PlotKind(
    "Relative difference",
    lambda state, _: no_pair(state),
    _relative,
    _regions,
    log_x=True,
    log_y=False,
)
