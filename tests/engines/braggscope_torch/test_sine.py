"""The sine ratio of SQUARE crystals, compiled and by torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from braggscope_torch import sine
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


@pytest.mark.skipif(not LIBRARY.is_file(), reason="the native kernel is not built")
@pytest.mark.parametrize("bits", ["256", "512"])
@pytest.mark.parametrize("n_cells", [2.0, 5.0, 60.0, 1001.0])
def test_compiled_and_by_torch_it_is_the_same(
    bits: str, n_cells: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(libraries.LIMIT_VARIABLE, bits)
    compiled = Library(LIBRARY)
    if compiled.target == "portable":
        pytest.skip("this processor has no wide vectors")
    monkeypatch.setattr(sine, "library", lambda: compiled)
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
