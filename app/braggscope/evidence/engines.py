"""Engines that TOML files describe: kept in a bundle, and run from there where they are not known.

Such a description runs a program. It is only used where somebody said so.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.api import DetectorImage, InvalidInput
from braggscope.engine_files.finding import found_engine
from braggscope.engine_files.model import EngineDescription
from braggscope.engine_files.reading import parse_description, read_description, read_text
from braggscope.evidence.bundle import ENGINES, Evidence, OpenedBundle, Put

_PROGRAMS: Final = "programs.json"


@dataclass(frozen=True)
class BundledEngine:
    """An engine that a bundle describes.

    Attributes:
        id: of the engine.
        path: of its TOML file.
        description: what that says.
        programs: files that were run -> their SHA-256 of then.
    """

    id: str
    path: Path
    description: EngineDescription
    programs: Mapping[str, str]

    @property
    def question(self) -> str:
        """What running it means, in words."""
        command = " ".join(self.description.command)
        others = [path for path, digest in self.programs.items() if sha256_of(Path(path)) != digest]
        changed = "".join(
            f" {path} is not there, or no longer the file of then." for path in others
        )
        return (
            f"{self.id} is not known here; the evidence describes it, and runs: {command}.{changed}"
        )


def put_engines(evidence: Evidence, put: Put) -> None:
    """Keep the descriptions of a comparison's engines, and the checksums of what they ran.

    Raises:
        InvalidInput: a file cannot be read any more.
    """
    programs: dict[str, dict[str, str]] = {}
    for run, image in zip(evidence.runs, evidence.images, strict=True):
        found = found_engine(run.engine)
        if found is None or found.description is None or run.engine in programs:
            continue
        text = read_text(found.path)
        if not parse_description(text, found.path).here:
            # From the bundle, relative paths would lead nowhere.
            text = f"here = {json.dumps(str(found.path.parent))}\n{text}"
        put(name_of(run.engine), text.encode())
        programs[run.engine] = {str(path): sha256_of(path) for path in _run_files(image)}
    if programs:
        put(f"{ENGINES}/{_PROGRAMS}", json.dumps(programs, indent=2).encode())


def name_of(engine_id: str) -> str:
    """The file of an engine in a bundle."""
    return f"{ENGINES}/{re.sub(r'[^A-Za-z0-9_.+-]', '-', engine_id)}.toml"


def _run_files(image: DetectorImage) -> Iterator[Path]:
    """The program, and files among its arguments that are still there."""
    program, *arguments = image.provenance.command or ("",)
    found = shutil.which(program)
    if found is not None:
        yield Path(found)
    for argument in arguments:
        path = Path(argument)
        if path.is_absolute() and path.is_file():
            yield path


def sha256_of(path: Path) -> str:
    """Of a file; "" where there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def unknown_engines(bundle: OpenedBundle, known: Mapping[str, object]) -> tuple[BundledEngine, ...]:
    """Engines of a bundle's runs that are not known here, and that the bundle describes."""
    missing = dict.fromkeys(run.engine for run in bundle.runs if run.engine not in known)
    found = (_bundled(bundle.folder, engine_id) for engine_id in missing)
    return tuple(engine for engine in found if engine is not None)


def _bundled(folder: Path, engine_id: str) -> BundledEngine | None:
    path = folder / name_of(engine_id)
    try:
        description = read_description(path)
        said = json.loads((folder / ENGINES / _PROGRAMS).read_text(encoding="utf-8"))
        programs = {str(name): str(digest) for name, digest in said[engine_id].items()}
    except (InvalidInput, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if description.id != engine_id or not path.resolve().is_relative_to(folder.resolve()):
        return None
    return BundledEngine(engine_id, path, description, programs)
