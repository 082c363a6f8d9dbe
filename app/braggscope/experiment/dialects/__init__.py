"""Experiments in the formats of crystallography: one front door each way."""

from braggscope.experiment.dialects.front import (
    UNDERSTOOD,
    Exported,
    check_name,
    export_file,
    import_file,
    read_file,
)
from braggscope.experiment.dialects.imported import Choice, Imported, apply, merge
from braggscope.experiment.dialects.nexus import is_hdf5

__all__ = [
    "UNDERSTOOD",
    "Choice",
    "Exported",
    "Imported",
    "apply",
    "check_name",
    "export_file",
    "import_file",
    "is_hdf5",
    "merge",
    "read_file",
]
