"""What this plugin adds: the engine file."""

from __future__ import annotations

from braggscope.api import (
    API_VERSION,
    EngineContribution,
    EngineOption,
    Manifest,
    Semantics,
    hookimpl,
)
from braggscope.api.semantics import allowed_values
from braggscope.openable import IMAGE_PATTERNS

MANIFEST = Manifest(
    id="files",
    title="Image files",
    api_version=API_VERSION,
    description="Takes detector images from disk in the place of simulated ones.",
)

OPTIONS = (
    EngineOption(
        "path",
        "Image file",
        description="SMV, CBF, TIFF, EDF, MarCCD, HDF5 (NeXus, Eiger), .npy, .npz, or raw pixels"
        " in the detector's shape (.bin); .gz too. It is read again when it changes.",
        kind="path",
        required=True,
        patterns=IMAGE_PATTERNS,
    ),
    EngineOption(
        "frame",
        "Frame",
        description="Which frame of a file that holds several, from 1",
        kind="number",
        default="1",
        rare=True,
    ),
    EngineOption(
        "dataset",
        "Dataset",
        description="Path within an HDF5 file, or the name of an array in a .npz; empty: the image"
        " that the file itself points to",
        kind="text",
        rare=True,
    ),
    EngineOption(
        "gaps",
        "Gaps and dead pixels",
        ("masked", "kept"),
        "Negative values of detector formats, an Eiger's largest value and the file's own pixel"
        " mask do not count, or are values like others",
        rare=True,
    ),
    EngineOption(
        "scale",
        "Scale",
        description="Pixels are multiplied by this",
        kind="number",
        default="1",
        rare=True,
    ),
    EngineOption(
        "offset",
        "Offset",
        description="This is added to the scaled pixels: -40 takes an ADC's offset away",
        kind="number",
        default="0",
        rare=True,
    ),
)


@hookimpl
def braggscope_engines() -> list[EngineContribution]:
    """Files do not care what was meant: all semantics are taken."""
    return [
        EngineContribution(
            id="file",
            title="Image from file",
            factory="braggscope_files.engine:create",
            options=OPTIONS,
            semantics={name: allowed_values(name) for name in Semantics.model_fields},
            description="A measured or simulated image from disk.",
        )
    ]
