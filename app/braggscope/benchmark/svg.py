"""A drawing that becomes an SVG file: what the pictures of a benchmark need and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from xml.sax.saxutils import escape

Anchor = Literal["start", "middle", "end"]
_FONT: Final = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"
#: Width of a usual character over the size of the font.
_CHARACTER: Final = 0.56
#: Shapes in a square of side 2 around the origin; each engine has one beside its colour.
_SHAPES: Final[Sequence[Sequence[tuple[float, float]]]] = (
    (),  # a circle
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    ((0.0, -1.1), (1.05, 0.8), (-1.05, 0.8)),
    ((0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)),
    ((0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)),
    ((-1.1, -0.5), (0.0, -1.1), (1.1, -0.5), (1.1, 0.5), (0.0, 1.1), (-1.1, 0.5)),
)


@dataclass(frozen=True)
class Style:
    """Colours of a picture, as "#rrggbb".

    Attributes:
        series: of engines, in order; they are used again when there are more.
    """

    ground: str = "#ffffff"
    text: str = "#1b1f24"
    muted: str = "#5b6470"
    grid: str = "#dfe3e8"
    series: tuple[str, ...] = ("#a84a00", "#0b62a8", "#17703a", "#8e3a9d", "#8a5a00", "#b3261e")


@dataclass
class Drawing:
    """SVG elements in the order in which they are painted; sizes in pixels."""

    width: float
    height: float
    style: Style = field(default_factory=Style)
    _elements: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.0,
        dash: str = "",
    ) -> None:  # fmt: skip
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._elements.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"'
            f' stroke-width="{width:g}" stroke-linecap="round"{dashes}/>'
        )

    def path(self, points: Sequence[tuple[float, float]], color: str, width: float = 2.0) -> None:
        """A line through points."""
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._elements.append(
            f'<polyline points="{corners}" fill="none" stroke="{color}" stroke-width="{width:g}"'
            ' stroke-linejoin="round"/>'
        )

    def text(
        self, x: float, y: float, text: str, *, size: float = 12.0, color: str = "",
        anchor: Anchor = "start", bold: bool = False, turned: bool = False,
    ) -> None:  # fmt: skip
        """One line of text; (x, y) is on its base line."""
        weight = ' font-weight="bold"' if bold else ""
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
        self._elements.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
            f' fill="{color or self.style.text}"{weight}{turn}>{escape(text)}</text>'
        )

    def mark(
        self, x: float, y: float, number: int, *, radius: float = 5.0, hollow: bool = False
    ) -> None:
        """The mark of an engine; a hollow one is of the last time."""
        color = self.color(number)
        fill = self.style.ground if hollow else color
        look = f'fill="{fill}" stroke="{color}" stroke-width="1.4"'
        shape = _SHAPES[number % len(_SHAPES)]
        if not shape:
            self._elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {look}/>')
            return
        corners = " ".join(f"{x + radius * u:.1f},{y + radius * v:.1f}" for u, v in shape)
        self._elements.append(f'<polygon points="{corners}" {look}/>')

    def color(self, number: int) -> str:
        """The colour of an engine."""
        return self.style.series[number % len(self.style.series)]

    def title(self, title: str, lines: Sequence[str]) -> float:
        """A heading with muted lines below; returns where it ends."""
        self.text(16, 28, title, size=17, bold=True)
        y = 28.0
        for line in lines:
            for part in wrapped(line, self.width - 32, 12):
                y += 18
                self.text(16, y, part, color=self.style.muted)
        return y + 10

    def legend(self, y: float, names: Mapping[int, str], extra: Sequence[str] = ()) -> float:
        """Marks with the names of the engines; returns where it ends.

        Args:
            names: number of an engine -> its name.
            extra: "last" explains hollow marks, "limit" the strokes.
        """
        x, y = 16.0, y + 14
        texts = {"last": "hollow: the last time", "limit": "stroke: limit at the measured rate"}
        items = list(names.items())
        items += [(-1 if kind == "last" else -2, texts[kind]) for kind in extra]
        for number, name in items:
            width = 22 + text_width(name, 12) + 18
            if x > 16 and x + width > self.width - 8:
                x, y = 16.0, y + 20
            self._sample(x + 7, y - 4, number)
            self.text(x + 20, y, name)
            x += width
        return y + 12

    def _sample(self, x: float, y: float, number: int) -> None:
        muted = self.style.muted
        if number >= 0:
            self.mark(x, y, number)
        elif number == -1:
            self._elements.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="none" stroke="{muted}"'
                ' stroke-width="1.4"/>'
            )
        else:
            self.line(x, y - 6, x, y + 6, muted, 2.5)

    def svg(self) -> str:
        """The file's content."""
        size = f'width="{self.width:g}" height="{self.height:g}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
            f' viewBox="0 0 {self.width:g} {self.height:g}" font-family="{_FONT}">'
        )
        ground = f'<rect {size} fill="{self.style.ground}"/>'
        return "\n".join((head, ground, *self._elements, "</svg>", ""))


def text_width(text: str, size: float) -> float:
    """About how wide a text is."""
    return len(text) * size * _CHARACTER


def wrapped(text: str, width: float, size: float) -> list[str]:
    """A text in lines that fit."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size) > width:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line] if line else lines
