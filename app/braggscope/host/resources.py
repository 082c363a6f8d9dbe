"""Where icons, styles and examples are: in the installed package, or in the repository."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


@lru_cache(maxsize=1)
def _root() -> Path:
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "resources"


def resource_path(*parts: str) -> Path:
    """The path of a resource, such as ("examples", "lysozyme.toml"); it need not exist."""
    return _root().joinpath(*parts)
