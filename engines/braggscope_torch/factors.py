"""Solid angle, polarisation and captured fraction: which evaluation's value counts.

docs/semantics.md defines the rules; spec 9.1 is nanoBragg's.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

#: How a factor enters: once per pixel after the sum, in every term, or on the running sum.
Entry = Literal["pixel", "term", "running"]


class PixelFactor:
    """One factor under one rule, for a block of pixels: a solid angle in sr, or a plain ratio.

    Attributes:
        rule: an option's value.
        now: (pixels,) value of the evaluation at hand.
        in_force: (pixels,) what the rule makes of the values so far.
        shown: (pixels,) what a trace shows as in force: of a mean, the value that entered last.
    """

    def __init__(self, rule: str, start: Tensor) -> None:
        self.rule = rule
        self.now = start
        self.in_force = start
        self.shown = start
        self._count = torch.zeros_like(start)

    @property
    def entry(self) -> Entry:
        """Where the factor enters."""
        if self.rule == "per-evaluation":
            return "term"
        return "running" if self.rule == "compounding" else "pixel"

    @property
    def is_settled(self) -> bool:
        """Whether further evaluations would change nothing."""
        return self.rule == "first" and bool((self.in_force != 0.0).all())

    def restart(self, start: Tensor) -> None:
        """Forget the value in force, as nanoBragg does at every layer (spec section 9)."""
        if self.rule == "first":
            self.in_force = self.shown = start

    def add(self, now: Tensor, accepted: Tensor | None = None) -> None:
        """Take in the values of one evaluation; where it is not accepted, it does not count."""
        self.now = now
        if self.rule == "first":
            changed = self.in_force == 0.0
        elif self.rule == "mean":
            self._add_to_mean(now, accepted)
            self.shown = now if accepted is None else torch.where(accepted, now, self.shown)
            return
        else:
            changed = torch.ones_like(now, dtype=torch.bool)
        if accepted is not None:
            changed = changed & accepted
        self.in_force = self.shown = torch.where(changed, now, self.in_force)

    def _add_to_mean(self, now: Tensor, accepted: Tensor | None) -> None:
        counts = torch.ones_like(now) if accepted is None else accepted.to(now.dtype)
        # The mean starts from nothing, whatever value a pixel without evaluations has.
        so_far = torch.where(self._count > 0, self.in_force, torch.zeros_like(now))
        self._count = self._count + counts
        step = (now - so_far) / self._count.clamp(min=1.0)
        self.in_force = torch.where(counts > 0, so_far + step, self.in_force)
