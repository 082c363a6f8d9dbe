"""Images kept in memory, so that a run that was made is not made again."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from braggscope.api import DetectorImage

#: Each image in a mapped file holds a file descriptor, and a process has 1024 by default.
_MOST_IMAGES: Final = 256


class ImageCache:
    """Least recently used images go first.

    Args:
        limit_bytes: of all images together; a larger single image is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._images: OrderedDict[str, DetectorImage] = OrderedDict()
        self._size = 0

    def get(self, key: str) -> DetectorImage | None:
        """The image of that key, if it is here."""
        with self._lock:
            image = self._images.get(key)
            if image is not None:
                self._images.move_to_end(key)
            return image

    def put(self, key: str, image: DetectorImage) -> None:
        """Keep an image, at the cost of those not used for longest."""
        with self._lock:
            self._drop(key)
            if _size_of(image) > self._limit:
                return
            self._images[key] = image
            self._size += _size_of(image)
            while self._size > self._limit or len(self._images) > _MOST_IMAGES:
                self._drop(next(iter(self._images)))

    def forget(self, key: str) -> Callable[[], None]:
        """Keep the image of that key no longer, if it is here.

        Returns:
            To keep it again after all; without effect when nobody has it any more.
        """
        with self._lock:
            image = self._images.get(key)
            self._drop(key)
        if image is None:
            return lambda: None
        data, mask, provenance = weakref.ref(image.data), image.mask, image.provenance

        def keep_again() -> None:
            pixels = data()
            if pixels is not None:
                self.put(key, DetectorImage(pixels, mask, provenance))

        return keep_again

    def clear(self) -> None:
        """Forget all images."""
        with self._lock:
            self._images.clear()
            self._size = 0

    def __len__(self) -> int:
        return len(self._images)

    def _drop(self, key: str) -> None:
        image = self._images.pop(key, None)
        if image is not None:
            self._size -= _size_of(image)


def _size_of(image: DetectorImage) -> int:
    return image.data.nbytes + (0 if image.mask is None else image.mask.nbytes)
