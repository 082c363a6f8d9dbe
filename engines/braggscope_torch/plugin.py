"""What this plugin adds: the engines torch-cpu and torch-cuda. Imports no torch."""

from __future__ import annotations

from dataclasses import replace

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

_PRECISIONS = ("float64", "mixed", "float32-naive")
_PRECISION = EngineOption(
    name="precision",
    title="Precision",
    choices=_PRECISIONS,
    description="float64: everything in double precision. mixed: geometry and Miller indices in"
    " double, fractions reduced to the nearest integer and sums in single precision."
    " float32-naive: everything in single precision and no sine reduced, as other programs do it;"
    " here to show what that costs.",
)
_CARD_PRECISION = replace(
    _PRECISION,
    choices=("automatic", *_PRECISIONS),
    description=_PRECISION.description + " automatic: float64 on cards for data centres, mixed on"
    " all others, which are slow in double precision; the result says which.",
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
    choices=("automatic", "triton", "eager", "inductor"),
    description="triton: one kernel for all steps of a pixel, compiled for the card in a second or"
    " two. eager: torch, operation by operation, which does everything. automatic: triton where it"
    " is there and exact, else eager." + _INDUCTOR,
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
            options=(_PRECISION, _KERNEL) if device == "cpu" else (_CARD_PRECISION, _CARD_KERNEL),
            semantics=_SEMANTICS,
            description=f"Braggscope's simulator on torch, on the {name}.",
        )
        for device, name in (("cpu", "processor"), ("cuda", "graphics card"))
    ]
