"""Figures out of a plot's numbers. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from braggscope_plots.figure import AxisText, Curve, Figure, Panel, Role, Scale
from braggscope_plots.histogram import Census, Histogram
from braggscope_plots.pixels import Floats
from braggscope_plots.profile import Profile
from braggscope_plots.radial import Radial
from braggscope_plots.relative import Distribution
from braggscope_plots.tables import Column
from braggscope_plots.wording import count, number

PHOTONS = "photons/pixel"
_ROLES: dict[str, Role] = {"A": "a", "B": "b"}


def histogram_figure(
    found: Histogram, sides: Sequence[str], names: Sequence[str], *, log_x: bool, log_y: bool
) -> Figure:
    """Pixels per bin of each image."""
    edges = np.zeros(0) if found.axis is None else found.axis.edges
    curves = tuple(
        Curve(name, _ROLES[side], edges, counts.astype(np.float64))
        for side, name, counts in zip(sides, names, found.counts, strict=True)
    )
    panel = Panel(
        curves,
        AxisText("Value", PHOTONS, "log" if log_x else "linear"),
        AxisText("Pixels per bin", "", "log" if log_y else "linear"),
    )
    columns = [Column(f"from ({PHOTONS})", edges[:-1]), Column(f"to ({PHOTONS})", edges[1:])]
    columns += [
        Column(f"pixels {side}", counts) for side, counts in zip(sides, found.counts, strict=True)
    ]
    texts = [f"{s}: {_census_text(c, log_x)}" for s, c in zip(sides, found.census, strict=True)]
    if len({_census_text(census, log_x) for census in found.census}) < len(texts):
        texts = [f"A and B: {_census_text(found.census[0], log_x)}"]
    return Figure((panel,), "   ·   ".join(texts), tuple(columns))


def profile_figure(
    found: Profile, sides: Sequence[str], names: Sequence[str], where: str, *, log_y: bool
) -> Figure:
    """Both images along a path, and B − A."""
    x = AxisText(where, "pixels")
    curves = tuple(
        Curve(name, _ROLES[side], found.place, values)
        for side, name, values in zip(sides, names, found.values, strict=True)
    )
    panels = [Panel(curves, x, AxisText("", PHOTONS, "log" if log_y else "linear"))]
    columns = [
        Column(f"{where.lower()} (pixels)", found.place),
        Column("slow", found.slow),
        Column("fast", found.fast),
    ]
    columns += [
        Column(f"{side} ({PHOTONS})", values)
        for side, values in zip(sides, found.values, strict=True)
    ]
    if len(found.values) == 2:
        with np.errstate(invalid="ignore"):
            difference = found.values[1] - found.values[0]
        curve = Curve("B−A", "difference", found.place, difference)
        panels.append(Panel((curve,), x, AxisText("B−A", PHOTONS)))
        columns.append(Column(f"B-A ({PHOTONS})", difference))
    return Figure(tuple(panels), _path_text(found), tuple(columns))


def radial_figure(
    found: Radial, sides: Sequence[str], names: Sequence[str], *, log_y: bool
) -> Figure:
    """Means over rings, the residual beside them."""
    scale: Scale = "inverse_d" if found.unit == "inverse_d" else "linear"
    x = AxisText("d", "Å", scale) if scale == "inverse_d" else AxisText("2θ", "°")
    means = found.means
    curves = [
        Curve(name, _ROLES[side], found.edges, mean)
        for side, name, mean in zip(sides, names, means, strict=True)
    ]
    curves.append(Curve("pixels", "rms", found.edges, found.number.astype(float), drawn=False))
    panels = [Panel(tuple(curves), x, AxisText("Mean", PHOTONS, "log" if log_y else "linear"))]
    unit = "1/Å" if scale == "inverse_d" else "deg"
    name = "1/d" if scale == "inverse_d" else "2theta"
    columns = [
        Column(f"{name} from ({unit})", found.edges[:-1]),
        Column(f"{name} to ({unit})", found.edges[1:]),
    ]
    if scale == "inverse_d":
        columns.append(Column("d (Å)", 2.0 / (found.edges[:-1] + found.edges[1:])))
    columns.append(Column("pixels", found.number))
    columns += [
        Column(f"mean {side} ({PHOTONS})", mean) for side, mean in zip(sides, means, strict=True)
    ]
    if found.difference is not None and found.rms is not None:
        residual = (
            Curve("mean B−A", "difference", found.edges, found.difference),
            Curve("rms B−A", "rms", found.edges, found.rms),
        )
        panels.append(Panel(residual, x, AxisText("B−A", PHOTONS)))
        columns.append(Column(f"mean B-A ({PHOTONS})", found.difference))
        columns.append(Column(f"rms B-A ({PHOTONS})", found.rms))
    return Figure(tuple(panels), _radial_text(found), tuple(columns))


def relative_figure(found: Distribution, *, log_x: bool, log_y: bool) -> Figure:
    """Share of pixels that differ by less; on a logarithmic axis, of those that differ by more."""
    whole = max(found.counted, 1)
    below = found.below / whole
    share = 1.0 - below if log_y else below
    text = "Share that differs by x or more" if log_y else "Share that differs by less than x"
    panel = Panel(
        (Curve("share of pixels", "difference", found.value, share),),
        AxisText("|B−A| / max(|A|, ε)", "", "log" if log_x else "linear"),
        AxisText(text, "", "log" if log_y else "linear"),
    )
    columns = (
        Column("|B-A|/max(|A|,eps)", found.value),
        Column("pixels that differ by less", found.below),
        Column("share that differs by less", below),
    )
    return Figure((panel,), _relative_text(found), columns)


def _census_text(census: Census, log_x: bool) -> str:
    parts = [count(census.counted)]
    if census.lowest is not None and census.highest is not None:
        parts.append(f"{number(census.lowest)} to {number(census.highest)}")
    aside = " not on this axis" if log_x else ""
    if census.zero:
        parts.append(f"{count(census.zero, 'zero')}{aside}")
    if census.negative:
        parts.append(f"{count(census.negative, 'negative')}{aside}")
    if census.not_finite:
        parts.append(f"{count(census.not_finite, 'value')} not finite")
    if census.left_out:
        parts.append(f"{count(census.left_out)} left out")
    return ", ".join(parts)


def _path_text(found: Profile) -> str:
    slow, fast = found.slow, found.fast
    text = (
        f"From slow {slow[0]}, fast {fast[0]} to slow {slow[-1]}, fast {fast[-1]}"
        f"   ·   {count(len(slow), 'point')}"
    )
    if len(found.values) == 2:
        with np.errstate(invalid="ignore"):
            away = np.abs(found.values[1] - found.values[0])
        if np.isfinite(away).any():
            most = int(np.nanargmax(np.where(np.isfinite(away), away, np.nan)))
            text += (
                f"   ·   largest |B−A| {number(float(away[most]))}"
                f" at slow {slow[most]}, fast {fast[most]}"
            )
    return text


def _radial_text(found: Radial) -> str:
    low, high = float(found.edges[0]), float(found.edges[-1])
    if found.unit == "inverse_d":
        low_d = number(1.0 / low) if low > 0.0 else "∞"
        text = f"{count(int(found.number.sum()))}, d {low_d} to {number(1.0 / high)} Å"
    else:
        text = f"{count(int(found.number.sum()))}, 2θ {number(low)} to {number(high)}°"
    rms = found.rms
    if rms is not None and np.isfinite(rms).any():
        ring = int(np.nanargmax(np.where(np.isfinite(rms), rms, np.nan)))
        middle = float(found.edges[ring : ring + 2].mean())
        at = f"d {number(1.0 / middle)} Å" if found.unit == "inverse_d" else f"{number(middle)}°"
        text += f"   ·   largest rms of B−A {number(float(rms[ring]))} at {at}"
    return text


def _relative_text(found: Distribution) -> str:
    if not found.counted:
        return "No pixel counts here"
    parts = [f"{number(100.0 * found.equal / found.counted)} % of {count(found.counted)} equal"]
    for share, name in ((0.5, "half"), (0.99, "99 %"), (0.999, "99.9 %")):
        value = found.quantile(share)
        if value is not None:
            parts.append(f"{name} below {number(value, 3)}")
    parts.append(f"ε {number(found.floor, 3)}")
    return "   ·   ".join(parts)


def finite_range(values: Sequence[Floats]) -> tuple[float, float] | None:
    """Lowest and highest finite number of several arrays; None where there is none."""
    parts = [part[np.isfinite(part)] for part in values]
    parts = [part for part in parts if part.size]
    if not parts:
        return None
    return min(float(p.min()) for p in parts), max(float(p.max()) for p in parts)
