"""Misbehaviour on demand: BRAGGSCOPE_EXAMPLE_FAULT names the points, separated by commas.

import, manifest, engines, metrics, difference_maps, views: raise there.
engine-import, engine-factory, engine-availability, engine-prepare, engine-render, engine-trace,
metric, metric-import, difference-map, view-import, view-factory, view-widget, view-paint: likewise.
engine-exit, metric-exit: the process ends at once. engine-hang: never comes back, deaf to cancel.
engine-slow: takes a minute, asking whether it is cancelled. engine-lock: as engine-hang, holding
Python's lock in one call. engine-child: starts a child process, then hangs. engine-noise: prints.
"""

from __future__ import annotations

import os

VARIABLE = "BRAGGSCOPE_EXAMPLE_FAULT"


class ExampleFault(Exception):
    """What this plugin raises; no other code does."""


def wanted(point: str) -> bool:
    """Whether to misbehave at a point."""
    return point in os.environ.get(VARIABLE, "").split(",")


def fault_point(point: str) -> None:
    """Raise here if that is wanted."""
    if wanted(point):
        raise ExampleFault(f"deliberate fault at {point}")
