"""The experiment: what was said, its dialects, and how it becomes a Setup."""

from braggscope.experiment.model import (
    Background,
    Beam,
    Crystal,
    Detector,
    Experiment,
    OrientationMatrix,
    RegionOfInterest,
    Sampling,
    StructureFactors,
    UnitCell,
)
from braggscope.experiment.resolve import resolve

__all__ = [
    "Background",
    "Beam",
    "Crystal",
    "Detector",
    "Experiment",
    "OrientationMatrix",
    "RegionOfInterest",
    "Sampling",
    "StructureFactors",
    "UnitCell",
    "resolve",
]
