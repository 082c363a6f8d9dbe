"""Which commands fit what was typed, the best first. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from braggscope.gui.palette.commands import Command
from braggscope.gui.palette.matching import score_of

#: What a hit is worth, by where it is.
_IN_TITLE, _IN_WORDS, _IN_PLACE = 1.0, 0.9, 0.5
#: What the last use adds, and what each one before adds less.
_RECENT, _RECENT_STEP = 12.0, 1.0
_DISABLED: Final = 20.0
_LENGTH: Final = 0.15


@dataclass(frozen=True, eq=False)
class Found:
    """A command that fits.

    Attributes:
        letters: of its title that were typed.
        is_recent: it is one of those that were used last, shown before all others.
    """

    command: Command
    letters: frozenset[int] = frozenset()
    is_recent: bool = False


def found(query: str, commands: Sequence[Command], recent: Sequence[str]) -> tuple[Found, ...]:
    """All commands that every word fits; of no words all of them, those used last first.

    Words with slips of the hand are understood where nothing fits without.

    Args:
        recent: ids of commands, the one used last first.
    """
    words = query.lower().split()
    if not words:
        return _all(commands, recent)
    return _fitting(words, commands, recent, False) or _fitting(words, commands, recent, True)


def _fitting(
    words: Sequence[str], commands: Sequence[Command], recent: Sequence[str], slips: bool
) -> tuple[Found, ...]:
    ages = {name: age for age, name in enumerate(recent)}
    scored: list[tuple[float, Found]] = []
    for command in commands:
        fit = _fit(words, command, slips)
        if fit is None:
            continue
        score, letters = fit
        age = ages.get(command.id)
        if age is not None:
            score += max(_RECENT - _RECENT_STEP * age, 0.0)
        if not command.enabled:
            score -= _DISABLED
        scored.append((score - _LENGTH * len(command.title), Found(command, letters)))
    scored.sort(key=lambda pair: -pair[0])
    return tuple(item for _, item in scored)


def _all(commands: Sequence[Command], recent: Sequence[str]) -> tuple[Found, ...]:
    by_id = {command.id: command for command in commands}
    used = [by_id[name] for name in recent if name in by_id]
    rest = [command for command in commands if command not in used]
    return tuple(Found(c, is_recent=True) for c in used) + tuple(Found(c) for c in rest)


def _fit(
    words: Sequence[str], command: Command, slips: bool
) -> tuple[float, frozenset[int]] | None:
    total, letters = 0.0, set[int]()
    for word in words:
        in_title, marked = score_of(word, command.title, slips)
        best = in_title * _IN_TITLE
        for text in (*command.words, command.key):
            best = max(best, score_of(word, text, slips)[0] * _IN_WORDS)
        best = max(best, score_of(word, command.place)[0] * _IN_PLACE)
        if not best:
            return None
        total += best
        if in_title * _IN_TITLE == best:
            letters.update(marked)
    return total / len(words), frozenset(letters)
