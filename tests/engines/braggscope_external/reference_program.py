"""Running the C reference program, and the reference material it is held against."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("BRAGGSCOPE_SHARED", ROOT.parent / "shared"))
GOLDEN = SHARED / "golden"
SUFFIX = ".exe" if sys.platform == "win32" else ""
BUILT = ROOT / "engines/braggscope_external/bin" / f"braggscope-nanobragg{SUFFIX}"
#: Another build may take its place, for example one with sanitizers.
PROGRAM = Path(os.environ.get("BRAGGSCOPE_REFERENCE_PROGRAM", BUILT))
SOURCES = ROOT / "engines/braggscope_external/reference"
BAD_INPUT = 9

needs_program = pytest.mark.skipif(
    not PROGRAM.is_file(), reason=f"{PROGRAM.name} is not built: run `make` (needs a C compiler)"
)
needs_golden = pytest.mark.skipif(
    not (GOLDEN / "index.json").is_file(),
    reason=f"no golden images in {GOLDEN}: set BRAGGSCOPE_SHARED",
)


def words(line: str) -> list[str]:
    return line.split()


#: A quick run of 12 × 12 pixels.
SMALL = words("-cell 50 60 70 80 90 100 -default_F 10 -N 3 -detpixels 12 -oversample 2")
#: The float image alone.
FLOAT_ONLY = words("-noint -nopgm -nonoise -nodump -noprogress")


def run(args: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


def succeed(args: list[str], cwd: Path) -> str:
    result = run(args, cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def errors_of(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")]


def assert_refused(args: list[str], cwd: Path, *mentions: str) -> None:
    """Status 9, one line that says what is wrong, and nothing written."""
    before = sorted(cwd.iterdir())
    result = run(args, cwd)
    assert result.returncode == BAD_INPUT, result.stderr
    errors = errors_of(result)
    assert len(errors) == 1, result.stderr
    for mention in mentions:
        assert mention in errors[0]
    assert sorted(cwd.iterdir()) == before


def render(args: list[str], cwd: Path, shape: tuple[int, ...] = (12, 12)) -> np.ndarray:
    """The float64 image."""
    succeed([*FLOAT_ONLY, "-nofloat", "-float64file", "image.f64", *args], cwd)
    return np.fromfile(cwd / "image.f64").reshape(shape)


# --- golden cases ----------------------------------------------------------------------------


@dataclass(frozen=True)
class GoldenCase:
    name: str
    args: list[str]

    def array(self, key: str) -> np.ndarray:
        with np.load(GOLDEN / f"{self.name}.npz") as arrays:
            return np.asarray(arrays[key])

    @property
    def stdout(self) -> list[str]:
        return (GOLDEN / f"{self.name}.stdout.txt").read_text().splitlines()

    @property
    def seed(self) -> str:
        """The noise seed of the run; the wall clock's where none was given."""
        line = next(line for line in self.stdout if line.strip().startswith("seed: "))
        return str(-int(line.split()[1]))

    def traces(self) -> list[tuple[int, int, Path]]:
        found = []
        for path in sorted(GOLDEN.glob(f"{self.name}.trace_s*_f*.txt")):
            place = re.fullmatch(rf"{self.name}\.trace_s(\d+)_f(\d+)\.txt", path.name)
            assert place is not None
            found.append((int(place[1]), int(place[2]), path))
        return found


@cache
def golden_index() -> dict[str, dict[str, str]]:
    path = GOLDEN / "index.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def golden_case(name: str) -> GoldenCase:
    return GoldenCase(name, golden_index()[name]["args"].split())


def copy_inputs(folder: Path) -> Path:
    """A writable copy of the golden cases' input files."""
    for path in (GOLDEN / "inputs").iterdir():
        shutil.copyfile(path, folder / path.name)
    return folder


# --- traces ----------------------------------------------------------------------------------

Index = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Trace:
    """Our own trace: values by level, name and indices."""

    values: dict[tuple[str, str, Index], list[float]]
    texts: dict[str, str]
    #: Indices of all sub-pixels, in the order of the trace.
    sub_pixels: list[dict[str, int]]

    def at(self, level: str, name: str, **indices: int) -> list[float]:
        return self.values[level, name, tuple(sorted(indices.items()))]

    def has(self, level: str, name: str, **indices: int) -> bool:
        return (level, name, tuple(sorted(indices.items()))) in self.values


def read_trace(stdout: str) -> Trace:
    values: dict[tuple[str, str, Index], list[float]] = {}
    texts: dict[str, str] = {}
    for line in stdout.splitlines():
        match = re.fullmatch(r"TRACE2 level=([RPBJKM])((?: [Tvujkm]=\d+)*) (\w+) (.*)", line)
        if match is None:
            assert not line.startswith("TRACE2")
            continue
        level, indices, name, rest = match.groups()
        pairs = [pair.split("=") for pair in indices.split()]
        key = (level, name, tuple(sorted((letter, int(number)) for letter, number in pairs)))
        assert key not in values
        if re.fullmatch(r"[-+\d.eE nainf]+", rest) and re.match(r"[-+]?(\d|nan|inf)", rest):
            values[key] = [float(word) for word in rest.split()]
        else:
            texts[name] = rest
    sub_pixels = [dict(index) for level, name, index in values if (level, name) == ("B", "R_m")]
    return Trace(values, texts, sub_pixels)


def read_golden_trace(path: Path) -> dict[str, list[list[float]]]:
    """All occurrences of each `TRACE_C: NAME v...` line, in order."""
    values: dict[str, list[list[float]]] = defaultdict(list)
    for line in path.read_text().splitlines():
        if line.startswith("TRACE_C: "):
            name, *numbers = line.removeprefix("TRACE_C: ").split()
            values[name].append([float(number) for number in numbers])
    return values
