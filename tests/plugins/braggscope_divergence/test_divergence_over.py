"""Borders of areas as they are drawn over the images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope_divergence.over import borders

SHAPE = (480, 480)


def sections(kinds: NDArray[np.int64]) -> set[tuple[float, ...]]:
    """(slow from, to, fast from, to) of each line."""
    lines = borders(kinds, SHAPE).reshape(-1, 3, 2)
    assert np.isnan(lines[:, 2]).all()
    return {(*line[:2, 0].tolist(), *line[:2, 1].tolist()) for line in lines}


def test_a_border_is_as_few_lines_as_it_can_be() -> None:
    kinds = np.zeros((240, 240), np.int64)
    kinds[100:150, 30:90] = 1
    assert sections(kinds) == {
        (200.0, 200.0, 60.0, 180.0),
        (300.0, 300.0, 60.0, 180.0),
        (200.0, 300.0, 60.0, 60.0),
        (200.0, 300.0, 180.0, 180.0),
    }
    assert sections(np.zeros((240, 240), np.int64)) == set()
    assert sections(np.zeros((1, 1), np.int64)) == set()


def test_specks_go_without_borders_where_those_would_hide_the_image() -> None:
    kinds = np.zeros((240, 240), np.int64)
    kinds[:, 120:] = 1
    few, many = kinds.copy(), kinds.copy()
    few[10:20, 10:20] = 2
    random = np.random.default_rng(0)
    many[random.random(many.shape) < 0.1] = 3
    assert len(sections(few)) == 5
    assert len(sections(many)) <= 3000
    halves = borders(many, SHAPE).reshape(-1, 3, 2)
    along = halves[:, 0, 1] == 240.0
    # Most of the border between the halves is still there.
    assert np.sum(halves[along, 1, 0] - halves[along, 0, 0]) > 0.6 * SHAPE[0]


def test_noise_leaves_the_image_to_be_seen() -> None:
    noise = np.random.default_rng(0).integers(0, 6, (240, 240))
    assert len(sections(noise)) <= 3000
