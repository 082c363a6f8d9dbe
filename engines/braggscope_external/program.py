"""Finding the program and what it can do."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from braggscope.api import EngineFailed, RunContext
from braggscope_external.process import Launch, NotStarted, TimedOut, launch

_OWN_FOLDER = Path(__file__).parent / "bin"
_OWN_NAME = "braggscope-nanobragg" + (".exe" if sys.platform == "win32" else "")
#: As the setting `program`: Braggscope's own.
OWN: Final = "own"
_QUESTION_TIMEOUT_S = 10.0

#: inode, size, and times of the last changes of content and of anything
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Program:
    """An external simulator.

    Attributes:
        path: the executable.
        found_by: how it was found, in words.
        name: what it calls itself.
        version: its version; "" where it does not tell.
        writes_float64: whether it knows -float64file.
        traces: whether -trace_pixel prints the complete trace grammar.
        lists_pixels: whether -trace_list traces several pixels in one run.
        knows_semantics: whether it knows -semantics, -nodump, -nofloat and -noint.
        digest: SHA-256 of the file, in hexadecimal.
        stamp: tells whether the file was changed since.
        answered: False where it did not say in time what it can do.
    """

    path: Path
    found_by: str
    name: str = "nanoBragg-compatible program"
    version: str = ""
    writes_float64: bool = False
    traces: bool = False
    lists_pixels: bool = False
    knows_semantics: bool = False
    digest: str = ""
    stamp: Stamp = (0, 0, 0, 0)
    answered: bool = True

    @property
    def identity(self) -> str:
        """Name, version and content: another build of the same version is another program."""
        return " ".join(filter(None, (self.name, self.version, self.digest[:12])))


def find_program(settings: Mapping[str, str], known: Program | None = None) -> Program:
    """The program to run: setting `program`, NB_C_BIN, nanoBragg on PATH, our own, in this order.

    The setting may be the word "own", which is our own program whatever else there is.

    Args:
        known: what was found before; it is not asked again unless its file changed, or it gave no
            answer in time.

    Raises:
        EngineFailed: there is none, or the one that was named cannot be run.
    """
    path, found_by = _located(settings)
    stamp = _stamp_of(path)
    if known is not None and known.answered and (known.path, known.stamp) == (path, stamp):
        return known
    return _described(path, found_by, stamp)


def _located(settings: Mapping[str, str]) -> tuple[Path, str]:
    """The path, and how it was found."""
    if settings.get("program") == OWN:
        return _own(), "Braggscope's own program"
    for name, found_by in (
        (settings.get("program", ""), "the setting engines.nanobragg-c.program"),
        (os.environ.get("NB_C_BIN", ""), "the environment variable NB_C_BIN"),
    ):
        if name:
            return _named(name, found_by), found_by
    on_path = shutil.which("nanoBragg")
    if on_path:
        return Path(on_path).absolute(), "nanoBragg on PATH"
    return _own(), "Braggscope's own program"


def _own() -> Path:
    own = _OWN_FOLDER / _OWN_NAME
    if not own.is_file():
        raise _no_program()
    return own


def _named(name: str, found_by: str) -> Path:
    path = Path(shutil.which(name) or name).expanduser()
    if not path.is_file():
        raise EngineFailed(
            f"there is no program {name}",
            where="nanobragg-c",
            why=f"it is named by {found_by}",
            remedy="Correct the path, or remove it to use another program",
        )
    if not os.access(path, os.X_OK):
        raise EngineFailed(
            f"{path} is not executable",
            where="nanobragg-c",
            why=f"it is named by {found_by}",
            remedy=f"Make it executable: chmod +x {path}",
        )
    return path.absolute()


def _no_program() -> EngineFailed:
    failure = _OWN_FOLDER / "BUILD_FAILED.txt"
    why = failure.read_text(encoding="utf-8").strip() if failure.is_file() else ""
    return EngineFailed(
        "no nanoBragg-compatible program was found",
        where="nanobragg-c",
        why=why or "Braggscope's own C program was not built when Braggscope was installed",
        remedy="Install a C compiler (on Debian: apt-get install gcc) and reinstall Braggscope,"
        " or set NB_C_BIN to a nanoBragg program",
    )


def _described(path: Path, found_by: str, stamp: Stamp) -> Program:
    """Ask the program what it can do; one that does not understand is a plain nanoBragg."""
    plain = Program(path, found_by, digest=_digest_of(path, stamp), stamp=stamp)
    try:
        # In a folder of its own: a program that does not understand may write files.
        with tempfile.TemporaryDirectory(prefix="nanobragg-") as folder:
            question = [str(path), "--braggscope-capabilities"]
            asked = Launch(question, Path(folder), _QUESTION_TIMEOUT_S, parts_stderr=True)
            printed = launch(asked, RunContext())
        told = json.loads("\n".join(printed.stdout))
        return replace(
            plain,
            name=str(told["program"]),
            version=str(told["version"]),
            writes_float64=told.get("float64") is True or told.get("float64file") is True,
            traces=told.get("trace") == "complete",
            lists_pixels="-trace_list" in told.get("flags", ()),
            knows_semantics=told.get("semantics") is True,
        )
    except NotStarted:
        raise
    except TimedOut:
        return replace(plain, answered=False)
    except (EngineFailed, ValueError, KeyError, TypeError):
        return plain


def _digest_of(path: Path, stamp: Stamp) -> str:
    """SHA-256 of the content; of the stamp where the file may be run and not read."""
    try:
        content = path.read_bytes()
    except OSError:
        content = repr(stamp).encode()
    return hashlib.sha256(content).hexdigest()


def _stamp_of(path: Path) -> Stamp:
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
