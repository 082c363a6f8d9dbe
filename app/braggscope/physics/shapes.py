"""Shapes of the crystal or of its spots (spec 9.2)."""

from __future__ import annotations

from typing import Literal

Shape = Literal["square", "round", "gauss", "tophat"]
