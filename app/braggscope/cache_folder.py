"""The folder of what can be made anew: read reflections, what programs can do, their logs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

#: Another folder; set and empty: nothing is kept.
VARIABLE: Final = "BRAGGSCOPE_CACHE_DIR"


def cache_folder() -> Path | None:
    """Where to keep things; None where nothing is to be kept, or there is no home folder."""
    folder = os.environ.get(VARIABLE)
    if folder == "":
        return None
    try:
        return Path(folder) if folder else platformdirs.user_cache_path("braggscope")
    except (OSError, RuntimeError):
        return None
