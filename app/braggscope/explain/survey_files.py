"""What a survey found, as text, numbers and a picture for files."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from braggscope.explain.looks import Look, looks_of, nearest_samples, uncrowded
from braggscope.explain.sampling import Flags
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings, Cause
from braggscope.explain.wording import percent

_LONGEST: Final = 480.0
_CELLS: Final = 160
_MARGIN: Final = 46.0
_LEGEND: Final = 300.0
_MARK: Final = 3.6
_FONT: Final = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"


def survey_report(found: Beginnings) -> dict[str, Any]:
    """All of it as plain data for JSON; what is no number is null."""
    return {
        "shares": {name or "": share for name, share in found.shares.items()},
        "variables": [
            {
                "variable": cause.outcome,
                "label": cause.label,
                "stage": cause.stage,
                "pixels": cause.count,
                "share": _finite(cause.share),
                "worst_relative": _finite(cause.worst),
                "example": {"slow": cause.example.slow, "fast": cause.example.fast},
                "sentence": cause.sentence,
            }
            for cause in found.causes
        ],
        "pixels": [
            {
                "slow": sample.pixel.slow,
                "fast": sample.pixel.fast,
                "variable": sample.first,
                "stage": sample.stage,
                "relative": _finite(sample.relative),
                "problem": sample.problem,
            }
            for sample in found.samples
        ],
    }


def survey_csv(found: Beginnings) -> str:
    """One line a sample (RFC 4180)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(("slow", "fast", "outcome", "label", "stage", "relative", "problem"))
    for sample in found.samples:
        relative = "" if math.isnan(sample.relative) else repr(sample.relative)
        writer.writerow(
            (*sample.pixel, sample.outcome, sample.label, sample.stage, relative, sample.problem)
        )
    return stream.getvalue()


def survey_svg(
    found: Beginnings,
    shape: tuple[int, int],
    title: str,
    counts: Flags | None = None,
    turned: tuple[bool, bool] = (False, False),
) -> str:
    """The map with its legend.

    Args:
        shape: (slow, fast) of the image.
        title: what A and B are.
        counts: [slow, fast] True where pixels count; None: all do.
        turned: whether the slow axis points upwards, and the fast axis to the left.
    """
    looks = looks_of(found)
    scale = _LONGEST / max(shape)
    height, width = (max(size * scale, 1.0) for size in shape)
    whole_width = _MARGIN + width + 24 + _LEGEND
    whole_height = max(_MARGIN + height + 34, 96 + 40.0 * len(looks))
    nearest = nearest_samples(found, shape, _CELLS, counts)
    nearest = nearest[tuple(slice(None, None, -1 if back else 1) for back in turned)]
    body = [
        *_frame(found, shape, (width, height), title, turned),
        f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">',
        *_areas(found, looks, nearest, (width, height)),
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="none" stroke="#5b6470"/>',
        *_marks(found, looks, shape, scale, turned),
        "</g>",
        *_legend(found.causes, looks, _MARGIN + width + 24),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole_width:.0f}"'
            f' height="{whole_height:.0f}" viewBox="0 0 {whole_width:.0f} {whole_height:.0f}"'
            f" font-family={quoteattr(_FONT)}>",
            f"<title>{escape(title)}</title>",
            # Qt knows no sizes in per cent.
            f'<rect width="{whole_width:.0f}" height="{whole_height:.0f}" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _frame(
    found: Beginnings,
    shape: tuple[int, int],
    size: tuple[float, float],
    title: str,
    turned: tuple[bool, bool],
) -> list[str]:
    width, height = size
    left, top, bottom = _MARGIN, _MARGIN, _MARGIN + height
    count = len(found.samples)
    # From above and from the left.
    slow, fast = (
        ("0", str(n - 1))[:: -1 if back else 1] for n, back in zip(shape, turned, strict=True)
    )
    return [
        _text(left, 18, f"Where A and B begin to differ: {count} pixels traced", 14, bold=True),
        _text(left, 35, title, 11, "#5b6470"),
        _text(left, bottom + 15, fast[0], 11, "#5b6470"),
        _text(left + width, bottom + 15, fast[1], 11, "#5b6470", "end"),
        _text(left + width / 2, bottom + 15, "fast", 11, "#5b6470", "middle"),
        _text(left - 6, top + 10, slow[0], 11, "#5b6470", "end"),
        _text(left - 6, bottom, slow[1], 11, "#5b6470", "end"),
        _text(left - 6, top + height / 2, "slow", 11, "#5b6470", "end"),
    ]


