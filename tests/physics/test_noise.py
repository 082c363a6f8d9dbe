"""Photon noise against the values of the specification."""

from __future__ import annotations

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
    drawn = [noise.poisson(float(np.float32(mean))) for mean in means]
    expected = [0, 0, 5, 6, 12, 9, 12, 97, 1001, 100257, 2000460, 1999939.38, 49993836]
    assert drawn == [float(np.float32(value)) for value in expected]


def test_the_logarithm_of_the_gamma_function() -> None:
    assert ln_gamma(5.0) == pytest.approx(3.17805386, abs=1e-7)
    assert ln_gamma(101.0) == pytest.approx(363.73938, abs=1e-5)


def test_many_deviates_are_those_drawn_one_by_one() -> None:
    one, many = (ShuffledGenerator().stream(7) for _ in range(2))
    assert many.take(500) == [float(one.next()) for _ in range(500)]
    assert many.z == one.z
    assert float(many.next()) == float(one.next())


def test_a_mean_below_zero_draws_no_photon() -> None:
    noise = Noise(ShuffledGenerator().stream(1))
    assert noise.poisson(-1e4) == 0.0
