"""What this plugin adds: the dock "Divergence map". Imports no Qt."""

from __future__ import annotations

from braggscope.api import API_VERSION, Manifest, ViewContribution, hookimpl

MANIFEST = Manifest(
    id="divergence",
    title="Divergence map",
    api_version=API_VERSION,
    description="Traces sampled pixels and shows over the image which variable differs first.",
)


@hookimpl
def braggscope_views() -> list[ViewContribution]:
    """The dock below the images."""
    return [
        ViewContribution("divergence-map", "Divergence map", "braggscope_divergence.dock:create")
    ]
