"""The contract between Braggscope and its plugins. No Qt here; see `braggscope.ui` for views.

Everything a plugin may rely on is named in `__all__`; it changes only with `API_VERSION`.
"""

from braggscope.api.catalogue import CATALOGUE, CatalogueEntry, Dim, VariableKind
from braggscope.api.divergence import (
    TraceComparison,
    VariableComparison,
    Verdict,
    compare_traces,
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
from braggscope.api.metric import Bounds, ImagePair, MetricResult
from braggscope.api.plugin import (
    API_VERSION,
    DifferenceMapContribution,
    EngineContribution,
    Manifest,
    MetricContribution,
    ViewContribution,
    hookimpl,
)
from braggscope.api.run import Pixel, Run
from braggscope.api.semantics import PRESETS, Semantics, allowed_values, parse_semantics
from braggscope.api.trace import PixelTrace, Variable, variable
from braggscope.errors import (
    BraggscopeError,
    Cancelled,
    EngineFailed,
    InvalidInput,
    NotSimulatedYet,
)

__all__ = [
    "API_VERSION",
    "CATALOGUE",
    "PRESETS",
    "Availability",
    "Bounds",
    "BraggscopeError",
    "Cancelled",
    "CatalogueEntry",
    "DetectorImage",
    "DifferenceMapContribution",
    "Dim",
    "Engine",
    "EngineContribution",
    "EngineFailed",
    "EngineOption",
    "GaugedEngine",
    "ImagePair",
    "InvalidInput",
    "Limit",
    "Manifest",
    "MetricContribution",
    "MetricResult",
    "NotSimulatedYet",
    "Pixel",
    "PixelTrace",
    "Preparation",
    "Provenance",
    "Run",
    "RunContext",
    "Semantics",
    "TraceComparison",
    "Variable",
    "VariableComparison",
    "VariableKind",
    "Verdict",
    "ViewContribution",
    "allowed_values",
    "compare_traces",
    "hookimpl",
    "parse_semantics",
    "variable",
]
