"""What was found, in words."""

from __future__ import annotations

import math

from braggscope.explain.explaining import Explanation, Trial


def share_text(trial: Trial) -> str:
    """How much of the difference a change removes."""
    if trial.problem:
        return "—"
    if trial.explains:
        return "all"
    if trial.removed < -9.99:
        return "worse"
    # Never a round 100 % for what leaves something behind.
    return f"{math.floor(trial.removed * 1e4) / 1e2:.2f} %"


def verdict_of(found: Explanation) -> str:
    """The best guess in one sentence."""
    if found.before.is_rounding:
        return "A and B differ by rounding alone: there is nothing to explain."
    best = found.best
    if best is None:
        return "No single change explains the difference."
    rivals = [
        trial
        for trial in found.trials[1:]
        if not trial.problem
        and trial.explains == best.explains
        and (best.explains or trial.removed >= best.removed)
    ]
    also = ""
    if rivals:
        also = f" So does: {'; '.join(trial.hypothesis.title for trial in rivals[:3])}."
    how = "exactly" if best.explains else f"but for {1.0 - best.removed:.2g} of the difference"
    return f"B is {how} as if, in A, {best.hypothesis.title}.{also}"


def percent(share: float) -> str:
    """A share of pixels; never a round 0 % or 100 % of what is neither."""
    if 0.0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1.0:
        return "> 99.9 %"
    return f"{100.0 * share:.1f} %"
