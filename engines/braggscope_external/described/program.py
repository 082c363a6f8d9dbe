"""The program behind a TOML file: whether it can run, and which version it is."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from braggscope.api import EngineFailed, RunContext
from braggscope.engine_files.model import EngineDescription
from braggscope_external.described.inputs import environment_of, fixed_command
from braggscope_external.process import Launch, launch

_QUESTION_TIMEOUT_S: Final = 20.0
_LONGEST_VERSION: Final = 80
_MOST_FILES: Final = 5000


def check_program(description: EngineDescription, here: Path) -> Path:
    """The executable.

    Raises:
        EngineFailed: it is not there, or may not be run.
    """
    first = fixed_command(description.command[:1], here)[0]
    search = environment_of(description, here).get("PATH")
    found = shutil.which(first, path=search)
    if found is not None:
        return Path(found)
    path = Path(first)
    if path.is_file():
        raise EngineFailed(
            f"{path} is not executable",
            where=description.id,
            why="it is the program of the command",
            remedy=f"Make it executable: chmod +x {path}",
        )
    where = "" if os.sep in first else ", and it is not on PATH"
    raise EngineFailed(
        f"there is no program {first}",
        where=description.id,
        why=f"the command begins with it{where}",
        remedy="Correct command; a relative path begins at the TOML file",
    )


def told_version(description: EngineDescription, here: Path) -> str:
    """What the version command prints first; "" without one.

    Raises:
        EngineFailed: it fails, so the program would too.
    """
    if not description.version_command:
        return ""
    with tempfile.TemporaryDirectory(prefix="engine-") as name:
        asked = Launch(
            fixed_command(description.version_command, here),
            Path(name),
            _QUESTION_TIMEOUT_S,
            environment_of(description, here),
            raise_limit="version_command should only print a version",
        )
        printed = launch(asked, RunContext())
    return (printed.stdout[0] if printed.stdout else "")[:_LONGEST_VERSION]


def digest_of(description: EngineDescription, text: str, here: Path, program: Path) -> str:
    """SHA-256 over the TOML file, the program, and the files that it names or depends on."""
    total = hashlib.sha256(text.encode())
    for path in dict.fromkeys((program, *_named(description, here), *_depends(description, here))):
        total.update(str(path).encode())
        try:
            total.update(path.read_bytes())
        except OSError:
            total.update(b"unreadable")
    return total.hexdigest()


def _named(description: EngineDescription, here: Path) -> Iterator[Path]:
    """Files among the arguments, such as the script that an interpreter runs."""
    for word in description.command[1:]:
        if "{" in word.replace("{here}", ""):
            continue
        path = Path(fixed_command(["x", word], here)[1])
        if path.is_absolute() and path.is_file():
            yield path


def _depends(description: EngineDescription, here: Path) -> Iterator[Path]:
    count = 0
    for pattern in description.depends_on:
        for name in sorted(_matching(here, pattern)):
            count += 1
            if count > _MOST_FILES:
                return
            yield name


def _matching(here: Path, pattern: str) -> list[Path]:
    """Files that a pattern names, from the TOML file's folder on."""
    folder, relative = here, pattern
    while relative.startswith("../"):
        folder, relative = folder.parent, relative[3:]
    path = Path(pattern)
    if path.is_absolute():
        if path.is_file():
            return [path]
        folder, relative = Path(path.anchor), str(path.relative_to(path.anchor))
    if Path(relative) == Path():
        return []
    return [path for path in folder.glob(relative) if path.is_file()]
