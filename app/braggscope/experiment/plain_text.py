"""Values of an experiment as people read them, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel


def value_text(value: Any) -> str:
    """A value; of a file its name and what is chosen in it."""
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, BaseModel):
        return _model_text(value)
    if isinstance(value, tuple | list):
        return " ".join(value_text(item) for item in value)
    return str(value) if str(value) else "none"


def pair_texts(a: Any, b: Any) -> tuple[str, str]:
    """Two values that differ, and so do their texts: files of one name by folder or content."""
    texts = value_text(a), value_text(b)
    if texts[0] != texts[1]:
        return texts
    paths = getattr(a, "path", None), getattr(b, "path", None)
    if paths[0] != paths[1]:
        return str(paths[0]), str(paths[1])
    sums = getattr(a, "sha256", None), getattr(b, "sha256", None)
    if sums[0] and sums[1] and sums[0] != sums[1]:
        return f"{texts[0]}, SHA-256 {sums[0][:12]}…", f"{texts[1]}, SHA-256 {sums[1][:12]}…"
    return repr(a), repr(b)


def elided(text: str, length: int) -> str:
    """A text of at most this many characters; what is too much is left out in the middle."""
    if len(text) <= length:
        return text
    front = length // 2
    return f"{text[:front]}…{text[len(text) - (length - 1 - front) :]}"


def _model_text(value: BaseModel) -> str:
    path = getattr(value, "path", None)
    if not isinstance(path, Path):
        said = {name: getattr(value, name) for name in type(value).model_fields}
        rows = said.get("rows")
        if isinstance(rows, tuple):
            return f"{len(rows)} rows"
        return ", ".join(f"{name} {value_text(item)}" for name, item in said.items())
    parts = [path.name]
    if getattr(value, "column", None):
        parts.append(f"column {getattr(value, 'column', '')}")
    if getattr(value, "resolution_A", None):
        parts.append(f"to {value_text(getattr(value, 'resolution_A', None))} Å")
    return ", ".join(parts)
