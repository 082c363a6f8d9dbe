"""What a session is: everything that the window shows, as frozen data. Images are beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainSerializer, model_validator

from braggscope.api import ImageRegion, Semantics
from braggscope.experiment import Experiment
from braggscope.io.rendering import Scale

#: Note in the provenance of an image that came out of a session.
SESSION_NOTE: Final = "from a session: made before, the times are those of then"

_Finite = Annotated[float, Field(allow_inf_nan=False)]
#: Fields that were not said stay unsaid.
_Experiment = Annotated[
    Experiment,
    PlainSerializer(lambda x: x.model_dump(mode="json", exclude_unset=True), when_used="json"),
]
_Index = Annotated[int, Field(ge=0)]
PixelIndex = tuple[_Index, _Index]
Scalar = bool | int | float | str | None


class _Saved(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedRow(_Saved):
    """A row of "Runs".

    Attributes:
        id: names its image too.
        options: (name, choice) pairs that were chosen.
        overrides: lines as they were typed.
        stands: whether its image is what it was asked for last, as opposed to left over.
    """

    id: int = Field(ge=1)
    engine: str = Field(min_length=1)
    options: tuple[tuple[str, str], ...] = ()
    overrides: tuple[str, ...] = ()
    stands: bool = True


class SavedBounds(_Saved):
    """Thresholds of a metric; None: open."""

    lower: _Finite | None = None
    upper: _Finite | None = None


class SavedDocument(_Saved):
    """Which file the experiment belongs to, and what is in it: edits count from there."""

    name: str = ""
    path: Path | None = None
    experiment: _Experiment | None = None
    semantics: Semantics = Semantics()


class SavedEdits(_Saved):
    """What the form says otherwise than the last valid experiment, while it is not valid.

    Attributes:
        texts: field path -> text that is no value.
        values: field path -> value.
        gone: paths of fields that were emptied.
    """

    texts: dict[str, str] = {}
    values: dict[str, Scalar] = {}
    gone: tuple[str, ...] = ()


class SavedDisplay(_Saved):
    """Levels and colours; as `braggscope.gui.images.pictures.Display`, which the theme is not of.

    Attributes:
        levels: tile -> levels by hand.
    """

    scale: Scale = "log"
    percentile: float = Field(99.9, gt=0, le=100)
    colormap: str = "ember"
    difference_colormap: str = ""
    inverted: bool = False
    linked: bool = True
    levels: dict[str, tuple[_Finite, _Finite]] = {}
    mean: bool = False
    mark_clipped: bool = False


class SavedLook(_Saved):
    """How images are arranged; what a version does not know it leaves as it is.

    Attributes:
        seam: where the border of A and B stands, as a share.
        axes: numbers at the border.
        overlays: ids of those that are on.
    """

    arrangement: str = "side"
    seam: float = Field(0.5, ge=0, le=1)
    seam_direction: str = "upright"
    blink_per_s: float = Field(2.0, gt=0, le=100)
    axes: str = "none"
    slow_up: bool = False
    fast_left: bool = False
    overlays: tuple[str, ...] = ()


class SavedView(_Saved):
    """The visible rectangle in pixel coordinates."""

    slow: _Finite
    fast: _Finite
    height: Annotated[_Finite, Field(gt=0)]
    width: Annotated[_Finite, Field(gt=0)]


class SavedPin(_Saved):
    """A pinned pixel.

    Attributes:
        name: what it is pinned as; "" for a pixel of the user's choice.
        pixel: (slow, fast).
    """

    name: str = ""
    pixel: PixelIndex


class SavedSession(_Saved):
    """Everything but the images and the picked pixels.

    Attributes:
        experiment: the last valid one; None before the first.
        edits: of the form, when that is not valid.
        rows: at least two.
        sides: ids of the rows that are A and B.
        line: from and to, (slow, fast) in pixel coordinates.
        thresholds: metric id -> bounds in place of its own; None: it does not decide.
        difference_map: id of the chosen one.
        view: None before there is an image.
        cursor, traced: pixels, (slow, fast).
        pins: in order.
        tolerances: profile -> variable -> tolerance of traces; None: not said.
        layout: of panels and tool bars, as Qt writes it, in base 64; "": not said.
        views: id of a view -> what is chosen in it.
    """

    experiment: _Experiment | None = None
    semantics: Semantics = Semantics()
    edits: SavedEdits = SavedEdits()
    document: SavedDocument = SavedDocument()
    rows: tuple[SavedRow, ...] = Field(min_length=2, max_length=100)
    sides: tuple[int, int]
    regions: tuple[ImageRegion, ...] = ()
    line: tuple[tuple[_Finite, _Finite], tuple[_Finite, _Finite]] | None = None
    thresholds: dict[str, SavedBounds | None] = {}
    difference_map: str = ""
    display: SavedDisplay = SavedDisplay()
    look: SavedLook = SavedLook()
    view: SavedView | None = None
    cursor: PixelIndex | None = None
    traced: PixelIndex | None = None
    pins: tuple[SavedPin, ...] = Field((), max_length=1000)
    tolerances: dict[str, dict[str, Annotated[_Finite, Field(ge=0)]]] | None = None
    layout: str = ""
    views: dict[str, dict[str, JsonValue]] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [row.id for row in self.rows]
        if len(set(ids)) < len(ids):
            raise ValueError("two rows have one id")
        if self.sides[0] == self.sides[1] or not set(self.sides) <= set(ids):
            raise ValueError("A and B are not two of the rows")
        if len({region.name for region in self.regions}) < len(self.regions):
            raise ValueError("two regions have one name")
        return self
