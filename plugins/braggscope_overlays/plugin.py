"""What this plugin adds: overlays. Imports nothing heavy."""

from __future__ import annotations

from braggscope.api import API_VERSION, Manifest, OverlayContribution, hookimpl

MANIFEST = Manifest(
    id="overlays",
    title="Overlays",
    api_version=API_VERSION,
    description="Beam centre, resolution rings, axes, predicted reflections, mask and region.",
)
_GEOMETRY = "braggscope_overlays.geometry"


@hookimpl
def braggscope_overlays() -> list[OverlayContribution]:
    """Lines and marks over the images."""
    return [
        OverlayContribution(
            id="beam-centre",
            title="Beam centre",
            factory=f"{_GEOMETRY}:beam_centre_marks",
            description="Where the direct beam of the first source meets the detector.",
        ),
        OverlayContribution(
            id="resolution-rings",
            title="Resolution rings",
            factory=f"{_GEOMETRY}:resolution_rings",
            follows=("view",),
            description="Rings of equal d in Å, at round numbers that fit the view.",
        ),
        OverlayContribution(
            id="detector-axes",
            title="Detector axes",
            factory=f"{_GEOMETRY}:detector_axes",
            description="Directions of the fast and the slow axis, and the detector's edge.",
        ),
        OverlayContribution(
            id="predicted",
            title="Predicted reflections",
            factory="braggscope_overlays.predicted:predicted_reflections",
            follows=("view",),
            description="Miller indices of reflections in view whose rocking curve is crossed.",
        ),
        OverlayContribution(
            id="mask-outline",
            title="Outline of the mask",
            factory="braggscope_overlays.mask:mask_outline",
            follows=("view",),
            description="Edges of what does not count.",
        ),
        OverlayContribution(
            id="region-of-interest",
            title="Region of interest",
            factory=f"{_GEOMETRY}:region_of_interest",
            description="The part of the detector that was simulated.",
        ),
    ]
