"""TOML files as contributions of the plugin."""

from __future__ import annotations

from braggscope.api import EngineContribution
from braggscope.engine_files.finding import FoundEngine, found_engines


def described_engines() -> list[EngineContribution]:
    """One engine for each file, the broken ones too."""
    return [_contribution(found) for found in found_engines()]


def _contribution(found: FoundEngine) -> EngineContribution:
    description = found.description
    if description is None:
        return EngineContribution(
            id=found.id,
            title=f"{found.path.stem} (broken file)",
            factory="braggscope_external.described.broken:create",
            description=f"Described by {found.path}, which cannot be used.",
        )
    said = description.description
    return EngineContribution(
        id=found.id,
        title=description.title,
        factory="braggscope_external.described.engine:create",
        semantics={name: tuple(values) for name, values in description.semantics.items()},
        description=" ".join(filter(None, (said, f"Described by {found.path}."))),
    )
