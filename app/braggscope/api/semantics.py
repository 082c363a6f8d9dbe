"""Semantics as part of the contract with plugins; see `braggscope.experiment.semantics`."""

from braggscope.experiment.semantics import (
    PRESETS,
    PixelFactor,
    Semantics,
    allowed_values,
    parse_semantics,
)

__all__ = ["PRESETS", "PixelFactor", "Semantics", "allowed_values", "parse_semantics"]
