"""Self-test of image files: an image goes out in each format and comes back by the engine."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage, Provenance, Run
from braggscope.host.host import Host
from braggscope.io.images import write_image

_SUFFIXES: Final = (".h5", ".cbf", ".img", ".tif", ".npy", ".npz", ".bin")
_EIGER: Final = "eiger.h5"


def check_files(host: Host, run: Run) -> str:
    """Whole numbers, which every format holds, written and read.

    Raises:
        RuntimeError: they come back as others.
        BraggscopeError: a file cannot be written or read.
    """
    shape = run.setup.detector.shape
    pixels = (np.arange(shape[0] * shape[1], dtype=np.float32) % 60_000).reshape(shape)
    with tempfile.TemporaryDirectory(prefix="braggscope-self-test-") as folder:
        for suffix in _SUFFIXES:
            path = Path(folder, f"image{suffix}")
            write_image(DetectorImage(pixels, None, Provenance(run)), path)
            _come_back(host, run, path, pixels)
        path = Path(folder, _EIGER)
        _write_as_an_eiger(path, pixels.astype(np.uint32))
        _come_back(host, run, path, pixels)
    return f"written and read: {' '.join(_SUFFIXES)}, bitshuffle with LZ4"


def _write_as_an_eiger(path: Path, pixels: NDArray[Any]) -> None:
    import h5py

    # It complains of filters that the app leaves out.
    logging.getLogger("hdf5plugin").setLevel(logging.CRITICAL)
    import hdf5plugin

    with h5py.File(path, "w") as file:
        file.create_dataset(
            "entry/data/data", data=pixels, chunks=pixels.shape, **hdf5plugin.Bitshuffle()
        )


def _come_back(host: Host, run: Run, path: Path, pixels: NDArray[Any]) -> None:
    asked = run.model_copy(update={"options": (("path", str(path)),)})
    found = host.render(asked, use_cache=False).result()
    if not np.array_equal(found.data, pixels):
        raise RuntimeError(f"{path.name} came back with other pixels")
