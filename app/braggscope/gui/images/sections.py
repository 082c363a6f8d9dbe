"""Many straight sections as one path that Qt draws at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath

#: How Qt writes an element of a path: what it does, and where. 0 moves there, 1 draws a line.
_ELEMENT: Final = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])


def path_of(sections: NDArray[np.float64]) -> QPainterPath:
    """Sections (n, 4), x, y, x, y each, as a path.

    Qt reads them from bytes: to add them one by one takes longer than to draw them.
    """
    path = QPainterPath()
    if not len(sections):
        return path
    elements = np.zeros((len(sections), 2), _ELEMENT)
    elements["kind"] = 0, 1
    elements["x"], elements["y"] = sections[:, 0::2], sections[:, 1::2]
    count, last, fill = (np.array([n], ">i4") for n in (elements.size, elements.size - 2, 0))
    written = QByteArray(b"".join(part.tobytes() for part in (count, elements, last, fill)))
    QDataStream(written) >> path
    return path
