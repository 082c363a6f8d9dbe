"""Saves pictures at full resolution, as they look in the window."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtGui import QImage

from braggscope.api import BraggscopeError
from braggscope.gui.images.pictures import Picture
from braggscope.io.rendering import full_table


def save_picture(picture: Picture, path: Path) -> None:
    """Write a picture as PNG; an existing file is replaced as a whole or not at all.

    Raises:
        BraggscopeError: the file cannot be written.
    """
    pixels = full_table(picture.colormap, picture.inverted)[picture.copies[0]]
    height, width, _ = pixels.shape
    image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)
    low, high = picture.levels
    image.setText("Description", f"levels {low:g} to {high:g}, {picture.scale}, {picture.colormap}")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if not image.save(str(draft), "PNG"):  # type: ignore[call-overload]
            raise OSError("the picture could not be written there")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BraggscopeError(
            f"cannot save {path.name}",
            where=str(path.parent),
            why=error.strerror or str(error),
            remedy="Choose another place",
        ) from error
