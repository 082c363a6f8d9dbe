"""What the last run of an engine printed, kept for whoever wants to know why."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from braggscope.cache_folder import cache_folder
from braggscope.errors import BraggscopeError
from braggscope.whole_files import write_text

_MOST_CHARACTERS: Final = 2**20


def log_path(engine_id: str) -> Path | None:
    """Where the log of an engine is; None where none is kept."""
    root = cache_folder()
    name = re.sub(r"[^A-Za-z0-9_.+-]", "-", engine_id)
    return None if root is None else root / "logs" / f"{name}.log"


def keep_log(engine_id: str, command: Sequence[str], lines: Sequence[str]) -> Path | None:
    """Replace the log of an engine; gives its path, or None where it could not be kept."""
    path = log_path(engine_id)
    if path is None:
        return None
    text = "\n".join(lines)
    if len(text) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2
        text = f"{text[:half]}\n[… left out …]\n{text[-half:]}"
    with suppress(OSError, BraggscopeError):  # A run is worth more than its log.
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, f"$ {shlex.join(command)}\n{text}\n")
        return path
    return None
