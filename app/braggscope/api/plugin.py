"""What a plugin is: a light module with a MANIFEST and hook implementations.

An entry point in the group `braggscope.plugins` names the module. The module must be quick to
import: contributions name their factories as "module:attribute"; torch, scipy or Qt come in there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import pluggy
from pydantic import BaseModel

from braggscope.api.engine import EngineOption
from braggscope.api.metric import Bounds
from braggscope.errors import InvalidInput

ENTRY_POINT_GROUP: Final = "braggscope.plugins"
#: (major, minor): a plugin made for (M, m) runs where the major is M and the minor at least m.
API_VERSION: Final = (1, 4)

hookspec = pluggy.HookspecMarker("braggscope")
hookimpl = pluggy.HookimplMarker("braggscope")


@dataclass(frozen=True)
class Manifest:
    """What a plugin says about itself, before any of its heavy parts is imported.

    Attributes:
        id: unique name, such as "parity".
        title: name for people.
        api_version: (major, minor) of `API_VERSION` that it was made for.
        description: one sentence.
        settings: a pydantic model of its settings, or None.
    """

    id: str
    title: str
    api_version: tuple[int, int]
    description: str = ""
    settings: type[BaseModel] | None = None


@dataclass(frozen=True)
class EngineContribution:
    """An engine.

    Attributes:
        id: unique name, used in runs and on the command line.
        title: name for people.
        factory: "module:attribute" of an `EngineFactory`.
        options: choices it offers.
        semantics: option name -> supported values, for those where not only the default is.
        description: one sentence.
    """

    id: str
    title: str
    factory: str
    options: tuple[EngineOption, ...] = ()
    semantics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class MetricContribution:
    """A number that says how well two images agree.

    Attributes:
        id: unique name, key in metrics.json.
        title: name for people.
        factory: "module:attribute" of a function (ImagePair) -> MetricResult.
        bounds: default bounds that decide the verdict; None: the metric only informs.
        format: how to print the value, such as ".6f".
        description: formula and what it means.
        slow: whether it comes after all others, because it takes over 0.1 s for 4096² pixels.
        unit: "photons" where it grows with the images; "" where it is a plain number.
        possible: least and greatest value that it can have; a bound beyond them is refused.
    """

    id: str
    title: str
    factory: str
    bounds: Bounds | None = None
    format: str = ".6g"
    description: str = ""
    slow: bool = False
    unit: str = ""
    possible: tuple[float, float] = (-math.inf, math.inf)

    def check(self, bounds: Bounds) -> None:
        """Refuse bounds that no value can keep, or that every value keeps.

        Raises:
            InvalidInput: one of them is beyond what is possible.
        """
        least, greatest = self.possible
        for end in (bounds.lower, bounds.upper):
            if end is not None and not least <= end <= greatest:
                share = "; it is a share: write 0.99 or 99%" if self.format.endswith("%") else ""
                raise InvalidInput(
                    f"{self.title} cannot be {end:g}",
                    why=f"it lies between {least:g} and {greatest:g}{share}",
                )


@dataclass(frozen=True)
class DifferenceMapContribution:
    """A way to show the difference of two images.

    Attributes:
        id: unique name.
        title: name for people, such as "B − A".
        factory: "module:attribute" of a function (ImagePair) -> [slow, fast] float array.
        diverging: whether its values have a sign around `neutral`.
        neutral: the value that means "no difference".
        lowest: no value of two images of photons is below; colours do not go beyond that either.
        description: the formula.
        meanings: value -> what it stands for, where the map has few values; empty otherwise.
    """

    id: str
    title: str
    factory: str
    diverging: bool = True
    neutral: float = 0.0
    lowest: float | None = None
    description: str = ""
    meanings: Mapping[float, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ViewContribution:
    """A dock of the window.

    Attributes:
        id: unique name; layouts remember it.
        title: the dock's title.
        factory: "module:attribute" of a callable (braggscope.ui.ViewContext) -> braggscope.ui.View.
        area: where it starts.
    """

    id: str
    title: str
    factory: str
    area: Literal["left", "right", "bottom"] = "bottom"


@dataclass(frozen=True)
class OverlayContribution:
    """Lines and marks over the images.

    Attributes:
        id: unique name.
        title: name for people, such as "Resolution rings".
        factory: "module:attribute" of a function (OverlayScene) -> iterable of `OverlayItem`. It is
            called outside the window's thread.
        follows: what it depends on beside the images: "view" (the part on screen), "cursor".
        shown: whether it is on at first.
        description: one sentence.
    """

    id: str
    title: str
    factory: str
    follows: tuple[Literal["view", "cursor"], ...] = ()
    shown: bool = False
    description: str = ""


class Hooks:
    """The hooks that a plugin may implement. All return contributions; none does work."""

    @hookspec
    def braggscope_engines(self) -> Iterable[EngineContribution]:  # type: ignore[empty-body]
        """Engines of this plugin."""

    @hookspec
    def braggscope_metrics(self) -> Iterable[MetricContribution]:  # type: ignore[empty-body]
        """Metrics of this plugin."""

    @hookspec
    def braggscope_difference_maps(self) -> Iterable[DifferenceMapContribution]:  # type: ignore[empty-body]
        """Difference maps of this plugin."""

    @hookspec
    def braggscope_views(self) -> Iterable[ViewContribution]:  # type: ignore[empty-body]
        """Docks of this plugin."""

    @hookspec
    def braggscope_overlays(self) -> Iterable[OverlayContribution]:  # type: ignore[empty-body]
        """What this plugin draws over images."""


HOOK_NAMES: Final = (
    "braggscope_engines",
    "braggscope_metrics",
    "braggscope_difference_maps",
    "braggscope_views",
    "braggscope_overlays",
)
