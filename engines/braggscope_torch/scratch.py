"""Memory for intermediate results that is used again and again."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Shape = tuple[int, ...]


class Scratch:
    """Gives the same memory for the same purpose, block after block: it stays in the cache.

    Its tensors hold until the purpose comes up again. While derivatives are recorded there is
    none, and every operation makes a tensor of its own. For one thread.
    """

    def __init__(self) -> None:
        self._memory: dict[str, Tensor] = {}
        self._latest: dict[str, Tensor] = {}

    def __call__(self, purpose: str, shape: Shape, like: Tensor) -> Tensor | None:
        """Memory to pass as `out`, of the type and on the device of another tensor."""
        if torch.is_grad_enabled():
            return None
        latest = self._latest.get(purpose)
        if latest is None or latest.shape != shape or latest.dtype != like.dtype:
            latest = self._latest[purpose] = self._piece(purpose, shape, like)
        return latest

    def _piece(self, purpose: str, shape: Shape, like: Tensor) -> Tensor:
        size = math.prod(shape)
        memory = self._memory.get(purpose)
        if memory is None or memory.numel() < size or memory.dtype != like.dtype:
            memory = torch.empty(size, dtype=like.dtype, device=like.device)
            self._memory[purpose] = memory
        return memory[:size].view(shape)
