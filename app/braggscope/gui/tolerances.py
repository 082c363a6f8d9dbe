"""Tolerances of traces that the user changed, kept in the settings. No Qt."""

from __future__ import annotations

from braggscope.api import PROFILES, Tolerances
from braggscope.host.settings import load_settings, save_settings


def load_tolerances() -> Tolerances:
    """What the settings say; nothing where they cannot be read, which others report."""
    settings, _ = load_settings()
    known = {name: dict(said) for name, said in settings.tolerances.items() if name in PROFILES}
    return Tolerances(known)


def save_tolerances(tolerances: Tolerances) -> None:
    """Keep changed tolerances, and nothing but them.

    Raises:
        InvalidInput: the settings cannot be read or written; they stay as they are.
    """
    settings, problem = load_settings()
    if problem is not None:
        raise problem
    said = {name: dict(values) for name, values in tolerances.changed.items()}
    save_settings(settings.model_copy(update={"tolerances": said}))
