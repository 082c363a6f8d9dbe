"""Pictures of a benchmark: times by workload, the roofline, and how times scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from braggscope.benchmark.axes import LogAxis, around, plain
from braggscope.benchmark.measuring import Measurement
from braggscope.benchmark.record import Times
from braggscope.benchmark.svg import Drawing, Style, text_width
from braggscope.benchmark.tables import nanoseconds, series_axis, series_title

_WIDTH: Final = 1000.0
_LINE: Final = 17.0
_LABELS: Final = 290.0
#: A series of smaller numbers names them all.
_COUNTED: Final = 1000

Scaling = Mapping[str, Sequence[tuple[int, Sequence[Measurement]]]]


@dataclass(frozen=True)
class Frame:
    """How a picture is made.

    Attributes:
        width, height: in pixels; height None: as high as it needs.
        about: a line below the title, such as the machine.
    """

    width: float = _WIDTH
    height: float | None = None
    about: str = ""
    style: Style = field(default_factory=Style)


def engines_of(measurements: Sequence[Measurement]) -> list[str]:
    """Those with times, in order: their numbers are their colours and marks."""
    return list(dict.fromkeys(one.engine for one in measurements if one.warm_s))


# ── times ─────────────────────────────────────────────────────────────────────────────────────


def times_picture(
    measurements: Sequence[Measurement], before: Times, frame: Frame | None = None
) -> str:
    """ns per step of each workload and engine on a logarithmic axis, as SVG."""
    frame = frame or Frame()
    timed = [one for one in measurements if one.warm_s]
    engines, workloads = engines_of(timed), list(dict.fromkeys(one.workload for one in timed))
    groups = {name: [one for one in timed if one.workload == name] for name in workloads}
    height = 150 + sum(max(len(group), 2) * _LINE + 14 for group in groups.values())
    drawing = Drawing(frame.width, max(height, frame.height or 0.0), frame.style)
    last = {(one.workload, one.engine) for one in timed} & set(before)
    extra = [*(["last"] if last else []), *(["limit"] if any(one.limit for one in timed) else [])]
    top = drawing.title("Time per pixel and step", [frame.about] if frame.about else [])
    top = drawing.legend(top, dict(enumerate(engines)), extra) + 22
    labels = min(_LABELS, frame.width * 0.34)
    values = [one.ns_per_step for one in timed] + [before[name] for name in last]
    values += [one.share * one.ns_per_step for one in timed if one.share]
    axis = around(values, labels, frame.width - 64)
    rows = sum(max(len(group), 2) for group in groups.values()) or 1
    pitch = _LINE
    if frame.height is not None:
        room = frame.height - top - 40 - 14 * len(groups)
        pitch = min(max(room / rows, _LINE), 26.0)
    bottom = top + rows * pitch + 14 * len(groups)
    drawing.height = max(bottom + 40, frame.height or 0.0)
    _grid(drawing, axis, top, bottom)
    drawing.text(
        labels, bottom + 32, "ns per pixel and step (less is faster)", color=frame.style.muted
    )
    y = top
    for group in groups.values():
        y = _times_of(drawing, axis, group, engines, before, y, pitch)
    return drawing.svg()


def _grid(drawing: Drawing, axis: LogAxis, top: float, bottom: float) -> None:
    for tick in axis.ticks():
        x = axis.at(tick)
        drawing.line(x, top, x, bottom, drawing.style.grid)
        drawing.text(x, bottom + 15, plain(tick), anchor="middle", color=drawing.style.muted)


def _times_of(
    drawing: Drawing, axis: LogAxis, group: Sequence[Measurement], engines: Sequence[str],
    before: Times, y: float, pitch: float,
) -> float:  # fmt: skip
    """The rows of one workload; returns where the next one begins."""
    style = drawing.style
    drawing.line(16, y, axis.end, y, style.grid)
    middle = y + 7 + max(len(group), 2) * pitch / 2
    drawing.text(16, middle - 3, group[0].workload, bold=True)
    drawing.text(16, middle + 12, group[0].title, size=11, color=style.muted)
    for line, one in enumerate(group):
        at, number = y + 7 + (line + 0.5) * pitch, engines.index(one.engine)
        x = axis.at(one.ns_per_step)
        drawing.line(axis.start, at, x, at, style.grid, 1.5)
        if one.share:
            limit = axis.at(one.share * one.ns_per_step)
            drawing.line(limit, at - 6, limit, at + 6, drawing.color(number), 2.5)
        last = before.get((one.workload, one.engine))
        if last is not None:
            drawing.mark(axis.at(last), at, number, radius=4.5, hollow=True)
        drawing.mark(x, at, number, radius=4.5)
        right = max(x, axis.at(last) if last is not None else x)
        drawing.text(right + 10, at + 4, nanoseconds(one.ns_per_step), size=11)
    return y + max(len(group), 2) * pitch + 14


# ── roofline ──────────────────────────────────────────────────────────────────────────────────


def roofline_picture(measurements: Sequence[Measurement], frame: Frame | None = None) -> str:
    """Operations per second over operations per byte, under the measured rates, as SVG."""
    frame = frame or Frame()
    known = [one for one in measurements if one.limit is not None and one.warm_s]
    drawing = Drawing(frame.width, frame.height or 600.0, frame.style)
    top = drawing.title("Roofline: work done against what the machine allows",
                        [frame.about] if frame.about else [])  # fmt: skip
    if not known:
        drawing.text(16, top + 30, "No engine that was measured knows its limits.")
        return drawing.svg()
    engines = engines_of(measurements)
    top = drawing.legend(top, {engines.index(name): name for name in engines_of(known)}) + 14
    points = [(one, *_point(one)) for one in known]
    ridges = [o.limit.operations_per_s / o.limit.bytes_per_s for o in known if o.limit]
    roofs = [o.limit.operations_per_s for o in known if o.limit]
    left, bottom = 74.0, drawing.height - 48
    x_axis = around([x for _, x, _ in points] + ridges, left, frame.width - 30, 2.5)
    y_axis = around([y for *_, y in points] + roofs, bottom, top, 2.2)
    _frame_of(drawing, x_axis, y_axis)
    _axis_titles(drawing, x_axis, y_axis, "operations per byte of image",
                 "10⁹ operations per second")  # fmt: skip
    taken: list[_Box] = _roofs(drawing, x_axis, y_axis, known)
    taken += [_around_point(x_axis.at(x), y_axis.at(y)) for _, x, y in points]
    for one, x, y in points:
        drawing.mark(x_axis.at(x), y_axis.at(y), engines.index(one.engine))
        box = _free_place(x_axis.at(x), y_axis.at(y), text_width(one.workload, 16), taken)
        taken.append(box)
        color = drawing.color(engines.index(one.engine))
        drawing.text(box[0], box[3] - 3, one.workload, color=color)
    return drawing.svg()


def _point(one: Measurement) -> tuple[float, float]:
    """(operations per byte, operations per second) of a measurement with a limit."""
    assert one.limit is not None
    return (
        one.limit.operations / max(one.limit.traffic_bytes, 1.0),
        one.limit.operations / one.median_s,
    )


def _roofs(
    drawing: Drawing, x_axis: LogAxis, y_axis: LogAxis, known: Sequence[Measurement]
) -> list[tuple[float, float, float, float]]:
    """The roof of each device; returns where its texts stand."""
    taken = []
    for limit in {one.device: one.limit for one in known}.values():
        assert limit is not None
        peak, ridge = limit.operations_per_s, limit.operations_per_s / limit.bytes_per_s
        begin = max(x_axis.low, y_axis.low / limit.bytes_per_s)
        corners = [(begin, begin * limit.bytes_per_s), (ridge, peak), (x_axis.high, peak)]
        drawing.path([(x_axis.at(x), y_axis.at(y)) for x, y in corners], drawing.style.text)
        text = f"{peak / 1e9:.1f}·10⁹ fused multiply-adds per second, all threads, measured"
        y = y_axis.at(peak) - 8
        drawing.text(x_axis.end - 4, y, text, anchor="end", color=drawing.style.muted)
        taken.append((x_axis.end - text_width(text, 12), y - 12, x_axis.end, y + 3))
        memory = f"to the left, memory sets the limit: {limit.bytes_per_s / 1e9:.0f} GB/s, measured"
        drawing.text(
            x_axis.at(ridge) + 16, y_axis.at(y_axis.low) - 12, memory, color=drawing.style.muted
        )
        drawing.line(
            x_axis.at(ridge), y_axis.at(peak), x_axis.at(ridge), y_axis.start,
            drawing.style.muted, dash="3 4",
        )  # fmt: skip
    return taken


_Box = tuple[float, float, float, float]


def _around_point(x: float, y: float) -> _Box:
    return (x - 6, y - 6, x + 6, y + 6)


def _free_place(x: float, y: float, width: float, taken: Sequence[_Box]) -> _Box:
    """Where a label of a point goes: beside it, where nothing else is."""
    places = [
        (x + dx - (width if dx < 0 else width / 2 if dx == 0 else 0), y + dy)
        for dx, dy in ((9, 5), (-9, 5), (0, -9), (0, 21), (9, -9), (9, 19), (-9, -9), (-9, 19))
    ]
    boxes = [(left, base - 12, left + width, base + 3) for left, base in places]
    free = (box for box in boxes if not any(_overlap(box, other) for other in taken))
    return next(free, boxes[0])


def _overlap(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# ── scaling ───────────────────────────────────────────────────────────────────────────────────


def scaling_picture(scaling: Scaling, frame: Frame | None = None) -> str:
    """ns per step over pixels, steps and threads, side by side, as SVG."""
    frame = frame or Frame()
    everything = [one for points in scaling.values() for _, found in points for one in found]
    engines = engines_of(everything)
    drawing = Drawing(frame.width, frame.height or 440.0, frame.style)
    top = drawing.title("How times scale", [frame.about] if frame.about else [])
    top = drawing.legend(top, dict(enumerate(engines))) + 34
    left, gap = 62.0, 30.0
    width = (frame.width - left - 20 - gap * (len(scaling) - 1)) / max(len(scaling), 1)
    times = [one.ns_per_step for one in everything if one.warm_s]
    y_axis = around(times, drawing.height - 50, top, 1.5)
    for number, (name, points) in enumerate(scaling.items()):
        start = left + number * (width + gap)
        values = [value for value, _ in points]
        x_axis = around(values, start, start + width, 1.3)
        if max(values, default=1) < _COUNTED:
            x_axis = replace(x_axis, named=tuple(map(float, values)))
        _frame_of(drawing, x_axis, y_axis, names_rows=number == 0)
        drawing.text(start, top - 10, series_title(name), bold=True)
        _axis_titles(drawing, x_axis, y_axis, series_axis(name),
                     "ns per pixel and step" if number == 0 else "")  # fmt: skip
        for which, engine in enumerate(engines):
            line = [
                (x_axis.at(value), y_axis.at(one.ns_per_step))
                for value, found in points
                for one in found
                if one.engine == engine and one.warm_s
            ]
            drawing.path(line, drawing.color(which))
            for x, y in line:
                drawing.mark(x, y, which, radius=4.0)
    return drawing.svg()


def _frame_of(
    drawing: Drawing, x_axis: LogAxis, y_axis: LogAxis, *, names_rows: bool = True
) -> None:
    """Grid and numbers; y axes of rates count in 10⁹."""
    grid, muted = drawing.style.grid, drawing.style.muted
    for tick in x_axis.ticks():
        x = x_axis.at(tick)
        drawing.line(x, y_axis.start, x, y_axis.end, grid)
        drawing.text(x, y_axis.start + 16, plain(tick), anchor="middle", color=muted)
    for tick in y_axis.ticks():
        y = y_axis.at(tick)
        drawing.line(x_axis.start, y, x_axis.end, y, grid)
        if names_rows:
            shown = plain(tick / 1e9 if y_axis.low > 1e6 else tick)
            drawing.text(x_axis.start - 8, y + 4, shown, anchor="end", color=muted)


def _axis_titles(drawing: Drawing, x_axis: LogAxis, y_axis: LogAxis, x: str, y: str) -> None:
    muted = drawing.style.muted
    middle = (x_axis.start + x_axis.end) / 2
    drawing.text(middle, y_axis.start + 36, x, anchor="middle", color=muted)
    if y:
        drawing.text(18, (y_axis.start + y_axis.end) / 2, y, anchor="middle", color=muted,
                     turned=True)  # fmt: skip
