"""Arrays of either kind, joined."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from braggscope.physics import arrays


def test_one_tensor_makes_a_tensor_of_all() -> None:
    angle = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    joined = arrays.stack(1.0, np.float64(2.0), angle)
    assert isinstance(joined, torch.Tensor)
    assert joined.tolist() == [1.0, 2.0, 0.5]
    assert joined.requires_grad


def test_joining_looks_at_every_part_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand mosaic domains took minutes to set up when it looked at all for each."""
    looked = 0
    is_torch_array = arrays.is_torch_array

    def counted(value: object) -> bool:
        nonlocal looked
        looked += 1
        return bool(is_torch_array(value))

    monkeypatch.setattr(arrays, "is_torch_array", counted)
    assert arrays.stack(*np.zeros((1000, 3))).shape == (1000, 3)
    assert looked < 10_000
