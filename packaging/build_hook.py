"""Hatchling build hook: compiles the C program and the native kernel, and says where they go.

Without a compiler, or with one that fails, the installation goes on without them: a warning is
printed and BUILD_FAILED.txt left where the built file would be, for the engine to show.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENGINE = "engines/braggscope_external"
PROGRAM = "braggscope-nanobragg" + (".exe" if sys.platform == "win32" else "")
FAILURE = "BUILD_FAILED.txt"
#: No -march=native and no -ffast-math: the program's numbers are a reference on every machine.
FLAGS = ("-std=c99", "-O3", "-ffp-contract=off")

KERNEL = "engines/braggscope_torch/native"
LIBRARY = "braggscope_kernel" + {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
#: Products and sums may fuse here, but NaN and infinity keep their meaning: no -ffast-math.
KERNEL_FLAGS = (
    "-std=gnu11", "-O3", "-fPIC", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math",
    "-fvisibility=hidden", "-Wno-psabi",
)  # fmt: skip
#: For what rounds every product and sum as nanoBragg does.
AS_ROUNDED = ("-ffp-contract=off",)
#: Kinds of processors, each with a kernel of its own; which one runs is decided at run time.
TARGETS = {
    "portable": (),
    "avx2": ("-mavx2", "-mfma"),
    "avx512": ("-mavx512f", "-mfma", "-mprefer-vector-width=512"),
}
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
        kernel = build_kernel(root / KERNEL / "source", root / KERNEL / "bin")
        if version == "editable":
            # Everything is found in the working tree: copies would only grow stale.
            return
        build_data["force_include"].update(
            {
                f"{ENGINE}/bin/{built.name}": f"braggscope_external/bin/{built.name}",
                f"{KERNEL}/bin/{kernel.name}": f"braggscope_torch/native/bin/{kernel.name}",
                "resources": "braggscope/resources",
            }
        )
        if FAILURE not in (built.name, kernel.name):
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
    return _build(
        folder / PROGRAM, "C program", lambda scratch: compile_program(sources, scratch, version)
    )


def build_kernel(sources: Path, folder: Path) -> Path:
    """Compile the native kernel into a folder.

    Returns:
        The library, or the text file that says why there is none.
    """
    return _build(
        folder / LIBRARY, "native kernel", lambda scratch: compile_kernel(sources, scratch)
    )


def _build(target: Path, what: str, make: Callable[[Path], Path]) -> Path:
    """Put what `make` compiles in the target's place, or say beside it why there is nothing."""
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    failure = folder / FAILURE
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            make(Path(scratch)).replace(target)
    except CompilationFailed as error:
        target.unlink(missing_ok=True)
        failure.write_text(f"{error}\n", encoding="utf-8")
        sys.stderr.write(f"warning: Braggscope's {what} was not built: {error}\n")
        return failure
    failure.unlink(missing_ok=True)
    return target


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
    raise _nothing_worked(complaints)


def compile_kernel(sources: Path, scratch: Path) -> Path:
    """Compile with the first compiler that works, for every kind of processor that it knows.

    Raises:
        CompilationFailed: nothing worked; says what was tried and how it ended.
    """
    complaints = []
    for compiler in compilers():
        complaint = _attempt_kernel(compiler, sources, scratch)
        if complaint is None:
            return scratch / LIBRARY
        complaints.append(f"{shlex.join(compiler)}: {complaint}")
    raise _nothing_worked(complaints)


def _attempt_kernel(compiler: list[str], sources: Path, scratch: Path) -> str | None:
    """Compile, link and load the kernel once; returns what went wrong, or None."""
    objects: list[str] = []
    known: list[str] = []
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    for target, flags in TARGETS.items():
        if flags and not is_x86:
            continue
        made, complaint = _kernel_objects(compiler, sources, scratch, target)
        if complaint is None:
            objects += made
            known.append(f"-DWITH_{target.upper()}")
        elif not flags:
            return complaint
    spot, dispatch, library = (str(scratch / name) for name in ("spot.o", "dispatch.o", LIBRARY))
    to_object = [*compiler, *KERNEL_FLAGS, "-c"]
    for command in (
        [*to_object, *AS_ROUNDED, str(sources / "spot.c"), "-o", spot],
        [*to_object, *known, str(sources / "dispatch.c"), "-o", dispatch],
        [*compiler, "-shared", *objects, spot, dispatch, "-lm", "-o", library],
        [sys.executable, "-c", f"import ctypes; ctypes.CDLL({library!r}).braggscope_target(512)"],
    ):
        complaint = _complaint(_run(command))
        if complaint is not None:
            return complaint
    return None


def _kernel_objects(
    compiler: list[str], sources: Path, scratch: Path, target: str
) -> tuple[list[str], str | None]:
    """Object files of one kind of processor, and what went wrong, if anything did."""
    name = f"braggscope_{target}"
    pieces = {
        name: ("kernel.c", f"-DKERNEL={name}", "-DMIXED=0"),
        f"{name}_mixed": ("kernel.c", f"-DKERNEL={name}_mixed", "-DMIXED=1"),
        f"{name}_peak": ("peak.c", f"-DPEAK={name}_peak"),
        f"{name}_ratios": (
            "ratios.c",
            *AS_ROUNDED,
            f"-DRATIOS={name}_ratios",
            f"-DPRODUCTS={name}_products",
        ),
    }
    objects = []
    for piece, (source, *own_flags) in pieces.items():
        objects.append(str(scratch / f"{piece}.o"))
        command = [*compiler, *KERNEL_FLAGS, *TARGETS[target], *own_flags]
        complaint = _complaint(_run([*command, "-c", str(sources / source), "-o", objects[-1]]))
        if complaint is not None:
            return [], complaint
    return objects, None


def _nothing_worked(complaints: list[str]) -> CompilationFailed:
    if not complaints:
        return CompilationFailed(
            "no C compiler was found (CC, cc, gcc and clang were looked for). "
            "Install one (on Debian: apt-get install gcc libc6-dev) and reinstall Braggscope."
        )
    return CompilationFailed("the C compiler failed.\n" + "\n".join(complaints))


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
