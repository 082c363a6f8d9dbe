"""Tolerances of traces that the user changed, kept in the settings. No Qt."""

from __future__ import annotations

from braggscope.api import PROFILES, Tolerances
from braggscope.host.settings import Settings, load_settings, save_settings


def load_tolerances() -> Tolerances:
    """What the settings say; nothing where they cannot be read, which others report."""
    settings, _ = load_settings()
    return _known(settings)


def remember_edit(before: Tolerances, after: Tolerances) -> None:
    """Keep what was edited, and nothing else: what came with evidence or a session is not the
    user's own.

    Raises:
        InvalidInput: the settings cannot be read or written; they stay as they are.
    """
    settings, problem = load_settings()
    if problem is not None:
        raise problem
    own = _known(settings)
    for profile in before.changed.keys() | after.changed.keys():
        old, new = (said.changed.get(profile, {}) for said in (before, after))
        for name in old.keys() | new.keys():
            if name not in new:
                own = own.without(profile, name)
            elif old.get(name) != new[name]:
                own = own.with_value(profile, name, new[name])
    said = {name: dict(values) for name, values in own.changed.items()}
    save_settings(settings.model_copy(update={"tolerances": said}))


def _known(settings: Settings) -> Tolerances:
    known = {name: dict(said) for name, said in settings.tolerances.items() if name in PROFILES}
    return Tolerances(known)
