"""Builds the pyramids of the images in the window, outside its thread, and keeps them. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage
from braggscope.gui.images.worker import LatestWorker
from braggscope.host.checks import united_mask
from braggscope.io.pyramid import Extra, Pyramid, build, make_pool

Done = Callable[[], None]


class Pyramids:
    """Pyramids by image; those of images that are no longer wanted are dropped.

    Args:
        post: calls a function in the window's thread.
    """

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._worker = LatestWorker(post)
        self._pool = make_pool()
        self._known: dict[int, tuple[DetectorImage, Pyramid]] = {}
        #: What the thread has made and the window has not taken yet.
        self._fresh: dict[int, tuple[DetectorImage, Pyramid]] = {}
        self._difference: tuple[Any, Pyramid] | None = None
        #: Copies that new ones get at once.
        self.extras: AbstractSet[Extra] = frozenset()

    def of_image(self, image: DetectorImage) -> Pyramid | None:
        """The pyramid of an image, if it is there."""
        known = self._known.get(id(image))
        return None if known is None else known[1]

    @property
    def difference(self) -> Pyramid | None:
        """The pyramid of the difference, if it is there."""
        return None if self._difference is None else self._difference[1]

    @property
    def has_extras(self) -> bool:
        """Whether all have the copies that are wanted."""
        return all(pyramid.has(extra) for pyramid in self._all() for extra in self.extras)

    def _all(self) -> list[Pyramid]:
        found = [pyramid for _, pyramid in self._known.values()]
        return found if self._difference is None else [*found, self._difference[1]]

    def want_images(self, images: Sequence[DetectorImage], done: Done) -> None:
        """Have the pyramids of these images, and of no others, then call done."""
        wanted = {id(image): image for image in images}
        missing = [image for key, image in wanted.items() if key not in self._known]
        if not missing:
            self._worker.drop("images")
            self._keep(wanted)
            if images:
                done()
            return

        def work() -> None:
            for image in missing:
                # Of a pair, A comes first and is asked for alone, then again together with B.
                if id(image) not in self._fresh:
                    self._fresh[id(image)] = (image, self._build(image.data, image.mask))

        def built(_: None) -> None:
            self._known |= {key: self._fresh[key] for key in wanted if key in self._fresh}
            self._fresh = {key: made for key, made in self._fresh.items() if key not in self._known}
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

        def built(pyramid: Pyramid) -> None:
            self._difference = (difference, pyramid)
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
        self._difference = None

    def want_extras(self, done: Done) -> None:
        """Have the copies that are wanted of all, then call done."""
        pyramids, extras = self._all(), self.extras

        def work() -> None:
            for pyramid in pyramids:
                pyramid.make(extras)

        self._worker.submit("extras", work, lambda _: done())

    def close(self) -> None:
        """Stop; waits for the piece of work under way."""
        self._worker.close()
        self._pool.shutdown(cancel_futures=True)

    def _build(self, data: NDArray[Any], mask: Any, **kind: Any) -> Pyramid:
        pyramid = build(data, mask, pool=self._pool, extras=self.extras, **kind)
        # Found here, where it costs the window nothing.
        _ = pyramid.brightest
        return pyramid

    def _keep(self, wanted: dict[int, DetectorImage]) -> None:
        self._known = {key: known for key, known in self._known.items() if key in wanted}
