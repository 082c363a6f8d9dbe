"""Lines and marks over images: every section is drawn, and nothing between them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from braggscope.api import Line, Marks
from braggscope.gui.images.drawing import Drawing, paint
from braggscope.gui.images.sections import path_of
from braggscope.ui.view_state import Region, Sight

pytestmark = pytest.mark.gui

NAN = np.nan
SIGHT = Sight(Region(0.0, 0.0, 100.0, 100.0), 100.0, 100.0)


def painted(item: Line | Marks) -> QImage:
    drawing = Drawing()
    drawing.add(item, SIGHT)
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    paint(painter, drawing)
    painter.end()
    return image


def is_lit(image: QImage, slow: int, fast: int) -> bool:
    return image.pixelColor(fast, slow).lightness() > 60


def test_a_path_has_the_sections_that_it_was_made_of() -> None:
    sections = np.array([[1.0, 2.5, 3.0, 4.0], [-1.0, 0.0, 7.0, 8.0]])
    path = path_of(sections)
    elements = [path.elementAt(n) for n in range(path.elementCount())]
    assert [(e.x, e.y) for e in elements] == [(1, 2.5), (3, 4), (-1, 0), (7, 8)]
    assert [e.isMoveTo() for e in elements] == [True, False, True, False]
    assert path_of(sections[:0]).isEmpty()


@pytest.mark.parametrize("dashed", [False, True])
def test_a_line_is_drawn_where_the_pen_is_down(qtbot: QtBot, dashed: bool) -> None:
    points = [(10, 10), (10, 60), (NAN, NAN), (40, 10), (40, 60), (80, 60), (NAN, NAN), (90, 5),
              (90, 30)]  # fmt: skip
    image = painted(Line(np.array(points), dashed=dashed))
    for row, columns in ((10, range(11, 60)), (40, range(11, 60)), (90, range(6, 30))):
        share = np.mean([is_lit(image, row, column) for column in columns])
        assert 0.3 < share < 0.9 if dashed else share == 1.0
    assert is_lit(image, 79, 60) or dashed
    for slow, fast in ((25, 35), (25, 60), (65, 30), (10, 80), (90, 60)):
        assert not is_lit(image, slow, fast)


def test_marks_are_where_their_points_are(qtbot: QtBot) -> None:
    places = np.array([[20.0, 30.0], [70.0, 60.0]])
    plus, square = painted(Marks(places, "plus")), painted(Marks(places, "square"))
    for slow, fast in places.astype(int).tolist():
        assert is_lit(plus, slow, fast)
        assert not is_lit(square, slow, fast)
        assert is_lit(square, slow - 5, fast)
    assert not is_lit(plus, 45, 45)
