"""What all tests share."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
#: What one test keeps would hide a fault from the next one; workers see it too.
os.environ["BRAGGSCOPE_CACHE_DIR"] = ""
os.environ["BRAGGSCOPE_STATE_DIR"] = ""
SHARED = Path(os.environ.get("BRAGGSCOPE_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference images and real data, which is no part of the repository."""
    if not (SHARED / "golden" / "index.json").is_file():
        pytest.skip(f"the reference data are not at {SHARED}; set BRAGGSCOPE_SHARED")
    return SHARED


def golden_cases() -> list[str]:
    """Names of the reference images; where they are absent, one that `shared` skips."""
    index = SHARED / "golden" / "index.json"
    return list(json.loads(index.read_text())) if index.is_file() else ["no reference data"]
