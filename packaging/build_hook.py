"""Hatchling build hook: compiles the C program and says where built files go in the wheel.

Without a compiler, or with one that fails, the installation goes on without the program: a warning
is printed and BUILD_FAILED.txt left where the program would be, for the engine to show.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENGINE = "engines/braggscope_external"
PROGRAM = "braggscope-nanobragg" + (".exe" if sys.platform == "win32" else "")
FAILURE = "BUILD_FAILED.txt"
#: No -march=native and no -ffast-math: the program's numbers are a reference on every machine.
FLAGS = ("-std=c99", "-O3", "-ffp-contract=off")
_TIMEOUT_S = 300


class CompilationFailed(Exception):
    """No compiler was found, or none of the attempts worked."""


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the C program and the resources to wheels and editable installs."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs; version is "standard" or "editable"."""
        root = Path(self.root)
        built = build_program(
            root / ENGINE / "reference", root / ENGINE / "bin", self.metadata.version
        )
        if version == "editable":
            # Everything is found in the working tree: copies would only grow stale.
            return
        build_data["force_include"].update(
            {
                f"{ENGINE}/bin/{built.name}": f"braggscope_external/bin/{built.name}",
                "resources": "braggscope/resources",
            }
        )
        if built.name == PROGRAM:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform_tag()}"


def platform_tag() -> str:
    """The tag of this machine; on Linux the plain one, as nobody checked the glibc version."""
    from packaging.tags import platform_tags

    return next(tag for tag in platform_tags() if not tag.startswith(("manylinux", "musllinux")))


def build_program(sources: Path, folder: Path, version: str) -> Path:
    """Compile the program into a folder.

    Returns:
        The program, or the text file that says why there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    program, failure = folder / PROGRAM, folder / FAILURE
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = compile_program(sources, Path(scratch), version)
            fresh.replace(program)
    except CompilationFailed as error:
        program.unlink(missing_ok=True)
        failure.write_text(f"{error}\n", encoding="utf-8")
        sys.stderr.write(f"warning: Braggscope's C program was not built: {error}\n")
        return failure
    failure.unlink(missing_ok=True)
    return program


def compile_program(sources: Path, scratch: Path, version: str) -> Path:
    """Compile with the first compiler that works, with OpenMP if it can.

    Raises:
        CompilationFailed: nothing worked; says what was tried and how it ended.
    """
    files = sorted(str(path) for path in sources.glob("*.c"))
    if not files:
        raise CompilationFailed(f"there are no C sources in {sources}.")
    define = f'-DBRAGGSCOPE_VERSION="{version}"'
    program = scratch / PROGRAM
    complaints = []
    for compiler in compilers():
        for compiler_flags, link_flags in openmp_choices(compiler):
            flags = [*FLAGS, *compiler_flags, define]
            complaint = _attempt(compiler, flags, files, link_flags, program)
            if complaint is None:
                return program
            complaints.append(f"{shlex.join(compiler)}: {complaint}")
    if not complaints:
        raise CompilationFailed(
            "no C compiler was found (CC, cc, gcc and clang were looked for). "
            "Install one (on Debian: apt-get install gcc libc6-dev) and reinstall Braggscope."
        )
    raise CompilationFailed("the C compiler failed.\n" + "\n".join(complaints))


def compilers() -> Iterator[list[str]]:
    """Commands to try: $CC alone when it is set, else cc, gcc and clang, as far as they exist."""
    named = os.environ.get("CC", "").strip()
    for command in [shlex.split(named)] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            yield command


def openmp_choices(compiler: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Flags for compiling and for linking, the best first.

    OpenMP's run-time library is linked statically where there is an archive of it (GCC on Linux),
    so that the program runs on machines without a compiler.
    """
    if sys.platform.startswith("linux"):
        answer = _run([*compiler, "-print-file-name=libgomp.a"])
        archive = Path(answer.stdout.strip()) if answer and answer.returncode == 0 else Path()
        if archive.is_absolute() and archive.is_file():
            yield ["-fopenmp"], [str(archive), "-pthread", "-ldl"]
    yield ["-fopenmp"], ["-fopenmp"]
    yield [], []


def _attempt(
    compiler: list[str], flags: list[str], files: list[str], link_flags: list[str], program: Path
) -> str | None:
    """Compile, link and start the program once; returns what went wrong, or None."""
    objects = []
    for file in files:
        objects.append(str(program.parent / (Path(file).stem + ".o")))
        complaint = _complaint(_run([*compiler, *flags, "-c", file, "-o", objects[-1]]))
        if complaint:
            return complaint
    complaint = _complaint(_run([*compiler, *objects, *link_flags, "-lm", "-o", str(program)]))
    return complaint or _complaint(_run([str(program), "--braggscope-capabilities"]))


def _run(command: list[str]) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _complaint(answer: subprocess.CompletedProcess[str] | None) -> str | None:
    """The end of what a failed command said."""
    if answer is None:
        return "it could not be run"
    if answer.returncode == 0:
        return None
    said = (answer.stderr or answer.stdout).strip()[-800:]
    return f"exit status {answer.returncode}: {said}"
