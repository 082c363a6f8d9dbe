"""From a TOML file to the engine that it describes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from braggscope.engine_files.model import EngineDescription
from braggscope.errors import InvalidInput
from braggscope.toml_complaints import complaints

_MOST_BYTES: Final = 2**20


def read_description(path: Path) -> EngineDescription:
    """Read a TOML file.

    Raises:
        InvalidInput: it is missing or wrong; names the file, and line, key and reason of each
            mistake.
    """
    return parse_description(read_text(path), path)


def parse_description(text: str, path: Path) -> EngineDescription:
    """The engine that a TOML text describes; path says where it stands.

    Raises:
        InvalidInput: as `read_description`.
    """
    try:
        data = tomllib.loads(text)
        # By way of JSON: there a list may be a tuple, and still "1" is no number.
        return EngineDescription.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise _unusable(path, "; ".join(complaints(error, text))) from None
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise _unusable(path, f"it is not valid TOML: {error}") from error


def read_text(path: Path) -> str:
    """The text of a file that should describe an engine.

    Raises:
        InvalidInput: it is missing, or no text.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _unusable(path, "it is larger than 1 MB")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _unusable(path, f"it is no text: byte {error.start} is not UTF-8") from error
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"the engine file {path.name} cannot be read",
            where=str(path),
            why=getattr(error, "strerror", None) or str(error),
            remedy="Check the path and the permissions",
        ) from error


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path.name} does not describe an engine",
        where=str(path),
        why=why,
        remedy="Correct the file; `braggscope engines new EXAMPLE.toml` writes one with all keys",
    )
