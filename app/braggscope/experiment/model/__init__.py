"""Experiment: what the user said, validated and frozen. None means "choose for me".

Numbers are in the units that people type (Å, mm, degrees); `resolve` turns them into SI.
"""

from braggscope.experiment.model.background import Background
from braggscope.experiment.model.beam import Beam, SourceList, SourceRow
from braggscope.experiment.model.crystal import (
    Crystal,
    OrientationMatrix,
    StructureFactors,
    UnitCell,
)
from braggscope.experiment.model.detector import Detector, MaskFile, RegionOfInterest
from braggscope.experiment.model.experiment import Experiment
from braggscope.experiment.model.part import Usual
from braggscope.experiment.model.sampling import Sampling

__all__ = [
    "Background",
    "Beam",
    "Crystal",
    "Detector",
    "Experiment",
    "MaskFile",
    "OrientationMatrix",
    "RegionOfInterest",
    "Sampling",
    "SourceList",
    "SourceRow",
    "StructureFactors",
    "UnitCell",
    "Usual",
]
