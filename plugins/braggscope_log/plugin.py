"""What this plugin adds: the dock "Log". Imports no Qt."""

from __future__ import annotations

from braggscope.api import API_VERSION, Manifest, ViewContribution, hookimpl

MANIFEST = Manifest(
    id="log",
    title="Log",
    api_version=API_VERSION,
    description="What the application, its workers and its engines said.",
)


@hookimpl
def braggscope_views() -> list[ViewContribution]:
    """The dock below the images."""
    return [ViewContribution(id="log", title="Log", factory="braggscope_log.view:create")]
