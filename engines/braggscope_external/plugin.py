"""What this plugin adds: the engine nanobragg-c, and those that TOML files describe."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    EngineContribution,
    Manifest,
    Semantics,
    hookimpl,
)
from braggscope.api.semantics import allowed_values
from braggscope_external.described.contributions import described_engines

MANIFEST = Manifest(
    id="external",
    title="nanoBragg programs",
    api_version=API_VERSION,
    description="Runs a nanoBragg-compatible program: yours, or Braggscope's own in C, and any"
    " program that a TOML file describes.",
)


@hookimpl
def braggscope_engines() -> list[EngineContribution]:
    """The external program, and the user's own."""
    return [
        EngineContribution(
            id="nanobragg-c",
            title="nanoBragg (C)",
            factory="braggscope_external.engine:create",
            semantics={name: allowed_values(name) for name in Semantics.model_fields},
            description="A nanoBragg-compatible program: the one in the settings, NB_C_BIN,"
            " nanoBragg on PATH, or Braggscope's own.",
        ),
        *described_engines(),
    ]
