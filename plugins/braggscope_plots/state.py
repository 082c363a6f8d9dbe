"""What a plot is made of: the images, what is drawn on them, and the user's choices. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from braggscope.api import (
    BraggscopeError,
    DetectorImage,
    ImageRegion,
    InvalidInput,
    Masked,
    Pixel,
    Shell,
    pixels_of,
)
from braggscope.physics import resolution
from braggscope_plots.geometry import Geometry
from braggscope_plots.pixels import Flags, Pixels

Ends = tuple[tuple[float, float], tuple[float, float]]
WHOLE = ""
RUN_FIRST = "Press F5 to run A and B, or open images of your own"


@dataclass(frozen=True, eq=False)
class State:
    """The window at one moment.

    Attributes:
        images: "A" and "B" with their images, as far as there are any.
        labels: how the runs are called.
        line: from and to, (slow, fast) in pixel coordinates.
    """

    images: dict[str, DetectorImage] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    regions: tuple[ImageRegion, ...] = ()
    line: Ends | None = None
    cursor: Pixel | None = None

    def name(self, side: str) -> str:
        """What a legend calls an image."""
        return f"{side}  {self.labels.get(side, '')}".strip()

    @property
    def is_pair(self) -> bool:
        """Whether there are two images of one size."""
        shapes = {image.shape for image in self.images.values()}
        return len(self.images) == 2 and len(shapes) == 1


@dataclass(frozen=True)
class Options:
    """What the user chose for a plot.

    Attributes:
        region: name of a region; `WHOLE` for the whole image.
        kind: one of the plot's kinds.
    """

    region: str = WHOLE
    kind: str = ""
    log_x: bool = True
    log_y: bool = True


def no_image(state: State) -> str:
    """Why there is nothing to plot, when there is no image at all."""
    return "" if state.images else f"There is no image yet.\n\n{RUN_FIRST}."


def no_pair(state: State) -> str:
    """Why A and B cannot be plotted against each other; "" when they can."""
    if state.is_pair:
        return ""
    if len(state.images) == 2:
        shapes = ["{} × {}".format(*image.shape) for image in state.images.values()]
        return (
            f"A has {shapes[0]} pixels, B {shapes[1]} (slow × fast).\n\n"
            "Give both runs the same detector: pixels are only compared one to one."
        )
    missing = [side for side in ("A", "B") if side not in state.images]
    return f"There is no image of {' and '.join(missing)} yet.\n\n{RUN_FIRST}."


def counted(state: State, options: Options, sides: tuple[str, ...]) -> Pixels:
    """The pixels of some images that count: in the region, and masked in none of them.

    Raises:
        BraggscopeError: the region is a resolution shell and no geometry is known.
    """
    images = [state.images[side] for side in sides]
    mask = _joined([image.mask for image in images])
    region = next((r for r in state.regions if r.name == options.region), None)
    keep = None if mask is None else ~mask
    if region is not None:
        geometry = geometry_of(state, sides) if isinstance(region.shape, Shell) else None
        places = None if geometry is None else resolution.geometry_of(geometry.setup)
        chosen = pixels_of(region.shape, images[0].shape, places, mask)
        # The mask's complement is there to look at what otherwise does not count.
        keep = chosen if keep is None or isinstance(region.shape, Masked) else keep & chosen
    return Pixels(tuple(image.data for image in images), keep)


def geometry_of(state: State, sides: tuple[str, ...] = ("A", "B")) -> Geometry:
    """Beam and detector of the first image that a run made.

    Raises:
        BraggscopeError: none was made by a run, or its set-up does not fit the image.
    """
    for side in sides:
        image = state.images.get(side)
        if image is not None and image.provenance.run is not None:
            return Geometry.of(image.provenance.run.setup, image.shape)
    raise InvalidInput(
        "no geometry is known of these images",
        why="they come from files, which say nothing of beam and detector",
        remedy="Make A or B a run of the experiment that belongs to them",
    )


def problem_text(error: BraggscopeError) -> str:
    """An error as the dock says it."""
    parts = [f"{error.what[:1].upper()}{error.what[1:]}.", error.why, error.remedy]
    return "\n\n".join(part.rstrip(".") + "." for part in parts if part)


def _joined(masks: list[Flags | None]) -> Flags | None:
    there = [mask for mask in masks if mask is not None]
    if len(there) < 2:
        return there[0] if there else None
    return np.logical_or(there[0], there[1])
