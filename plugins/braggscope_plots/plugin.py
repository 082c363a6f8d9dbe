"""What this plugin adds: the plots and the list of Bragg peaks. Imports no Qt."""

from __future__ import annotations

from braggscope.api import API_VERSION, Manifest, ViewContribution, hookimpl

MANIFEST = Manifest(
    id="plots",
    title="Plots",
    api_version=API_VERSION,
    description="Histogram, line profile, A against B, radial mean, relative difference, peaks.",
)


@hookimpl
def braggscope_views() -> list[ViewContribution]:
    """The docks below the images."""
    return [
        ViewContribution("histogram", "Histogram", "braggscope_plots.docks:histogram"),
        ViewContribution("line-profile", "Profile", "braggscope_plots.docks:profile"),
        ViewContribution("a-against-b", "A against B", "braggscope_plots.docks:scatter"),
        ViewContribution("radial-mean", "Radial mean", "braggscope_plots.docks:radial"),
        ViewContribution("relative-difference", "Relative", "braggscope_plots.docks:relative"),
        ViewContribution("bragg-peaks", "Bragg peaks", "braggscope_plots.docks:peaks"),
    ]
