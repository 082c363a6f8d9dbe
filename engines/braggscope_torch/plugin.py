"""What this plugin adds: the engines torch-cpu and torch-cuda. Imports no torch."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    EngineContribution,
    EngineOption,
    Manifest,
    Semantics,
    allowed_values,
    hookimpl,
)

MANIFEST = Manifest(
    id="torch",
    title="Torch engines",
    api_version=API_VERSION,
    description="Braggscope's own simulator on torch, for CPU and CUDA.",
)

_PRECISION = EngineOption(
    name="precision",
    title="Precision",
    choices=("float64", "mixed", "float32-naive"),
    description="float64: everything in double precision. mixed: geometry and Miller indices in"
    " double, fractions reduced to the nearest integer and sums in single precision."
    " float32-naive: everything in single precision and no sine reduced, as other programs do it;"
    " here to show what that costs.",
)
_INDUCTOR = " inductor: compiled by torch for the run at hand, which takes its time at first."
_KERNEL = EngineOption(
    name="kernel",
    title="Kernel",
    choices=("automatic", "native", "eager", "inductor"),
    description="native: compiled code with vector instructions. eager: torch, operation by"
    " operation, which does everything. automatic: native where it is exact, else eager."
    + _INDUCTOR,
)
_CARD_KERNEL = EngineOption(
    name="kernel",
    title="Kernel",
    choices=("automatic", "eager", "inductor"),
    description="automatic and eager: torch, operation by operation, which does everything."
    + _INDUCTOR,
)
_SEMANTICS = {name: allowed_values(name) for name in Semantics.model_fields}


@hookimpl
def braggscope_engines() -> list[EngineContribution]:
    """One engine per device; the code is the same."""
    return [
        EngineContribution(
            id=f"torch-{device}",
            title=f"torch {device.upper()}",
            factory="braggscope_torch.engine:create",
            options=(_PRECISION, _KERNEL if device == "cpu" else _CARD_KERNEL),
            semantics=_SEMANTICS,
            description=f"Braggscope's simulator on torch, on the {name}.",
        )
        for device, name in (("cpu", "processor"), ("cuda", "graphics card"))
    ]
