"""What a comparison was made with: versions, processor, programs."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from braggscope import __version__
from braggscope.api import DetectorImage

_PACKAGES: Final = ("numpy", "torch", "gemmi", "fabio", "h5py", "triton")
_PATIENCE_S: Final = 5.0


def environment(images: tuple[DetectorImage, DetectorImage]) -> dict[str, Any]:
    """Plain data; of programs that were run, the revision of the checkout that they lie in."""
    return {
        "braggscope": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "graphics": _graphics_cards(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "devices": sorted({image.provenance.device for image in images} - {""}),
        "programs": _programs(images),
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _programs(images: tuple[DetectorImage, DetectorImage]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for image in images:
        command = image.provenance.command
        if command:
            path = Path(shutil.which(command[0]) or command[0])
            found[command[0]] = {
                "name": path.name,
                "version": image.provenance.engine_version,
                "sha256": _sha256(path),
                "revision": revision_of(Path(os.path.realpath(path)).parent)
                if path.is_absolute()
                else "",
            }
    return list(found.values())


def _sha256(program: Path) -> str:
    try:
        with program.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _graphics_cards() -> list[str]:
    """As the driver calls them; none where there is no driver."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    return [line.strip() for line in _said(query).splitlines() if line.strip()]


def revision_of(folder: Path) -> str:
    """The git revision of a folder's checkout, "" if it is none; "…-dirty" with changes."""
    return _said(["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"])


def _said(command: list[str]) -> str:
    """What a program says; "" where it is not there, or fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
