"""The constraints file pins everything that the project asks for, once and without local labels."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """Pinned versions by canonical name."""
    text = (REPOSITORY / "packaging" / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = dict(line.split("==") for line in lines)
    assert len(found) == len(lines)
    return {canonical(name): version for name, version in found.items()}


def test_everything_asked_for_is_pinned(pins: dict[str, str]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], "hatchling", "editables"]
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {canonical(re.split(r"[<>=!~\[; ]", text)[0]) for text in asked}
    assert sorted(names - set(pins)) == []


def test_pins_are_plain_versions(pins: dict[str, str]) -> None:
    """A local label such as +cpu would tie the project to one place to install from."""
    assert [name for name, version in pins.items() if not re.fullmatch(r"[0-9.]+", version)] == []


def test_shiboken_goes_with_pyside(pins: dict[str, str]) -> None:
    assert pins["pyside6-essentials"] == pins["shiboken6"]
