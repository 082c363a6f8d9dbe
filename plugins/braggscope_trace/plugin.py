"""What this plugin adds: the dock "Pixel trace". Imports no Qt."""

from __future__ import annotations

from braggscope.api import API_VERSION, Manifest, ViewContribution, hookimpl

MANIFEST = Manifest(
    id="trace",
    title="Pixel trace",
    api_version=API_VERSION,
    description="Both traces of a pixel side by side, with the first variable that differs.",
)


@hookimpl
def braggscope_views() -> list[ViewContribution]:
    """The dock below the images."""
    return [
        ViewContribution(
            id="pixel-trace",
            title="Pixel trace",
            factory="braggscope_trace.view:create",
            area="bottom",
        )
    ]
