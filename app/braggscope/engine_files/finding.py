"""Where files with engines are: named ones, the folder in the user's configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from braggscope.errors import InvalidInput

if TYPE_CHECKING:
    from braggscope.engine_files.model import EngineDescription

#: Files and folders, separated as in PATH. Worker processes see it too.
VARIABLE: Final = "BRAGGSCOPE_ENGINE_FILES"
CONFIG_DIR_VARIABLE: Final = "BRAGGSCOPE_CONFIG_DIR"
_FOLDER: Final = "engines"
_MOST: Final = 200


@dataclass(frozen=True)
class FoundEngine:
    """One file.

    Attributes:
        path: absolute.
        id: of the engine; made of the file's name where the file cannot be used.
        description: None where it cannot be used.
        problem: why it cannot.
    """

    path: Path
    id: str
    description: EngineDescription | None
    problem: InvalidInput | None = None


def engines_folder() -> Path:
    """The folder in the user's configuration whose TOML files describe engines."""
    folder = os.environ.get(CONFIG_DIR_VARIABLE)
    return Path(folder or platformdirs.user_config_dir("braggscope")) / _FOLDER


def announce(names: Iterable[str | Path]) -> None:
    """Have files or folders looked at from now on, by this process and those that it starts.

    Raises:
        InvalidInput: one has a path that cannot stand in a list.
    """
    known = [name for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
    new = [str(checked_place(Path(name))) for name in names]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys((*known, *new)))


def checked_place(path: Path) -> Path:
    """The absolute path of a file or folder that is to be looked at.

    Raises:
        InvalidInput: it cannot stand in a list of paths.
    """
    path = path.expanduser().absolute()
    if os.pathsep in str(path):
        raise InvalidInput(
            f"engines cannot be looked for in {path.name}",
            where=str(path),
            why=f"its path holds {os.pathsep!r}, and {os.pathsep!r} separates the paths in"
            f" {VARIABLE}",
            remedy="Rename the file or the folder",
        )
    return path


@contextmanager
def announced(paths: Iterable[Path]) -> Iterator[None]:
    """Have files looked at for a while, before all others."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = os.pathsep.join(
        [*(str(checked_place(path)) for path in paths), *filter(None, [before])]
    )
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def announce_file(path: Path) -> str:
    """Have one file looked at, and say the id of its engine.

    Raises:
        InvalidInput: it describes none, or cannot be looked at.
    """
    from braggscope.engine_files.reading import read_description

    description = read_description(path)
    announce([path])
    if (first := found_engine(description.id)) is not None and first.path != path.absolute():
        raise InvalidInput(
            f"the engine {description.id!r} is described twice",
            where=str(path),
            why=f"{first.path} describes it already",
            remedy="Give one of them another id",
        )
    return description.id


def found_engines() -> list[FoundEngine]:
    """All files with their engines, in the order of precedence; ids are unique.

    Files that cannot be used take no id that another one says.
    """
    read = [_read(path) for path in engine_paths()]
    taken: dict[str, Path] = {}
    for path, said in read:
        if not isinstance(said, InvalidInput):
            taken.setdefault(said.id, path)
    return [_found(path, said, taken) for path, said in read]


def found_engine(engine_id: str) -> FoundEngine | None:
    """The file that describes an engine, usable or not."""
    return next((item for item in found_engines() if item.id == engine_id), None)


def engine_paths() -> list[Path]:
    """Paths of all files, each once; those that were named come first."""
    named = [Path(name) for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
    paths = [path for place in (*named, engines_folder()) for path in _files_of(place)]
    return list(dict.fromkeys(paths))[:_MOST]


def _files_of(place: Path) -> Iterator[Path]:
    place = place.expanduser().absolute()
    try:
        if place.is_dir():
            yield from sorted(path for path in place.iterdir() if path.suffix == ".toml")
        elif place.suffix == ".toml":
            yield place
    except OSError:
        return


def _read(path: Path) -> tuple[Path, EngineDescription | InvalidInput]:
    """What a file describes, or what is wrong with it."""
    from braggscope.engine_files.reading import read_description

    try:
        return path, read_description(path)
    except InvalidInput as error:
        return path, error


def _found(
    path: Path, said: EngineDescription | InvalidInput, taken: dict[str, Path]
) -> FoundEngine:
    """A file with its id, which is taken from then on."""
    if not isinstance(said, InvalidInput):
        if taken[said.id] == path:
            return FoundEngine(path, said.id, said)
        said = InvalidInput(
            f"{path.name} describes an engine that another file describes already",
            where=str(path),
            why=f"the id {said.id!r} is that of {taken[said.id]}",
            remedy="Give one of them another id",
        )
    made = _id_from(path, taken)
    taken[made] = path
    return FoundEngine(path, made, None, said)


def _id_from(path: Path, taken: dict[str, Path]) -> str:
    """An id that nothing else has."""
    from braggscope.engine_files.model import RESERVED

    name = re.sub(r"[^A-Za-z0-9_.+-]", "-", path.stem).lstrip("_.+-") or "engine"
    number, made = 1, name
    while made in taken or made in RESERVED:
        number += 1
        made = f"{name}-{number}"
    return made
