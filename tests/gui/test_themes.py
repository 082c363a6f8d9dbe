"""Both themes: what has to be seen is seen."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStyle, QStyleOptionMenuItem

from braggscope.gui.window import MainWindow

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_empty_boxes_in_menus_are_seen(window: MainWindow, theme: str) -> None:
    window.apply_theme(theme)
    menu = next(
        found.menu() for found in window.menuBar().actions() if found.text().strip("&") == "View"
    )
    action = window.actions_["mean"]
    assert action in menu.actions()
    assert not action.isChecked()
    option = QStyleOptionMenuItem()
    menu.initStyleOption(option, action)
    assert option.checkType == QStyleOptionMenuItem.CheckType.NonExclusive
    menu.resize(menu.sizeHint())
    image = menu.grab().toImage()
    place = menu.actionGeometry(action)
    width = menu.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
    ground = image.pixelColor(place.left() + 1, place.center().y()).lightness()
    box = [
        QColor(image.pixel(x, y)).lightness()
        for x in range(place.left() + 2, place.left() + width + 8)
        for y in range(place.top(), place.bottom())
    ]
    # Of a box of 13 pixels more than its four sides' worth stands out.
    assert sum(abs(one - ground) > 40 for one in box) >= 4 * 10
