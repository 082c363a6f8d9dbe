"""What stands beside the table about one variable. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from braggscope.api import (
    CATALOGUE,
    PROFILES,
    Asymmetry,
    Tolerances,
    TraceComparison,
    VariableComparison,
    asymmetry_of,
)
from braggscope_trace.wording import ABSENT, STAGE_TITLES, VERDICTS, difference_text, short_text

#: What a table of asymmetry says -> attribute of `Asymmetry`.
_NUMBERS: Final = {
    "asymmetry": "asymmetry",
    "spread": "spread",
    "first": "first",
    "last": "last",
    "mean": "mean",
    "minimum": "minimum",
    "maximum": "maximum",
}


@dataclass(frozen=True)
class Link:
    """Another variable to jump to.

    Attributes:
        name: of the variable.
        label: for people.
        sign: of its verdict; "" for one that neither trace has, which cannot be jumped to.
    """

    name: str
    label: str
    sign: str

    @property
    def html(self) -> str:
        """As rich text."""
        if not self.sign:
            return escape(self.name)
        return f'{self.sign}&nbsp;<a href="{escape(self.name)}">{escape(self.label)}</a>'


@dataclass(frozen=True)
class Details:
    """One variable.

    Attributes:
        name: of the variable.
        title: label and name.
        about: formula, unit, stage and section, one line.
        inputs, feeds: variables that it comes from, and that come from it directly.
        heirs: how many depend on it over however many others.
        tolerance: largest relative difference that counts as agreement; None where nothing but
            equality does.
        own_tolerance: that of the profile.
        changed: whether the user changed it.
        profile: name of the profile.
        asymmetries: side, and a line for each component, where there are sub-pixels.
    """

    name: str
    title: str
    about: str
    inputs: tuple[Link, ...]
    feeds: tuple[Link, ...]
    heirs: int
    tolerance: float | None
    own_tolerance: float
    changed: bool
    profile: str
    asymmetries: tuple[tuple[str, Asymmetry], ...]


def details_of(comparison: TraceComparison, name: str, tolerances: Tolerances) -> Details | None:
    """What is to be said of a variable; None if neither trace has it."""
    rows = {row.name: row for row in comparison.rows}
    row = rows.get(name)
    if row is None:
        return None
    item = row.either
    is_text = item.values.dtype.kind in "US"
    return Details(
        name=name,
        title=item.title,
        about=_about(row),
        inputs=tuple(_link(rows, one) for one in item.inputs),
        feeds=tuple(_link(rows, one) for one in comparison.feeds(name)),
        heirs=len(comparison.heirs(name)),
        tolerance=None if is_text else row.tolerance,
        own_tolerance=PROFILES[comparison.profile].allowed[item.kind],
        changed=tolerances.is_changed(comparison.profile, name),
        profile=comparison.profile,
        asymmetries=() if is_text else _asymmetries(row),
    )


def links_text(title: str, links: tuple[Link, ...]) -> str:
    """Links as rich text; "" without any."""
    if not links:
        return ""
    return f"<b>{title}</b> {', '.join(link.html for link in links)}"


def asymmetry_html(lines: tuple[tuple[str, Asymmetry], ...]) -> str:
    """A small table of first, last, mean and range of both sides; "" without sub-pixels."""
    blocks: dict[str, dict[str, Asymmetry]] = {}
    for side, item in lines:
        blocks.setdefault(item.component, {})[side] = item
    rows = [row for component, sides in blocks.items() for row in _block(component, sides)]
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table cellspacing='0' cellpadding='2'>{table}</table>" if rows else ""


def tolerance_from_text(text: str) -> float:
    """A tolerance as typed.

    Raises:
        ValueError: it is no number from 0.
    """
    plain = text.strip().replace(",", ".").replace("−", "-")
    percent = plain.endswith("%")
    try:
        value = float(plain.rstrip("% ")) / (100.0 if percent else 1.0)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if not 0.0 <= value < float("inf"):
        raise ValueError("A tolerance is a finite number from 0")
    return value


def _about(row: VariableComparison) -> str:
    item = row.either
    entry = CATALOGUE.get(row.name)
    parts = [f"= {item.formula}" if item.formula else "", item.unit, STAGE_TITLES[item.stage]]
    parts.append(f"spec {entry.spec}" if entry is not None and entry.spec else "")
    return "  ·  ".join(part for part in parts if part)


def _link(rows: dict[str, VariableComparison], name: str) -> Link:
    row = rows.get(name)
    if row is None:
        return Link(name, name, "")
    return Link(name, row.either.label or name, VERDICTS[row.verdict].split()[0])


def _asymmetries(row: VariableComparison) -> tuple[tuple[str, Asymmetry], ...]:
    found: list[tuple[str, Asymmetry]] = []
    for side, item in (("A", row.a), ("B", row.b)):
        if item is None or "subpixel" not in item.dims or item.values.dtype.kind in "US":
            continue
        if item.values.shape[item.dims.index("subpixel")] > 1:
            found += [(side, one) for one in asymmetry_of(item)]
    # Component by component, A above B.
    order = list(dict.fromkeys(one.component for _, one in found))
    return tuple(sorted(found, key=lambda pair: order.index(pair[1].component)))


def _block(component: str, sides: dict[str, Asymmetry]) -> list[str]:
    """Rows of one component: a head, and a row for each number."""
    head = f"<th align='left'>{escape(component or 'Sub-pixels')}</th>"
    rows = [head + "".join(f"<th align='right'>{side}</th>" for side in sides)]
    for title, name in _NUMBERS.items():
        values = [getattr(item, name) for item in sides.values()]
        is_ratio = name in ("asymmetry", "spread")
        texts = [(difference_text(v) or ABSENT) if is_ratio else short_text(v) for v in values]
        cells = "".join(f"<td align='right'>&nbsp;{escape(text)}</td>" for text in texts)
        rows.append(f"<td>{title}</td>{cells}")
    return rows
