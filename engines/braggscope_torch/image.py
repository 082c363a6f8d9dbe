"""Whole images, block by block."""

from __future__ import annotations

import torch
from torch import Tensor

from braggscope.api import RunContext
from braggscope_torch.blocks import blocks
from braggscope_torch.kernel import render_pixels
from braggscope_torch.tables import Tables


@torch.no_grad()
def render_into(image: Tensor, tables: Tables, context: RunContext | None = None) -> None:
    """Fill the region of interest of an image.

    Args:
        image: [slow, fast] on any device; pixels outside the region are left alone.
        tables: the set-up on the device that computes.
        context: told about progress after every block; may cancel there and within.

    Raises:
        Cancelled: the user asked to stop.
    """
    context = context or RunContext()
    roi = tables.setup.detector.roi
    done = 0.0

    def checkpoint() -> None:
        context.progress(done)

    checkpoint()
    for slow, fast in blocks(tables):
        values = render_pixels(tables, slow, fast, checkpoint=checkpoint)
        image[slow.to(image.device), fast.to(image.device)] = values.to(image.device, image.dtype)
        if len(slow):
            done = (int(slow[-1]) + 1 - roi.slow_min) / (roi.slow_max - roi.slow_min + 1)
        checkpoint()
