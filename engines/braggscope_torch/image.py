"""Whole images, by the kernel that the user chose."""

from __future__ import annotations

from typing import Any, Final, Literal

from numpy.typing import NDArray

from braggscope.api import RunContext
from braggscope_torch.blocks import blocks, simulated_pixels
from braggscope_torch.card import kernels as triton
from braggscope_torch.card.image import render_on_card
from braggscope_torch.card.search import card_candidates
from braggscope_torch.card.support import unsupported_on_card
from braggscope_torch.eager import render_blocks
from braggscope_torch.native.image import render_native
from braggscope_torch.native.library import Library, Missing, library
from braggscope_torch.native.rendering import processors
from braggscope_torch.native.search import native_candidates
from braggscope_torch.serial import may_switch, with_serial_order
from braggscope_torch.support import unsupported
from braggscope_torch.tables import Tables

KernelName = Literal["automatic", "native", "triton", "eager", "inductor"]
#: They do not fall back on whatever else is there.
_OTHERS: Final = ("eager", "inductor")


def native_library(tables: Tables, kernel: KernelName) -> tuple[Library | None, str]:
    """The native kernel, if it shall and can render a run.

    Returns:
        The library, or None and why the eager kernel does it instead ("" where that is asked for).
    """
    if kernel in _OTHERS or tables.device.type != "cpu":
        return None, ""
    try:
        found = library()
    except Missing as error:
        return None, f"there is no native kernel: {error}"
    why = unsupported(tables)
    return (None, why) if why else (found, "")


def card_kernels(tables: Tables, kernel: KernelName) -> tuple[triton.Kernels | None, str]:
    """The Triton kernel, if it shall and can render a run.

    Returns:
        The kernels, or None and why the eager kernel does it instead ("" where that is asked for).
    """
    if kernel in _OTHERS or tables.device.type != "cuda":
        return None, ""
    try:
        found = triton.working(tables.device)
    except triton.Missing as error:
        return None, f"there is no Triton kernel: {error}"
    why = unsupported_on_card(tables)
    return (None, why) if why else (found, "")


def ordered(tables: Tables, kernel: KernelName, context: RunContext | None = None) -> Tables:
    """The tables with what depends on the serial order of the whole run.

    Raises:
        Cancelled: the user asked to stop.
    """
    context = context or RunContext()

    def checkpoint() -> None:
        context.progress(0.0, "looking for the end of interpolation")

    if may_switch(tables):
        native, _ = native_library(tables, kernel)
        if native is not None:
            candidates = native_candidates(native, processors(), checkpoint)
            return with_serial_order(tables, checkpoint, candidates)
        card, _ = card_kernels(tables, kernel)
        if card is not None:
            return with_serial_order(tables, checkpoint, card_candidates(card, checkpoint))
    return with_serial_order(tables, checkpoint)


def render_into(
    image: NDArray[Any],
    tables: Tables,
    context: RunContext | None = None,
    kernel: KernelName = "automatic",
) -> None:
    """Fill the region of interest of an image.

    Args:
        image: [slow, fast]; pixels outside the region are left alone.
        tables: the set-up on the device that computes, with the serial order of the run.
        context: told about progress; may cancel.

    Raises:
        Cancelled: the user asked to stop.
    """
    context = context or RunContext()
    context.progress(0.0)
    why = _quickly_into(image, tables, context, kernel)
    if why is not None:
        if why:
            context.notes.append(f"the eager kernel made this image: {why}")
        total = max(1, simulated_pixels(tables))
        render_blocks(
            image, tables, blocks(tables), lambda done: context.progress(min(done / total, 1.0))
        )
    context.progress(1.0)


def _quickly_into(
    image: NDArray[Any], tables: Tables, context: RunContext, kernel: KernelName
) -> str | None:
    """Render with a fast kernel.

    Returns:
        None when it is done; else why not, "" where none is asked for.
    """
    if kernel == "inductor":
        return _compiled_into(image, tables, context) or None
    native, why = native_library(tables, kernel)
    if native is not None:
        render_native(image, tables, native, processors(), context)
        return None
    card, why_not_card = card_kernels(tables, kernel)
    if card is not None:
        render_on_card(image, tables, card, context)
        return None
    return why or why_not_card


def _compiled_into(image: NDArray[Any], tables: Tables, context: RunContext) -> str:
    """Render with a kernel compiled for the run; gives why not, "" when it is done."""
    # It takes a while to import, and few need it.
    from braggscope_torch.inductor import Unavailable, render_compiled

    try:
        render_compiled(image, tables, context)
    except Unavailable as error:
        return str(error)
    return ""
