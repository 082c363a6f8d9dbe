"""Files that an experiment refers to, held to their content by SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path

from braggscope.errors import InvalidInput


def read_bytes(path: Path, role: str) -> bytes:
    """A file's content, or an error that says which file and what it was for."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # A name with a NUL is no OSError.
        raise InvalidInput(
            f"cannot read the {role} file {str(path)!r}"
            if isinstance(error, ValueError)
            else f"cannot read the {role} file {path}",
            why=getattr(error, "strerror", None) or str(error),
            remedy="Check the path and the permissions",
        ) from error


def sha256_of(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def checked_bytes(path: Path, sha256: str, role: str) -> bytes:
    """A file's content, refused when it is not what the experiment was made with."""
    content = read_bytes(path, role)
    if sha256_of(content) != sha256:
        raise InvalidInput(
            f"the {role} file {path} has changed since the experiment was made",
            why=f"its SHA-256 is {sha256_of(content)[:12]}…, the experiment holds {sha256[:12]}…",
            remedy="Open the experiment again, or choose the file anew",
        )
    return content