def _areas(
    found: Beginnings, looks: dict[str, Look], nearest: NDArray[np.int64], size: tuple[float, float]
) -> list[str]:
    """Each cell in the colour of its nearest sample; equal cells of a row are one rectangle."""
    names = list(looks)
    outcomes = np.array([*(names.index(s.outcome) for s in found.samples), -1])[nearest]
    tall, wide = size[1] / outcomes.shape[0], size[0] / outcomes.shape[1]
    elements = ['<g fill-opacity="0.45" shape-rendering="crispEdges">']
    for row, cells in enumerate(outcomes.tolist()):
        first = 0
        for kind, run in groupby(cells):
            count = len(list(run))
            if kind >= 0:
                place = f'x="{first * wide:.2f}" y="{row * tall:.2f}"'
                extent = f'width="{count * wide:.2f}" height="{tall:.2f}"'
                elements.append(f'<rect {place} {extent} fill="{looks[names[kind]].color}"/>')
            first += count
    return [*elements, "</g>"]


def _marks(
    found: Beginnings,
    looks: dict[str, Look],
    shape: tuple[int, int],
    scale: float,
    turned: tuple[bool, bool],
) -> list[str]:
    outcomes = [sample.outcome for sample in found.samples]
    middles = np.array(found.pixels, np.float64) + 0.5
    places = np.where(turned, np.array(shape) - middles, middles)[:, ::-1] * scale
    drawn = uncrowded(places, outcomes, 2.6 * _MARK)
    return [_mark(x, y, looks[outcomes[n]]) for n in drawn for x, y in places[n : n + 1].tolist()]


def _legend(causes: Sequence[Cause], looks: dict[str, Look], left: float) -> list[str]:
    elements = [_text(left, _MARGIN + 10, "Differs first", 12, bold=True)]
    top = _MARGIN + 36
    for cause in causes:
        look = looks[cause.outcome]
        elements += [
            f'<rect x="{left:.1f}" y="{top - 12:.1f}" width="18" height="18" fill="{look.color}"'
            ' fill-opacity="0.45" stroke="#5b6470"/>',
            _mark(left + 9, top - 3, look),
            _text(left + 26, top - 3, legend_text(cause), 12),
            _text(left + 26, top + 12, _shortened(_explained(cause)), 11, "#5b6470"),
        ]
        top += 40.0
    return elements


def legend_text(cause: Cause) -> str:
    """An outcome and its share."""
    if cause.outcome == NO_TRACE:
        return f"no trace: {cause.count} pixel{'' if cause.count == 1 else 's'}"
    name = "A and B agree" if cause.outcome == AGREEING else cause.outcome
    return f"{name}: {percent(cause.share)}"


def _explained(cause: Cause) -> str:
    if cause.outcome == AGREEING:
        return "every variable is within its tolerance"
    return cause.label or cause.sentence


def _shortened(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _mark(x: float, y: float, look: Look) -> str:
    size = _MARK * look.size
    paint = f'fill="{look.color}" stroke="#ffffff" stroke-width="0.8"'
    if not look.outline:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.2f}" {paint}/>'
    corners = " ".join(f"{x + size * i:.2f},{y + size * j:.2f}" for i, j in look.outline)
    return f'<polygon points="{corners}" {paint}/>'


def _text(
    x: float, y: float, text: str, size: float, color: str = "#1b1f24", anchor: str = "start",
    bold: bool = False,
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
        f' fill="{color}"{weight}>{escape(text)}</text>'
    )
