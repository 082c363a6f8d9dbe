"""Builds the pyramids of the images in the window, outside its thread, and keeps them. No Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage
from braggscope.gui.images.worker import LatestWorker
from braggscope.host.checks import united_mask
from braggscope.io.pyramid import Extra, Pyramid, build, make_pool

Done = Callable[[], None]
_log = logging.getLogger(__name__)


class Pyramids:
    """Pyramids by image; those of images that are no longer wanted are dropped.

    Args:
        post: calls a function in the window's thread.
    """

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._worker = LatestWorker(post)
        self._pool = make_pool()
        self._known: dict[int, tuple[DetectorImage, Pyramid]] = {}
        #: What the thread has made, or why not, and the window has not taken yet.
        self._fresh: dict[int, tuple[DetectorImage, Pyramid | str]] = {}
        self._difference: tuple[Any, Pyramid] | None = None
        self._faults: dict[int, tuple[DetectorImage, str]] = {}
        #: Why the difference has none; "" where nothing is known against it.
        self.difference_fault = ""
        #: Those whose extra copies cannot be made, and which are shown without.
        self._without: WeakSet[Pyramid] = WeakSet()
        #: Copies that new ones get at once.
        self.extras: AbstractSet[Extra] = frozenset()

    def of_image(self, image: DetectorImage) -> Pyramid | None:
        """The pyramid of an image, if it is there."""
        known = self._known.get(id(image))
        return None if known is None else known[1]

    def fault_of(self, image: DetectorImage) -> str:
        """Why an image has no pyramid; "" where nothing is known against it."""
        return self._faults.get(id(image), (image, ""))[1]

    @property
    def difference(self) -> Pyramid | None:
        """The pyramid of the difference, if it is there."""
        return None if self._difference is None else self._difference[1]

    @property
    def has_extras(self) -> bool:
        """Whether all have the copies that are wanted."""
        return all(
            pyramid.has(extra)
            for pyramid in self._all()
            for extra in self.extras
            if pyramid not in self._without
        )

    def _all(self) -> list[Pyramid]:
        found = [pyramid for _, pyramid in self._known.values()]
        return found if self._difference is None else [*found, self._difference[1]]

    def want_images(self, images: Sequence[DetectorImage], done: Done) -> None:
        """Have the pyramids of these images, and of no others, then call done."""
        wanted = {id(image): image for image in images}
        missing = [image for key, image in wanted.items() if key not in self._known]
        if not missing:
            self._worker.drop("images")
            self._fresh = {}
            self._keep(wanted)
            if images:
                done()
            return

        def work() -> None:
            # Of a pair, A comes first and is asked for alone, then again together with B. What
            # nobody came for goes.
            fresh = {key: made for key, made in dict(self._fresh).items() if key in wanted}
            self._fresh = fresh
            for image in missing:
                if id(image) not in fresh and id(image) not in self._known:
                    fresh[id(image)] = (image, self._build(image.data, image.mask))

        def built(_: None) -> None:
            fresh = self._fresh
            for key in wanted.keys() & fresh.keys():
                image, made = fresh.pop(key)
                if isinstance(made, str):
                    self._faults[key] = (image, made)
                else:
                    self._known[key] = (image, made)
                    self._faults.pop(key, None)
            self._keep(wanted)
            done()

        self._worker.submit("images", work, built)

    def want_difference(
        self,
        difference: NDArray[np.generic],
        pair: tuple[DetectorImage, DetectorImage],
        diverging: bool,
        neutral: float,
        done: Done,
    ) -> None:
        """Have the pyramid of a difference of two images, then call done."""
        if self._difference is not None and self._difference[0] is difference:
            done()
            return

        def built(made: Pyramid | str) -> None:
            self.difference_fault = made if isinstance(made, str) else ""
            self._difference = None if isinstance(made, str) else (difference, made)
            done()

        self._worker.submit(
            "difference",
            lambda: self._build(
                difference, united_mask(*pair), diverging=diverging, neutral=neutral
            ),
            built,
        )

    def drop_difference(self) -> None:
        """There is no difference any more."""
        self._worker.drop("difference")
        self._difference, self.difference_fault = None, ""

    def want_extras(self, done: Done) -> None:
        """Have the copies that are wanted of all, then call done."""
        pyramids, extras = self._all(), self.extras

        def work() -> None:
            for pyramid in pyramids:
                self._refine(pyramid, extras)

        self._worker.submit("extras", work, lambda _: done())

    def close(self) -> None:
        """Stop; waits for the piece of work under way."""
        self._worker.close()
        self._pool.shutdown(cancel_futures=True)

    def _build(self, data: NDArray[Any], mask: Any, **kind: Any) -> Pyramid | str:
        """A pyramid, or why there is none."""
        extras = self.extras
        try:
            pyramid = build(data, mask, pool=self._pool, extras=extras & {"half"}, **kind)
            # Found here, where it costs the window nothing.
            _ = pyramid.brightest
        except Exception as error:  # noqa: BLE001 - whatever it is, the window goes on and says so
            _log.exception("an image cannot be shown")
            no_room = isinstance(error, MemoryError)
            return "there is not enough memory" if no_room else f"{type(error).__name__}: {error}"
        self._refine(pyramid, extras)
        return pyramid

    def _refine(self, pyramid: Pyramid, extras: AbstractSet[Extra]) -> None:
        try:
            pyramid.make(extras)
        except Exception:  # noqa: BLE001 - it is shown coarse, or by its most telling pixels
            _log.exception("finer copies of an image cannot be made")
            self._without.add(pyramid)

    def _keep(self, wanted: dict[int, DetectorImage]) -> None:
        self._known = {key: known for key, known in self._known.items() if key in wanted}
        self._faults = {key: fault for key, fault in self._faults.items() if key in wanted}
