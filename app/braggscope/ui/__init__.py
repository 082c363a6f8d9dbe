"""The Qt contract with view plugins: what a dock may watch and ask for.

Everything without Qt is in `braggscope.api`.
"""

from braggscope.ui.context import AnalysisResult, TraceState, View, ViewContext

__all__ = ["AnalysisResult", "TraceState", "View", "ViewContext"]
