"""Colours that mean something: special pixels, maps of few values, and picked pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import DifferenceMapContribution
from braggscope.gui.images.legend import legend
from braggscope.gui.images.picked import EDGES_FROM, PickedPixels
from braggscope.gui.images.pictures import Display, make_picture
from braggscope.gui.images.presenter import levels_of_meanings
from braggscope.gui.window import MainWindow
from braggscope.io.colormaps import COLORMAPS, color_table
from braggscope.io.pyramid import build
from braggscope.ui.view_state import Region, Sight
from tests.gui.fake_host import MAPS, FakeHost

SPECIAL = (
    "masked", "below", "nan", "plus_infinity", "minus_infinity", "clipped_low", "clipped_high",
)  # fmt: skip
#: In OKLab, where 0.02 is just noticeable side by side.
LEAST = 0.1

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def oklab(colors: object) -> np.ndarray:
    """Björn Ottosson's matrices, from sRGB on."""
    value = np.atleast_2d(np.asarray(colors, float)) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(
        linear
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return np.asarray(
        lms
        @ np.array(
            [
                [0.2104542553, 1.9779984951, 0.0259040371],
                [0.7936177850, -2.4285922050, 0.7827717662],
                [-0.0040720468, 0.4505937099, -0.8086757660],
            ]
        )
    )


@pytest.mark.parametrize("name", COLORMAPS)
def test_special_colours_are_told_from_the_map_and_from_each_other(name: str) -> None:
    table = oklab(color_table(name))
    special = {kind: oklab(getattr(COLORMAPS[name], kind)) for kind in SPECIAL}
    for kind, color in special.items():
        assert np.linalg.norm(table - color, axis=1).min() > LEAST, kind
        others = np.concatenate([other for k, other in special.items() if k != kind])
        assert np.linalg.norm(others - color, axis=1).min() > LEAST, kind


@pytest.mark.parametrize("dark", [False, True])
def test_values_with_a_meaning_stand_in_the_legend_in_their_colours(dark: bool) -> None:
    data = np.zeros((100, 100))
    data[3, 4], data[5, 6] = 1.0, -1.0
    meanings = ((-1.0, "below"), (0.0, "within"), (1.0, "above"))
    display = Display(dark=dark)
    pyramid = build(data, diverging=True)
    levels = levels_of_meanings(meanings, pyramid)
    picture = make_picture(pyramid, levels, display, "D", meanings)
    entries = legend(picture)
    assert [entry.text for entry in entries] == ["below", "within", "above"]
    colors = oklab([entry.color for entry in entries])
    assert min(np.linalg.norm(colors[i] - colors[j]) for i, j in ((0, 1), (1, 2), (0, 2))) > 0.2


def test_a_map_of_few_values_has_the_same_colours_whichever_of_them_occur(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded = DifferenceMapContribution(
        "coded", "Coded", "x:y", diverging=False, meanings={0.0: "none", 5.0: "five", 2.0: "two"}
    )
    monkeypatch.setitem(MAPS, "coded", coded)
    window.images.presenter.maps["coded"] = replace(coded)
    window.session.run()
    window.session.analyser.choose_map("coded")
    qtbot.waitUntil(lambda: bool(p := window.images.presenter.picture("D")) and bool(p.meanings))
    picture = window.images.presenter.picture("D")
    assert picture is not None
    assert picture.levels == (0.0, 5.0)
    assert [text for _, text in picture.meanings] == ["none", "two", "five"]


def test_what_is_masked_in_one_image_is_masked_in_the_difference(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    host.masked = np.s_[10:12]
    window.session.run()
    qtbot.waitUntil(lambda: window.images.presenter.picture("D") is not None)
    picture = window.images.presenter.picture("D")
    assert picture is not None
    assert [entry.text for entry in legend(picture)] == ["masked"]
    assert picture.is_masked(11, 3)
    assert not picture.is_masked(12, 3)


# ── picked pixels ─────────────────────────────────────────────────────────────────────────────


def sight(scale: float, slow: float = 0.0, fast: float = 0.0, size: int = 400) -> Sight:
    return Sight(Region(slow, fast, size / scale, size / scale), size, size)


def picked(*places: tuple[int, int], shape: tuple[int, int] = (1000, 1001)) -> PickedPixels:
    found = PickedPixels.of(np.array([s * shape[1] + f for s, f in places], np.int64), shape)
    assert found is not None
    return found


def test_a_picked_pixel_is_seen_from_afar_and_its_point_is_small() -> None:
    for place in ((0, 0), (999, 1000), (501, 77)):
        piece = picked(place).piece(sight(0.39, size=400), 1.0)
        assert piece is not None
        yellow = (piece.buffer & 0x00FFFFFF) == 0xFFD84D
        assert 1 <= np.count_nonzero(yellow) <= 4
        slow, fast = np.argwhere(yellow)[0] / 0.39
        assert abs(slow - place[0]) < 8
        assert abs(fast - place[1]) < 8


def test_near_by_its_edge_is_drawn_as_large_as_the_pixel() -> None:
    near = sight(40.0, 10.0, 20.0)
    lines = picked((12, 23)).edges(near)
    points = {(line.x1(), line.y1()) for line in lines} | {(line.x2(), line.y2()) for line in lines}
    assert points == {(120.0, 80.0), (160.0, 80.0), (120.0, 120.0), (160.0, 120.0)}
    assert picked((12, 23)).piece(near, 1.0) is None
    assert picked((12, 23)).edges(sight(EDGES_FROM - 0.1)) == []


def test_neighbours_share_one_outline() -> None:
    lines = picked((12, 23), (12, 24)).edges(sight(40.0, 10.0, 20.0))
    assert len(lines) == 6


def test_what_is_out_of_view_or_out_of_the_image_is_left_out() -> None:
    assert picked((12, 23)).edges(sight(40.0, 500.0, 500.0)) == []
    assert PickedPixels.of(np.array([-1, 10**9]), (10, 10)) is None
