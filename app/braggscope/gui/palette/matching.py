"""How well words that were typed fit a text: whole words first, slips of the hand last. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

#: What a word scores, by how it fits.
_WHOLE, _BEGINS, _INITIALS, _INSIDE, _SCATTERED, _SLIP = 100.0, 80.0, 60.0, 50.0, 30.0, 25.0
#: A word with a slip is as much like the right one as this; shorter words have none.
_LIKE, _SLIP_LETTERS = 0.75, 4
_WORD: Final = re.compile(r"-?[\w|/−]+", re.UNICODE)


def score_of(word: str, text: str, slips: bool = False) -> tuple[float, tuple[int, ...]]:
    """How well one word fits a text, 0 where it does not; and which of the text's letters it names.

    Args:
        word: in small letters.
        slips: whether a word with letters missing, doubled or swapped fits too.
    """
    lowered = text.lower()
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for start, token in _tokens(lowered):
        if token == word:
            return _WHOLE, _run(start, word)
        if token.startswith(word) and best[0] < _BEGINS:
            best = _BEGINS, _run(start, word)
    if best[0]:
        return best
    initials = _initials(word, lowered)
    if initials:
        return _INITIALS, initials
    place = lowered.find(word)
    if place >= 0 and len(word) > 1:
        return _INSIDE, _run(place, word)
    fit = _scattered(word, lowered)
    if fit is None and slips:
        fit = _slip(word, lowered)
    return fit or (0.0, ())


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[tuple[int, str], ...]:
    return tuple((found.start(), found[0]) for found in _WORD.finditer(text))


def _run(start: int, word: str) -> tuple[int, ...]:
    return tuple(range(start, start + len(word)))


def _initials(word: str, text: str) -> tuple[int, ...]:
    """First letters of words that follow each other: "sla" is "Same levels for A"."""
    starts = [start for start, _ in _tokens(text)]
    letters = "".join(text[start] for start in starts)
    place = letters.find(word) if len(word) > 1 else -1
    return tuple(starts[place : place + len(word)]) if place >= 0 else ()


def _scattered(word: str, text: str) -> tuple[float, tuple[int, ...]] | None:
    """The letters in order within one word, beginning with its first: "wvlngth"."""
    if len(word) < 3:
        return None
    for start, token in _tokens(text):
        if token[0] == word[0] and len(token) <= 3 * len(word):
            places = list(_in_order(word, token))
            if len(places) == len(word):
                gaps = sum(b - a - 1 for a, b in pairwise(places))
                return _SCATTERED / (1 + 0.1 * gaps), tuple(start + p for p in places)
    return None


def _in_order(word: str, token: str) -> Iterator[int]:
    place = -1
    for letter in word:
        place = token.find(letter, place + 1)
        if place < 0:
            return
        yield place


def _slip(word: str, text: str) -> tuple[float, tuple[int, ...]] | None:
    """A word with letters missing, doubled or swapped: "wavelenght"."""
    if len(word) < _SLIP_LETTERS:
        return None
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    for start, token in _tokens(text):
        # What is begun is compared with as much of the word.
        part = token[: len(word) + 1]
        if token[0] != word[0] or len(part) < _SLIP_LETTERS - 1:
            continue
        matcher.set_seq1(part)
        if matcher.real_quick_ratio() >= _LIKE and matcher.ratio() >= _LIKE:
            return _SLIP * matcher.ratio(), _run(start, part)
    return None
