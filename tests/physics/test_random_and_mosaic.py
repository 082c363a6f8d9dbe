"""The generator and the mosaic domains against the specification's check values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from braggscope.physics.mosaic import (
    cap_rotation,
    draw_deviates,
    mosaic_rotations,
    random_misset_rad,
)
from braggscope.physics.random import ShuffledGenerator


@pytest.mark.parametrize(
    ("seed", "first", "thousandth", "last_z"),
    [
        (1, [0.415999353, 0.091964893, 0.75641048, 0.52970022, 0.930436492, 0.383502066],
         0.576430082, 1222648128),
        (12345678, [0.765989304, 0.023453664, 0.589726627, 0.535101593, 0.982231438, 0.693016112],
         0.450274765, 206479895),
    ],
)  # fmt: skip
def test_generator_check_values(
    seed: int, first: list[float], thousandth: float, last_z: int
) -> None:
    stream = ShuffledGenerator().stream(seed)
    drawn = [float(stream.next()) for _ in range(1000)]
    assert drawn[:6] == pytest.approx(first, abs=5e-10)
    assert drawn[999] == pytest.approx(thousandth, abs=5e-10)
    assert stream.z == last_z


def rotations_of(spread_rad: float, domains: int, seed: int) -> np.ndarray:
    """Domains drawn from a seed as nanoBragg draws them."""
    deviates = draw_deviates(ShuffledGenerator().stream(seed), domains)
    return mosaic_rotations(np.float64(spread_rad), deviates, "float32")


def test_mosaic_domains_of_the_default_seed() -> None:
    rotations = rotations_of(math.radians(1.0), 4, 12345678)
    assert np.array_equal(rotations[0], np.eye(3))
    expected = [
        [0.99986368592193575, -0.01594877166007503, 0.0042715637810345434],
        [0.015952848100370585, 0.99987232016945238, -0.00092195251648568416],
        [-0.0042563143783279477, 0.00098997044952826353, 0.99999045182762714],
    ]
    assert rotations[1] == pytest.approx(np.array(expected), abs=1e-15)
    assert rotations[3][0] == pytest.approx(
        [0.99989312604678959, -0.0019571731726949555, 0.014488131610081448], abs=1e-15
    )


def test_domains_turn_by_no_more_than_the_spread() -> None:
    spread = math.radians(3.0)
    for rotation in rotations_of(spread, 50, 7):
        assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-14)
        assert math.acos(min(1.0, (np.trace(rotation) - 1) / 2)) <= spread * (1 + 1e-6)


def test_no_spread_is_one_domain() -> None:
    assert np.array_equal(rotations_of(0.0, 1, 1), np.eye(3)[None])


def test_discarded_first_domain_has_the_documented_angle() -> None:
    rotation = cap_rotation(
        draw_deviates(ShuffledGenerator().stream(12345678), 1)[0], np.float32(math.radians(1.0))
    )
    angle = math.acos((np.trace(rotation) - 1) / 2)
    assert math.degrees(angle) == pytest.approx(0.98914810232319, abs=1e-6)


@pytest.mark.parametrize(
    ("seed", "angles_deg"),
    [
        (1, [4.66295716282848, -11.8449788458297, 17.6225480239485]),
        (42, [-11.585886639425, 56.2076889976995, -1.33337420449823]),
        (12345, [105.720754730633, -34.9513183631866, -97.8235714406551]),
    ],
)
def test_random_missets_of_known_seeds(seed: int, angles_deg: list[float]) -> None:
    angles = random_misset_rad(ShuffledGenerator().stream(seed))
    assert np.degrees(angles) == pytest.approx(angles_deg, abs=1e-10)


def test_a_negative_seed_continues_the_stream_before_it() -> None:
    """Spec Q31: the shuffle table stays that of the first stream."""
    generator = ShuffledGenerator()
    first = generator.stream(5)
    first.next()
    after = generator.stream(-7).next()
    assert after != ShuffledGenerator().stream(7).next()
