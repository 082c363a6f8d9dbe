"""The last few results of slow work, kept between runs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Results by key; the one used longest ago makes room.

    Args:
        most: how many are kept: A and B of a comparison are two.
    """

    def __init__(self, most: int = 2) -> None:
        self._most = most
        self._kept: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of a key, made if it is not kept."""
        value = self._kept.pop(key) if key in self._kept else make()
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = value
        return value
