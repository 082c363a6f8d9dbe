"""What a foreign nanoBragg can do, found out by running it on a few pixels.

One that answers Braggscope's question needs no trial. The result is kept by the program's checksum.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from braggscope.api import EngineFailed, Pixel, RunContext
from braggscope.cache_folder import cache_folder
from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.trace_files.reading import read_trace_text
from braggscope.whole_files import write_text
from braggscope_external.process import NotStarted, run_program

TraceForm = Literal["complete", "trace_c", "printout_pixel", "nothing", "unknown"]

_TIME_LIMIT_S: Final = 10.0
_PIXEL: Final = Pixel(1, 2)
_IMAGE: Final = "trial.bin"
_FLAGS: Final = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 2 -lambda 1 -distance 100 -pixel 1 -detpixels 4"
    f" -oversample 1 -nonoise -nopgm -floatfile {_IMAGE}"
).split()
_IMAGE_BYTES: Final = 4 * 4 * 4
#: Counts up when the trial changes.
_FORM: Final = 1
#: The shell, or the loader, could not run it at all.
_NOT_RUN: Final = ("error while loading shared libraries", "ended with status 127", "status 126")
#: What a program prints of a pixel, for people.
TRACE_WORDS: Final[Mapping[str, str]] = {
    "any": "traces",
    "complete": "complete traces",
    "trace_c": "traces as TRACE_C lines",
    "printout_pixel": "of a trace only what -printout_pixel says",
    "nothing": "no traces",
    "unknown": "whether it traces is not known",
}


@dataclass(frozen=True)
class Ability:
    """What came out of the trial.

    Attributes:
        image: whether it wrote a float image.
        trace: what it prints of a pixel.
        problem: why it did not end well; "" where it did.
        runs: False where the system could not run it at all.
    """

    image: bool = True
    trace: TraceForm = "unknown"
    problem: str = ""
    runs: bool = True

    @property
    def words(self) -> str:
        """In a few words, for people."""
        image = "images" if self.image else "no image in a trial"
        return f"{image}, {TRACE_WORDS[self.trace]}"


def trace_flags(form: TraceForm, pixel: Pixel) -> list[str]:
    """How to ask for a pixel: -printout_pixel takes the fast index first (spec Q59)."""
    slow, fast = str(pixel.slow), str(pixel.fast)
    if form == "printout_pixel":
        return ["-printout_pixel", fast, slow]
    return ["-trace_pixel", slow, fast]


def try_out(path: Path, digest: str) -> Ability:
    """What a program can do, from an earlier trial of the same content or from one now.

    Args:
        digest: SHA-256 of the program, in hexadecimal.
    """
    # A script stays the same when the program that it calls does not.
    keeps = not _is_script(path)
    known = _known(digest) if keeps else None
    if known is not None:
        return known
    found = _tried(path)
    if keeps and found.image and found.trace != "unknown":
        _keep(digest, found)
    return found


def _tried(path: Path) -> Ability:
    has_image, problem = False, ""
    for form in ("trace_c", "printout_pixel"):
        try:
            lines, written = _output(path, form)
        except NotStarted as error:
            return Ability(False, "unknown", str(error), runs=False)
        except EngineFailed as error:
            problem = f"{error.what}: {error.why}" if error.why else error.what
            if any(sign in problem for sign in _NOT_RUN):
                return Ability(False, "unknown", str(error), runs=False)
            continue
        has_image = has_image or written
        found = _form_of(lines)
        if found != "nothing":
            return Ability(has_image, found)
    if problem and not has_image:
        return Ability(False, "unknown", problem)
    return Ability(has_image, "nothing", problem)


def _output(path: Path, form: TraceForm) -> tuple[list[str], bool]:
    with tempfile.TemporaryDirectory(prefix="nanobragg-") as name:
        folder = Path(name)
        command = [str(path), *_FLAGS, *trace_flags(form, _PIXEL)]
        lines = run_program(command, folder, _TIME_LIMIT_S, RunContext()).stdout
        image = folder / _IMAGE
        return lines, image.is_file() and image.stat().st_size == _IMAGE_BYTES


def _form_of(lines: Sequence[str]) -> TraceForm:
    with suppress(InvalidInput):
        return read_trace_text("\n".join(lines), "trial", _PIXEL).grammar
    return "nothing"


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def _place(digest: str) -> Path | None:
    root = cache_folder()
    return None if root is None or not digest else root / "programs" / f"{digest}.json"


def _known(digest: str) -> Ability | None:
    place = _place(digest)
    if place is None:
        return None
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
        if said.pop("form") != _FORM or said["trace"] not in TRACE_WORDS:
            return None
        return Ability(**said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _keep(digest: str, found: Ability) -> None:
    place = _place(digest)
    if place is None:
        return
    with suppress(OSError, BraggscopeError):  # Without it the next trial finds the same.
        place.parent.mkdir(parents=True, exist_ok=True)
        write_text(place, json.dumps({"form": _FORM, **asdict(found)}))
