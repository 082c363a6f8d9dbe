"""Photon noise against the values of the specification."""

from __future__ import annotations

import math

import numpy as np
import pytest

from braggscope.physics.noise import Noise, ln_gamma
from braggscope.physics.random import ShuffledGenerator


def test_gaussian_deviates() -> None:
    noise = Noise(ShuffledGenerator().stream(1))
    expected = [-0.836853981, -0.172279969, 0.187117606, 1.61543977, -0.17677407, 0.653144717]
    assert [noise.gaussian() for _ in expected] == [float(np.float32(v)) for v in expected]


def test_poisson_deviates() -> None:
    noise = Noise(ShuffledGenerator().stream(1))
    means = [0, 0.5, 3, 3, 11.9, 12, 12, 100, 1000, 1e5, 2e6, 2e6, 5e7]
    expected = [0, 0, 5, 6, 12, 9, 12, 97, 1001, 100257, 2000460, 1999939.38, 49993836]
    drawn = noise.poissons(np.array(means, np.float32))
    assert drawn.tolist() == [float(np.float32(value)) for value in expected]


MEANS = {
    "dark": lambda draw: draw.exponential(0.1, 20_000),
    "dim": lambda draw: draw.uniform(0, 12, 20_000),
    "bright": lambda draw: draw.uniform(12, 300, 5_000),
    "brighter": lambda draw: 10 ** draw.uniform(1, 7, 5_000),
    "everything": lambda draw: 10 ** draw.normal(0, 3, 20_000),
    "zero": lambda draw: np.zeros(100_000),
    "borders": lambda draw: draw.choice([-1e30, -5, -0.0, 0, 1e-45, 12, 1e6, 1e7, np.inf], 5_000),
}


@pytest.mark.parametrize("kind", MEANS)
def test_deviates_are_those_of_rounding_every_step(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    means = MEANS[kind](np.random.default_rng(3)).astype(np.float32)
    means = np.concatenate([means, np.nextafter(np.float32([12, 12, 1e6, 1e6]), np.float32(0))])
    drawn = Noise(ShuffledGenerator().stream(5)).poissons(means)
    monkeypatch.setattr("braggscope.physics.noise._PRODUCT_SLACK", math.inf)
    monkeypatch.setattr("braggscope.physics.noise._ROUNDING", math.inf)
    slowly = Noise(ShuffledGenerator().stream(5)).poissons(means)
    assert np.array_equal(drawn, slowly, equal_nan=True)


def test_deviates_go_on_where_they_stopped() -> None:
    means = np.linspace(0, 40, 300, dtype=np.float32).reshape(20, 15)
    noise = Noise(ShuffledGenerator().stream(-3))
    rows = [noise.poissons(row) for row in means]
    assert np.array_equal(rows, Noise(ShuffledGenerator().stream(-3)).poissons(means))


def test_the_logarithm_of_the_gamma_function() -> None:
    assert ln_gamma(5.0) == pytest.approx(3.17805386, abs=1e-7)
    assert ln_gamma(101.0) == pytest.approx(363.73938, abs=1e-5)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 500, 5000])
def test_many_deviates_are_those_drawn_one_by_one(count: int) -> None:
    one, many = (ShuffledGenerator().stream(7) for _ in range(2))
    for _ in range(2):
        assert many.take(count).tolist() == [float(one.next()) for _ in range(count)]
        assert many.state == one.state
    assert float(many.next()) == float(one.next())


def test_a_mean_below_zero_draws_no_photon() -> None:
    noise = Noise(ShuffledGenerator().stream(1))
    assert noise.poissons(np.array([-1e4], np.float32)).tolist() == [0.0]
