"""One panel of a DIALS detector: frames within frames, pixels, sensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.numbers import numbers_of, vector_of
from braggscope.physics.rotation import Matrix, Vector

Json = Mapping[str, Any]

SENSOR_NOTE: Final = (
    "the sensor has a thickness: nanoBragg's rules put 2 layers into it, which widens spots at high"
    " angles; detector.thickness_um=0 switches it off, detector.thickness_layers refines it"
)


@dataclass(frozen=True, eq=False)
class Panel:
    """A panel in the lab frame.

    Attributes:
        fast, slow: (3,) unit vectors.
        origin_mm: (3,) from the sample to the outer corner of the first pixel, mm.
        fields: pixels and sensor, as fields of the detector.
        lost, notes: as in `Imported`.
    """

    fast: Vector
    slow: Vector
    origin_mm: Vector
    fields: Mapping[str, Any]
    lost: tuple[str, ...]
    notes: tuple[str, ...]


def panel_of(detector: Json, wanted: int | None) -> Panel:
    """A panel by its index, the first where none is named.

    Raises:
        InvalidInput: there is no such panel, or it is nothing that can be simulated.
    """
    panels = detector["panels"]
    index = wanted or 0
    if not 0 <= index < len(panels):
        raise InvalidInput(
            f"there is no panel {index}", why=f"the detector has the panels 0 to {len(panels) - 1}"
        )
    panel = panels[index]
    frame = np.eye(3), np.zeros(3)
    for group in _groups_above(detector.get("hierarchy"), index):
        frame = _within(frame, group)
    axes, origin = _within(frame, panel)
    notes, lost = [], _lost(panel)
    if len(panels) > 1:
        name = panel.get("name") or "without name"
        notes.append(f"panel {index} ({name}) of {len(panels)}; --panel chooses another")
        lost.append(f"detector: the other {len(panels) - 1} panels")
    return Panel(axes[:, 0], axes[:, 1], origin, _pixel_fields(panel), tuple(lost), tuple(notes))


def _groups_above(group: Json | None, index: int) -> Iterator[Json]:
    """The groups that hold a panel, outermost first."""
    if group is None:
        return
    chain = _chain(group, index)
    yield from chain or []


def _chain(group: Json, index: int) -> list[Json] | None:
    for child in group.get("children", []):
        if child.get("panel") == index and "children" not in child:
            return [group]
        below = _chain(child, index) if "children" in child else None
        if below is not None:
            return [group, *below]
    return None


def _within(frame: tuple[Matrix, Vector], part: Json) -> tuple[Matrix, Vector]:
    """A frame (columns fast, slow, normal; origin, mm) that is given in another one's terms."""
    fast = vector_of(part["fast_axis"], "a fast axis")
    slow = vector_of(part["slow_axis"], "a slow axis")
    fast, slow = fast / np.linalg.norm(fast), slow / np.linalg.norm(slow)
    axes, origin = frame
    local = np.column_stack([fast, slow, np.cross(fast, slow)])
    return axes @ local, axes @ numbers_of(part["origin"], 3, "an origin") + origin


def _pixel_fields(panel: Json) -> dict[str, Any]:
    width, height = numbers_of(panel["pixel_size"], 2, "the pixel size").tolist()
    if abs(width - height) > 1e-9 * abs(width):
        raise InvalidInput("the pixels are not square", why=f"they are {width:g} × {height:g} mm")
    fast, slow = (int(count) for count in panel["image_size"])
    fields: dict[str, Any] = {"pixel_mm": width, "pixels_fast": fast, "pixels_slow": slow}
    thickness, mu = float(panel.get("thickness", 0.0)), float(panel.get("mu", 0.0))
    if thickness > 0:
        fields["thickness_um"] = thickness * 1e3
        if mu > 0:
            fields["attenuation_um"] = 1e3 / mu
    return fields


def _lost(panel: Json) -> list[str]:
    lost = []
    strategy = (panel.get("px_mm_strategy") or {}).get("type", "SimplePxMmStrategy")
    if strategy != "SimplePxMmStrategy":
        lost.append(f"detector: {strategy} (pixels lie where the panel's frame puts them)")
    if panel.get("mask"):
        lost.append(f"detector: {len(panel['mask'])} masked rectangles")
    trusted = panel.get("trusted_range")
    if trusted and list(trusted) != [0.0, 0.0]:
        lost.append(f"detector: trusted range {trusted[0]:g} to {trusted[1]:g}")
    if panel.get("gain", 1.0) != 1.0:
        lost.append(f"detector: gain {panel['gain']:g}")
    if panel.get("pedestal"):
        lost.append(f"detector: pedestal {panel['pedestal']:g}")
    return lost
