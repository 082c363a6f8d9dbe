"""Words in braces within the command of a described engine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from string import Formatter
from typing import Final

#: Where the experiment comes from; a command needs one of them.
EXPERIMENT: Final[Mapping[str, str]] = {
    "command_line": "the experiment as nanoBragg flags, each its own argument",
    "experiment_toml": "path of the experiment as a TOML file",
    "experiment_json": "path of the experiment as JSON, with all resolved numbers",
}
FILES: Final[Mapping[str, str]] = {
    "hkl": "path of the structure factors as text: h k l F",
    "image": "path of the image to write: [image] file in the working folder",
    "folder": "the working folder",
}
ALWAYS: Final[Mapping[str, str]] = {
    "here": "the folder of the TOML file",
    "threads": "how many threads it may use",
}
TRACE: Final[Mapping[str, str]] = {
    "trace_slow": "slow index of the pixel to trace",
    "trace_fast": "fast index of the pixel to trace",
}

_FORMATTER: Final = Formatter()


def names_in(text: str) -> list[str]:
    """The names in braces; `{{` and `}}` are braces themselves.

    Raises:
        ValueError: a brace is not closed, or there is more in it than a name.
    """
    names = []
    for _, name, form, conversion in _FORMATTER.parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is no placeholder; write {{{{ and }}}} for braces")
        names.append(name)
    return names


def expanded(words: Iterable[str], values: Mapping[str, str | Sequence[str]]) -> list[str]:
    """Words with their placeholders filled in.

    A word that is one placeholder of several values becomes several words; within a word they are
    joined as a shell would need them.

    Raises:
        KeyError: a placeholder has no value.
    """
    result: list[str] = []
    for word in words:
        alone = word[1:-1] if word[:1] == "{" and word[-1:] == "}" else ""
        several = values.get(alone, "")
        if several and not isinstance(several, str):
            result += several
            continue
        if alone in values and not several and not isinstance(several, str):
            continue
        result.append(word.format_map(_Joined(values)))
    return result


class _Joined(dict[str, str]):
    """Values as they stand within a word."""

    def __init__(self, values: Mapping[str, str | Sequence[str]]) -> None:
        super().__init__(
            (name, value if isinstance(value, str) else shlex.join(value))
            for name, value in values.items()
        )
