"""What this plugin adds: the engine nanobragg-c."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    EngineContribution,
    Manifest,
    Semantics,
    hookimpl,
)
from braggscope.api.semantics import allowed_values

MANIFEST = Manifest(
    id="external",
    title="nanoBragg programs",
    api_version=API_VERSION,
    description="Runs a nanoBragg-compatible program: yours, or Braggscope's own in C.",
)


@hookimpl
def braggscope_engines() -> list[EngineContribution]:
    """The external program."""
    return [
        EngineContribution(
            id="nanobragg-c",
            title="nanoBragg (C)",
            factory="braggscope_external.engine:create",
            semantics={name: allowed_values(name) for name in Semantics.model_fields},
            description="A nanoBragg-compatible program: the one in the settings, NB_C_BIN,"
            " nanoBragg on PATH, or Braggscope's own.",
        )
    ]
