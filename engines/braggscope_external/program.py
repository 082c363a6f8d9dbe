"""Finding the program and what it can do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from braggscope.api import EngineFailed

_OWN_FOLDER = Path(__file__).parent / "bin"
_OWN_NAME = "braggscope-nanobragg" + (".exe" if sys.platform == "win32" else "")
_QUESTION_TIMEOUT_S = 10.0


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
        knows_semantics: whether it knows -semantics, -nodump, -nofloat and -noint.
    """

    path: Path
    found_by: str
    name: str = "nanoBragg-compatible program"
    version: str = ""
    writes_float64: bool = False
    traces: bool = False
    knows_semantics: bool = False


def find_program(settings: Mapping[str, str]) -> Program:
    """The program to run: setting `program`, NB_C_BIN, nanoBragg on PATH, our own, in this order.

    Raises:
        EngineFailed: there is none, or the one that was named cannot be run.
    """
    for name, found_by in (
        (settings.get("program", ""), "the setting engines.nanobragg-c.program"),
        (os.environ.get("NB_C_BIN", ""), "the environment variable NB_C_BIN"),
    ):
        if name:
            return _described(_named(name, found_by), found_by)
    on_path = shutil.which("nanoBragg")
    if on_path:
        return _described(Path(on_path), "nanoBragg on PATH")
    own = _OWN_FOLDER / _OWN_NAME
    if not own.is_file():
        raise _no_program()
    return _described(own, "Braggscope's own program")


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
            remedy=f"chmod +x {path}",
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


def _described(path: Path, found_by: str) -> Program:
    """Ask the program what it can do; one that does not understand is a plain nanoBragg."""
    try:
        answer = subprocess.run(
            [path, "--braggscope-capabilities"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_QUESTION_TIMEOUT_S,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Program(path, found_by)
    except OSError as error:
        raise EngineFailed(
            f"{path} cannot be run",
            where="nanobragg-c",
            why=error.strerror or str(error),
            remedy="Choose a program built for this machine",
        ) from error
    try:
        told = json.loads(answer.stdout)
        return Program(
            path,
            found_by,
            name=str(told["program"]),
            version=str(told["version"]),
            writes_float64=told.get("float64") is True or told.get("float64file") is True,
            traces=told.get("trace") == "complete",
            knows_semantics=told.get("semantics") is True,
        )
    except (ValueError, KeyError, TypeError):
        return Program(path, found_by)
