"""Overlays of plugins: which are on, and what they draw. Knows no widget.

Factories are called outside the window's thread. One that fails is named, switched off, and the
others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from braggscope.api import Line, Marks, OverlayContribution, OverlayItem, OverlayScene
from braggscope.gui.images.worker import LatestWorker
from braggscope.host.guarded import attempt

Reason = Literal["images", "view", "cursor"]
_MOST_ITEMS = 5_000


class OverlayRegistry(Protocol):
    """What is asked of the registry of plugins."""

    def overlays(self) -> Mapping[str, OverlayContribution]: ...
    def load(self, contribution: Any) -> Any: ...
    def report(self, contribution: Any, where: str, exception: BaseException) -> Any: ...


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What came of asking one overlay."""

    items: tuple[OverlayItem, ...] = ()
    error: BaseException | None = None


class Overlays:
    """The overlays that are on.

    Args:
        post: calls a function in the window's thread.
        scene: what is on screen now; None: nothing.
        changed: called when other items are to be drawn.
        failed: called with an overlay that failed, and how.
    """

    def __init__(
        self,
        registry: OverlayRegistry,
        post: Callable[[Callable[[], None]], None],
        scene: Callable[[], OverlayScene | None],
        changed: Callable[[tuple[OverlayItem, ...]], None],
        failed: Callable[[OverlayContribution, BaseException], None],
    ) -> None:
        self._registry = registry
        self._worker = LatestWorker(post)
        self._scene, self._changed, self._failed = scene, changed, failed
        self.known = dict(registry.overlays())
        self.on = {name for name, overlay in self.known.items() if overlay.shown}
        self._items: dict[str, tuple[OverlayItem, ...]] = {}
        self._loaded: dict[str, Any] = {}

    def switch(self, name: str, on: bool) -> None:
        """Show or hide one."""
        if on:
            self.on.add(name)
            self._ask(name)
        else:
            self.on.discard(name)
            self._worker.drop(name)
            if self._items.pop(name, None) is not None:
                self._tell()

    def refresh(self, reason: Reason) -> None:
        """Something changed that overlays may depend on."""
        for name in self.known:
            if name in self.on and (reason == "images" or reason in self.known[name].follows):
                self._ask(name)

    def close(self) -> None:
        """Stop the thread."""
        self._worker.close()

    def _ask(self, name: str) -> None:
        scene, overlay = self._scene(), self.known[name]
        if scene is None:
            self._worker.drop(name)
            self._done(name, _Outcome())
            return
        self._worker.submit(
            name, lambda: self._drawn(overlay, scene), lambda outcome: self._done(name, outcome)
        )

    def _drawn(self, overlay: OverlayContribution, scene: OverlayScene) -> _Outcome:
        """What an overlay draws; in the thread."""

        def work() -> tuple[OverlayItem, ...]:
            if overlay.id not in self._loaded:
                self._loaded[overlay.id] = self._registry.load(overlay)
            items = tuple(self._loaded[overlay.id](scene))
            if len(items) > _MOST_ITEMS:
                raise ValueError(f"it gave {len(items)} items; {_MOST_ITEMS} are allowed")
            for item in items:
                _check(item)
            return items

        items, error = attempt(work)
        return _Outcome(items or (), error)

    def _done(self, name: str, outcome: _Outcome) -> None:
        if name not in self.on:
            return
        if outcome.error is not None:
            self.on.discard(name)
            self._items.pop(name, None)
            self._registry.report(self.known[name], "drawing over the images", outcome.error)
            self._failed(self.known[name], outcome.error)
        elif outcome.items or name in self._items:
            self._items[name] = outcome.items
        else:
            return
        self._tell()

    def _tell(self) -> None:
        self._changed(tuple(item for name in self.known for item in self._items.get(name, ())))


def _check(item: object) -> None:
    """Refuse what could not be drawn, while it is known whose it is."""
    if not isinstance(item, Line | Marks):
        raise TypeError(f"it gave {item!r:.100}, neither Line nor Marks")
    points = np.asarray(item.points)
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "fiu":
        raise ValueError(f"its points have shape {points.shape}, not (n, 2)")
    if isinstance(item, Marks) and item.labels and len(item.labels) != len(points):
        raise ValueError(f"it gave {len(item.labels)} labels for {len(points)} marks")
