"""Files that a run needs, brought into a bundle and found there again."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from braggscope.api import InvalidInput
from braggscope.evidence.bundle import INPUTS, Put
from braggscope.experiment import Experiment
from braggscope.experiment.files import read_bytes
from braggscope.experiment.toml_references import REFERENCES


class Inputs:
    """Copies files into a bundle, each once.

    Args:
        put: takes a name in the bundle and its content.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._names: dict[str, str] = {}

    def localised(self, value: Any, role: str) -> Any:
        """A value in which references to files name their copies in the bundle.

        Raises:
            InvalidInput: a file is gone, or no longer the one that was used.
        """
        if not isinstance(value, dict):
            return value
        made = {name: self.localised(part, role) for name, part in value.items()}
        if made.get("path"):
            made["path"] = self._copy(Path(made["path"]), made.get("sha256"), role)
        return made

    def experiment(self, experiment: Experiment) -> Experiment:
        """The experiment with its files in the bundle; paths are relative to it.

        Raises:
            InvalidInput: a file is gone, or no longer the one that was used.
        """
        changes = {}
        for group, name in REFERENCES:
            reference = getattr(getattr(experiment, group), name)
            if reference is None or reference.path is None:
                continue
            said = reference.model_dump(mode="json")
            local = self.localised(said, name)
            changes[f"{group}.{name}"] = {**local, "path": f"/{local['path']}"}
        return experiment.with_overrides(changes) if changes else experiment

    def copied(self, path: Path, prefix: str = "") -> str:
        """The name in the bundle of a copy of a file.

        Raises:
            InvalidInput: it cannot be read.
        """
        return self._copy(path, None, "input", prefix)

    def _copy(self, path: Path, sha256: str | None, role: str, prefix: str = "") -> str:
        content = read_bytes(path, role)
        digest = hashlib.sha256(content).hexdigest()
        if sha256 is not None and sha256 != digest:
            raise InvalidInput(
                f"{path} is no longer the file that was used",
                why=f"its SHA-256 is {digest[:12]}…, not {sha256[:12]}…",
                remedy="Restore the file, or run again with the new one",
            )
        if digest not in self._names:
            name = str(PurePosixPath(INPUTS) / f"{prefix}{path.name}")
            if name in self._names.values():
                name = str(PurePosixPath(INPUTS) / f"{digest[:8]}_{path.name}")
            self._put(name, content)
            self._names[digest] = name
        return self._names[digest]


def absolute(value: Any, folder: Path) -> Any:
    """The inverse of `Inputs.localised`, for a bundle that lies in a folder."""
    if not isinstance(value, dict):
        return value
    made = {name: absolute(part, folder) for name, part in value.items()}
    if made.get("path"):
        made["path"] = str(folder / made["path"])
    return made
