"""What is wrong in a TOML file that a model checks: line, key, reason and what was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError

#: In the words of somebody who wrote a file and no program.
_MESSAGES: Final = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "float_type": "it is a number",
    "int_type": "it is a whole number",
    "bool_type": "it is true or false",
    "string_type": "it is a text",
    "tuple_type": "it is a list",
}


def complaints(error: ValidationError, text: str) -> list[str]:
    """One sentence for each wrong value of a TOML text."""
    found = []
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"])
        line = line_of(text, item["loc"])
        said = "" if item["type"] == "missing" else f" (found {_shown(item['input'])})"
        message = _MESSAGES.get(item["type"]) or item["msg"].removeprefix("Value error, ")
        found.append(f"line {line}: {name}: {message}{said}" if name else message)
    return found


def line_of(text: str, location: Sequence[int | str]) -> int:
    """The line on which the setting at location stands; its table's line as a second best.

    tomllib tells no positions, so this looks for the key below its table's header.
    """
    names = [str(part) for part in location if isinstance(part, str)]
    lines = text.splitlines()
    start = 0
    for name in names:
        pattern = re.compile(rf"""^\s*(\[+.*)?["']?\b{re.escape(name)}\b["']?\s*[\].=]""")
        for number in range(start, len(lines)):
            if pattern.search(lines[number]):
                start = number
                break
    return start + 1


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
