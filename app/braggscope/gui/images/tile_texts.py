"""What tiles say of their images. No Qt."""

from __future__ import annotations

from braggscope.api import Provenance
from braggscope.api.semantics import semantics_text
from braggscope.evidence.bundle import FROM_EVIDENCE
from braggscope.experiment.plain_text import value_text
from braggscope.gui.slots import Phase
from braggscope.host.host import CACHED_NOTE
from braggscope.session_files.model import SESSION_NOTE


def origin_text(origin: Provenance) -> str:
    """How an image came about, in lines."""
    run = origin.run
    lines = []
    if run is not None:
        lines.append(f"Engine: {run.engine} {origin.engine_version}".rstrip())
        lines += [f"Override: {path} = {value_text(value)}" for path, value in run.overrides]
        named = semantics_text(run.semantics)
        lines.append(f"Semantics: {named}" if named else "")
    lines.append(f"Device: {origin.device}" if origin.device else "")
    lines.append(f"Precision: {origin.precision}" if origin.precision else "")
    lines += [f"Note: {note}" for note in origin.notes]
    return "\n".join(line for line in lines if line)


def whence(origin: Provenance) -> str:
    """Where an image is from that was not made just now; "" for one that was."""
    if any(note.startswith(FROM_EVIDENCE) for note in origin.notes):
        return " (from evidence)"
    if SESSION_NOTE in origin.notes:
        return " (from a session)"
    return " (from memory)" if CACHED_NOTE in origin.notes else ""


def unshown(fault: str) -> str:
    """Why there is an image and nothing to see."""
    return f"This image cannot be shown: {fault}.\nThe log says more."


def hint(phase: Phase, name: str) -> str:
    """What to wait for, or what to do, where there is no image."""
    if phase is Phase.QUEUED:
        return "Waiting for its turn…"
    if phase is Phase.RUNNING:
        return "Running…"
    if phase is Phase.FAILED:
        return f"The run of {name} failed.\nSee its row under “Runs”."
    return "No image yet.\nPress F5 to run A and B."
