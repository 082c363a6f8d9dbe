"""The contract between Braggscope and its plugins. No Qt here; see `braggscope.ui` for views.

Everything a plugin may rely on is named in `__all__`; it changes only with `API_VERSION`.
"""

from braggscope.api.asymmetry import Asymmetry, asymmetries, asymmetry_of
from braggscope.api.catalogue import CATALOGUE, STAGES, CatalogueEntry, Dim, Stage, VariableKind
from braggscope.api.divergence import (
    TraceComparison,
    VariableComparison,
    Verdict,
    compare_traces,
    judge_again,
)
from braggscope.api.engine import (
    Availability,
    Engine,
    EngineOption,
    GaugedEngine,
    Limit,
    Preparation,
    RunContext,
)
from braggscope.api.image import DetectorImage, Provenance
from braggscope.api.metric import Bounds, ImagePair, MetricResult, Place
from braggscope.api.overlay import Line, Marks, OverlayItem, OverlayScene
from braggscope.api.plugin import (
    API_VERSION,
    DifferenceMapContribution,
    EngineContribution,
    Manifest,
    MetricContribution,
    OverlayContribution,
    ViewContribution,
    hookimpl,
)
from braggscope.api.region import (
    Ellipse,
    ImageRegion,
    Masked,
    Rectangle,
    RegionShape,
    Shell,
    pixels_of,
)
from braggscope.api.run import Pixel, Run
from braggscope.api.semantics import PRESETS, Semantics, allowed_values, parse_semantics
from braggscope.api.tolerances import PROFILES, Profile, Tolerances, profile_of
from braggscope.api.trace import PixelTrace, Variable, variable
from braggscope.api.ulps import NumberType, largest_ulps, ulp_distances
from braggscope.errors import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    InvalidInput,
    NotSimulatedYet,
    ShapeMismatch,
)

__all__ = [
    "API_VERSION",
    "CATALOGUE",
    "PRESETS",
    "PROFILES",
    "STAGES",
    "Asymmetry",
    "Availability",
    "Bounds",
    "BraggscopeError",
    "Cancelled",
    "CatalogueEntry",
    "DetectorImage",
    "DifferenceMapContribution",
    "Dim",
    "Ellipse",
    "Engine",
    "EngineContribution",
    "EngineFailed",
    "EngineOption",
    "GaugedEngine",
    "ImagePair",
    "ImageRegion",
    "InvalidInput",
    "Limit",
    "Line",
    "Manifest",
    "Marks",
    "Masked",
    "MetricContribution",
    "MetricResult",
    "NotSimulatedYet",
    "NumberType",
    "OverlayContribution",
    "OverlayItem",
    "OverlayScene",
    "Pixel",
    "PixelTrace",
    "Place",
    "Preparation",
    "Profile",
    "Provenance",
    "Rectangle",
    "RegionShape",
    "Run",
    "RunContext",
    "Semantics",
    "ShapeMismatch",
    "Shell",
    "Stage",
    "Tolerances",
    "TraceComparison",
    "Variable",
    "VariableComparison",
    "VariableKind",
    "Verdict",
    "ViewContribution",
    "allowed_values",
    "asymmetries",
    "asymmetry_of",
    "compare_traces",
    "hookimpl",
    "judge_again",
    "largest_ulps",
    "parse_semantics",
    "pixels_of",
    "profile_of",
    "ulp_distances",
    "variable",
]
