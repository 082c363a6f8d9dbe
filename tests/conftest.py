"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference images and real data, which is no part of the repository."""
    folder = Path(os.environ.get("BRAGGSCOPE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "golden" / "index.json").is_file():
        pytest.skip(f"the reference data are not at {folder}; set BRAGGSCOPE_SHARED")
    return folder
