"""The Qt contract with view plugins: what a dock may watch and ask.

Beside what is named here, views may use `braggscope.ui.theme`, `.icons`, `.view_state`,
`.flow_layout`, `.choices` and `.log`.
"""

from braggscope.ui.context import (
    AnalysisResult,
    Pin,
    PinsState,
    Remembering,
    TraceJob,
    TraceState,
    View,
    ViewContext,
)

__all__ = [
    "AnalysisResult",
    "Pin",
    "PinsState",
    "Remembering",
    "TraceJob",
    "TraceState",
    "View",
    "ViewContext",
]
