"""Which flags of nanoBragg say which field: found by letting the table of flags act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from braggscope.errors import BraggscopeError
from braggscope.experiment.nanobragg_flags import FLAG_GROUPS, Flag
from braggscope.experiment.nanobragg_state import Reader
from braggscope.experiment.nanobragg_writer import COMPOUNDING_FLAGS

#: Flags that read files, or whose fields are put together when the whole line was read.
_LATER: Final[Mapping[str, str]] = {
    "-hkl": "crystal.structure_factors",
    "-dump": "crystal.structure_factors",
    "-mat": "crystal.matrix",
    "-misset": "crystal.misset_deg",
    "-misset_seed": "crystal.misset_seed",
    "-sourcefile": "beam.sources",
    "-mask": "detector.mask",
    "-pivot": "detector.pivot",
    "-semantics": "semantics",
    **{flag: f"semantics.{option}" for option, flag in COMPOUNDING_FLAGS.items()},
}
#: A value that every action takes.
_VALUE: Final = "1"
_CONVENTION: Final = "detector.convention"


@cache
def flags_by_field() -> Mapping[str, tuple[str, ...]]:
    """Dotted path of a field, or of its part that a flag sets -> flags, in the table's order."""
    found: dict[str, dict[str, None]] = {}
    for group, flags in FLAG_GROUPS.items():
        if group == "Output":
            continue
        for flag in flags:
            for path in _fields_of(flag):
                found.setdefault(path, {})[flag.text] = None
    return {path: tuple(texts) for path, texts in found.items()}


def fields_by_flag(typed: str) -> Mapping[str, str]:
    """Dotted paths of the fields that a flag says, or one that begins so, with that flag.

    A whole flag, as nanoBragg reads it, goes before those that only begin like what was typed.
    """
    whole = {flag.text for flags in FLAG_GROUPS.values() for flag in flags if flag.matches(typed)}
    begun = typed.casefold()
    found: dict[str, str] = {}
    for path, flags in flags_by_field().items():
        fitting = [flag for flag in flags if flag in whole or flag.casefold().startswith(begun)]
        if fitting:
            found[path] = min(fitting, key=lambda flag: (flag not in whole, flag != typed))
    return found


def _fields_of(flag: Flag) -> Iterator[str]:
    if flag.text in _LATER:
        yield _LATER[flag.text]
        return
    reader = Reader(folder=Path())
    try:
        flag.action(reader, flag.text, [_VALUE] * max(1, flag.words))
    except (BraggscopeError, OSError):
        return
    paths = list(reader.sources)
    # A vector also chooses the convention; who looks for its flag wants the vector.
    yield from (path for path in paths if path != _CONVENTION or len(paths) == 1)
