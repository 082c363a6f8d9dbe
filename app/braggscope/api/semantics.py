"""Semantics as part of the contract with plugins; see `braggscope.experiment.semantics`."""

from braggscope.experiment.semantics import (
    PRESETS,
    PixelFactor,
    Semantics,
    allowed_values,
    parse_semantics,
    preset_name,
    semantics_text,
    unlike_nanobragg,
)

__all__ = [
    "PRESETS",
    "PixelFactor",
    "Semantics",
    "allowed_values",
    "parse_semantics",
    "preset_name",
    "semantics_text",
    "unlike_nanobragg",
]
