"""The sine ratio of SQUARE crystals and its product over h, k, l, compiled and by torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from braggscope_torch import sine
from braggscope_torch.crystal import miller_indices, square_factors
from braggscope_torch.native import library as libraries
from braggscope_torch.native.library import Library, Missing
from braggscope_torch.scratch import Scratch

LIBRARY = libraries.FOLDER / libraries.NAME


@torch.no_grad()
def ratios(h: torch.Tensor, n_cells: float) -> np.ndarray:
    return sine.sine_ratio(h, n_cells, torch.empty_like(h), Scratch()).numpy()


def by_torch(h: torch.Tensor, n_cells: float, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    def missing() -> Library:
        raise Missing("for this test")

    with monkeypatch.context() as patch:
        patch.setattr(sine, "library", missing)
        return ratios(h, n_cells)


def indices() -> torch.Tensor:
    """Anywhere, close to whole numbers, and so many that no vector is filled evenly."""
    draw = np.random.default_rng(1)
    near = np.arange(-300.0, 301.0) + draw.normal(scale=1e-7, size=601)
    return torch.from_numpy(np.concatenate([draw.uniform(-60, 60, 1234), near, [0.0, -0.0]]))


@pytest.fixture(params=["256", "512"])
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The compiled code with vectors of at most so many bits, in use."""
    if not LIBRARY.is_file():
        pytest.skip("the native kernel is not built")
    monkeypatch.setenv(libraries.LIMIT_VARIABLE, request.param)
    found = Library(LIBRARY)
    if found.target == "portable":
        pytest.skip("this processor has no wide vectors")
    monkeypatch.setattr(sine, "library", lambda: found)
    return found


@pytest.mark.parametrize("n_cells", [2.0, 5.0, 60.0, 1001.0])
@pytest.mark.usefixtures("compiled")
def test_compiled_and_by_torch_it_is_the_same(
    n_cells: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = indices()
    expected = by_torch(h, n_cells, monkeypatch)
    assert np.abs(ratios(h, n_cells) - expected).max() <= 1e-15 * n_cells
    assert ratios(h, n_cells)[-2:].tolist() == pytest.approx([n_cells] * 2, rel=1e-15)


def test_the_derivative_takes_the_same_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    h = indices()
    recorded = sine.sine_ratio(h.clone().requires_grad_(), 7.0, None, Scratch())
    expected = by_torch(h, 7.0, monkeypatch)
    assert np.abs(recorded.detach().numpy() - expected).max() <= 1e-15 * 7.0


def test_numbers_beyond_all_bounds_are_what_torch_makes_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    h = torch.tensor([1e9, -3e15, 1e300, np.inf, np.nan, 0.25, 2.0], dtype=torch.float64)
    assert ratios(h, 3.0) == pytest.approx(by_torch(h, 3.0, monkeypatch), rel=1e-14, nan_ok=True)


@torch.no_grad()
@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("n_cells", [(5.0, 4.0, 60.0), (1.0, 0.5, 3.0), (1001.0, 1.0, 2.0)])
@pytest.mark.parametrize("pixels", [1, 31, 1000])
def test_all_at_once_is_bit_by_bit_what_it_is_one_after_the_other(
    n_cells: tuple[float, float, float], pixels: int
) -> None:
    """So the trace of a pixel, which shows each part, ends in the image's value."""
    draw = np.random.default_rng(2)
    q = torch.from_numpy(draw.uniform(-1e10, 1e10, (3, pixels)))
    q[:, -1] = torch.tensor([0.0, np.nan, 1e18])[draw.integers(3)]
    cells_m = torch.from_numpy(draw.uniform(-1e-8, 1e-8, (7, 3, 3))).transpose(0, 1)
    scratch = Scratch()
    for these in (slice(0, 3), slice(3, 7)):
        found = sine.ratio_product(cells_m[:, these], q, n_cells, scratch)
        assert found is not None
        found = found.clone()
        indices = miller_indices(cells_m[:, these], q, scratch)
        a, b, c = square_factors(indices, n_cells, "float64", scratch)
        assert np.array_equal(found.numpy(), (a * b * c).numpy(), equal_nan=True)


def test_nothing_is_done_at_once_while_derivatives_are_recorded() -> None:
    cells_m, q = torch.ones(3, 2, 3, dtype=torch.float64), torch.ones(3, 4, dtype=torch.float64)
    assert sine.ratio_product(cells_m.requires_grad_(), q, (2.0, 2.0, 2.0), Scratch()) is None
