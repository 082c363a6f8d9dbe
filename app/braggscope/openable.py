"""Names of files that open as experiments and images, for the command line and the window alike.

It imports next to nothing: the command line looks at it before anything else.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Final

TOML: Final = ".toml"
#: All formats that say enough to run.
OPENABLE: Final = (TOML, ".expt", ".mtz", ".cif", ".mmcif", ".pdb", ".pdb.gz")
#: Detector images that the window and the command line take for a run; each also with .gz.
IMAGES: Final = (
    ".cbf", ".img", ".smv", ".tif", ".tiff", ".edf", ".mccd", ".h5", ".hdf5", ".nxs", ".npy",
    ".npz", ".bin", ".raw",
)  # fmt: skip
#: For the lists of dialogs.
IMAGE_PATTERNS: Final = (*(f"*{suffix}" for suffix in IMAGES), "*.cbf.gz", "*.img.gz", "*.edf.gz")
#: How saved sessions are called. They are HDF5 files, as images may be: their content decides.
SESSION: Final = ".session.h5"
HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
#: The name of the first attribute of a session, near its beginning.
SESSION_MARK: Final = b"braggscope_session"
_HDF5: Final = (".h5", ".hdf5")
_HEAD_BYTES: Final = 2**12
#: Images whose header tells beam and detector; HDF5 files may.
_WITH_GEOMETRY: Final = (".cbf", ".img", ".smv", ".h5", ".hdf5", ".nxs")
#: Images to open at a time.
SEVERAL_MOST: Final = 8


def is_image(path: PurePath) -> bool:
    """Whether a name is a detector image's."""
    return path.name.lower().removesuffix(".gz").endswith(IMAGES)


def with_geometry(path: PurePath) -> bool:
    """Whether an image's header is likely to tell beam and detector."""
    return path.name.lower().removesuffix(".gz").endswith(_WITH_GEOMETRY)


def is_session(path: Path) -> bool:
    """Whether a file is a session, by its name, or by how it begins."""
    name = path.name.lower()
    if name.endswith(SESSION):
        return True
    if not name.endswith(_HDF5):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return False
    return head.startswith(HDF5_MAGIC) and SESSION_MARK in head
