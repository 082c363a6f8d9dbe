"""The Triton kernels run by Triton's interpreter, on the processor, in NumPy."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType

from braggscope_torch.card.kernels import Kernels

_DEVICE = "braggscope_torch.card.device"


@cache
def interpreted_kernels() -> Kernels:
    """A copy of the kernels that is interpreted; whoever imports them otherwise gets the compiled.

    Triton decides when a function is decorated: the modules are imported once more for it.
    """
    from triton import knobs

    def taken_out() -> dict[str, object]:
        names = [name for name in sys.modules if name.startswith(_DEVICE)]
        return {name: sys.modules.pop(name) for name in names}

    before = taken_out()
    try:
        with knobs.runtime.scope():
            knobs.runtime.interpret = True
            kernel = importlib.import_module(f"{_DEVICE}.kernel")
        for name in [name for name in sys.modules if name.startswith(f"{_DEVICE}.")]:
            _call_directly(sys.modules[name], kernel)
        # Triton's own functions, of which tl.max is one, were decorated for the compiler.
        sys.modules[f"{_DEVICE}.delicate"].any_of = lambda lanes: lanes.handle.data.any()
    finally:
        taken_out()
        sys.modules.update(before)  # type: ignore[arg-type]
    return Kernels(kernel.render, kernel.scan)


def _call_directly(module: ModuleType, kernel: ModuleType) -> None:
    """Functions that kernels call, as the interpreter rewrote them: at every call of what jit makes
    of them it patches all of triton.language again, which takes longer than the arithmetic. And
    constants as the values that they are to the compiler.
    """
    for name, value in list(vars(module).items()):
        if hasattr(value, "rewrite") and value not in (kernel.render, kernel.scan):
            setattr(module, name, value.rewrite())
        elif type(value).__name__ == "constexpr":
            setattr(module, name, value.value)
