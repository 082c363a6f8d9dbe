"""An image whose derivatives are computed block by block, from what is computed anew for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

import torch
from torch import Tensor

from braggscope_torch.blocks import blocks
from braggscope_torch.image import ordered, render_into
from braggscope_torch.kernel import render_pixels
from braggscope_torch.tables import Arrays, Tables

#: What one evaluation takes until its derivatives are known: operations keep what they saw.
_RECORDED_BYTES: Final = 60 * 8
_INTERPOLATED_BYTES: Final = 300 * 8
_NAMES: Final = tuple(field.name for field in fields(Arrays))


def with_order(tables: Tables) -> Tables:
    """The tables with what depends on the order of their run; see `braggscope_torch.serial`."""
    plain = _with_arrays(tables, [value.detach() for value in _arrays(tables)])
    return replace(tables, serial=ordered(plain, "automatic").serial)


def differentiable_image(tables: Tables) -> Tensor:
    """The image of tables whose arrays may require derivatives.

    Returns:
        [slow, fast] float64, photons, on the tables' device; 0 outside the region of interest.
    """
    image: Tensor = _Image.apply(tables, *_arrays(tables))
    return image


def _arrays(tables: Tables) -> list[Tensor]:
    return [getattr(tables.arrays, name) for name in _NAMES]


def _with_arrays(tables: Tables, arrays: list[Tensor]) -> Tables:
    return replace(tables, arrays=Arrays(**dict(zip(_NAMES, arrays, strict=True))))


class _Image(torch.autograd.Function):
    """Forward: any kernel. Backward: the eager one, with its operations recorded."""

    @staticmethod
    def forward(ctx: Any, tables: Tables, *arrays: Tensor) -> Tensor:
        ctx.tables = tables
        ctx.save_for_backward(*arrays)
        # On the processor, where kernels write.
        image = torch.zeros(tables.setup.detector.shape, dtype=torch.float64)
        render_into(image.numpy(), _with_arrays(tables, [array.detach() for array in arrays]))
        return image.to(tables.device)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        wanted = [n for n, is_wanted in enumerate(ctx.needs_input_grad[1:]) if is_wanted]
        found: list[Tensor | None] = [None] * len(_NAMES)
        again = torch.is_grad_enabled()
        arrays = list(ctx.saved_tensors)
        if not again:
            arrays = [array.detach() for array in arrays]
            for number in wanted:
                arrays[number].requires_grad_()
        with torch.enable_grad():
            tables = _with_arrays(ctx.tables, arrays)
            sources = [arrays[number] for number in wanted]
            for slow, fast in _small_blocks(tables):
                values = render_pixels(tables, slow, fast)
                if not values.requires_grad:
                    continue
                of_block = torch.autograd.grad(
                    values, sources, gradient[slow, fast], create_graph=again, allow_unused=True
                )
                for number, more in zip(wanted, of_block, strict=True):
                    known = found[number]
                    if more is not None:
                        found[number] = more if known is None else known + more
        return (None, *found)


def _small_blocks(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
    """Blocks of so few pixels that all their evaluations can be recorded at once."""
    steps, domains = tables.shape
    places = tables.layers.count * tables.setup.oversample**2 * len(tables.weight)
    each = _INTERPOLATED_BYTES if tables.setup.crystal.interpolates else _RECORDED_BYTES
    room = max(0, tables.memory_bytes - tables.bytes) // (each * places * max(1, steps * domains))
    for slow, fast in blocks(tables):
        size = min(max(1, room), max(1, len(slow)))
        yield from zip(slow.split(size), fast.split(size), strict=True)
