"""Fixtures of the example plugin."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins_under_test"))

from plugin_fixtures import (
    example_plugin,
    example_run,
    experiment,
    fault,
    site,
)

__all__ = ["example_plugin", "example_run", "experiment", "fault", "site"]
