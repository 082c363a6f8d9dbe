"""Names of files that open as experiments; the command line and the window agree on them.

It imports nothing: the command line looks at it before anything else.
"""

from __future__ import annotations

from typing import Final

TOML: Final = ".toml"
#: All formats that say enough to run.
OPENABLE: Final = (TOML, ".expt", ".mtz", ".cif", ".mmcif", ".pdb", ".pdb.gz")
#: Detector images that the window and the command line take for a run; each also with .gz.
IMAGES: Final = (
    ".cbf", ".cbf.gz", ".img", ".img.gz", ".smv", ".tif", ".tiff", ".edf", ".edf.gz", ".mccd",
    ".h5", ".hdf5", ".nxs", ".npy", ".npz", ".bin",
)  # fmt: skip
