"""Keeps the input files of a bundle that was unpacked for a while.

Experiments name their files, and may be saved after the unpacked bundle is gone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

import platformdirs

from braggscope.api import InvalidInput
from braggscope.evidence.bundle import INPUTS

#: Names another folder; "" keeps nothing.
FOLDER_VARIABLE: Final = "BRAGGSCOPE_STATE_DIR"


def keep_inputs(folder: Path) -> Path:
    """Copy a bundle's inputs to where they stay, once for equal content.

    Returns:
        The folder that its experiments' paths are relative to; that of the bundle itself where
        nothing is kept.

    Raises:
        InvalidInput: they cannot be copied.
    """
    source = folder / INPUTS
    if not source.is_dir() or os.environ.get(FOLDER_VARIABLE) == "":
        return folder
    try:
        target = _kept_folder() / _digest(source)[:20]
        if target.is_dir() and _digest(target / INPUTS) == _digest(source):
            return target
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            shutil.copytree(source, draft / INPUTS)
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except (OSError, RuntimeError) as error:
        raise InvalidInput(
            "the files that the evidence brings along cannot be kept",
            why=getattr(error, "strerror", None) or str(error),
            remedy="Unpack the zip file yourself, and open its folder",
        ) from error
    return target


def _kept_folder() -> Path:
    said = os.environ.get(FOLDER_VARIABLE)
    root = Path(said) if said else platformdirs.user_data_path("braggscope")
    return root / "evidence"


def _digest(folder: Path) -> str:
    """Of the names and contents of all files in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            total.update(f"{digest}  {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()
