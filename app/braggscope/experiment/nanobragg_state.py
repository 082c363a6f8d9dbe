"""What has been read of a nanoBragg command line so far."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.nanobragg_numbers import atof, atoi
from braggscope.experiment.semantics import Semantics
from braggscope.physics.detector import Pivot

_LARGEST_INT: Final = 2**31 - 1
Angles = tuple[float, float, float]


@dataclass
class Reader:
    """The state of a reading; flags act on it from left to right.

    Attributes:
        folder: what relative file names are relative to.
        data: fields of the experiment, by group and name.
        sources: dotted field path -> the flag that said it.
        warnings: what was accepted and can hardly be meant.
        semantics: options that were said.
        output: what was said about output, by name of its attribute in `OutputFlags`.
        files: kind of output file -> name.
        seen_output: every output flag, as typed.
        pivot: the last pivot that a flag set, and that flag.
        misset: (flag, angles), angles None for a random orientation; None when nothing was said.
        misset_seed: (flag, seed).
        dump: (flag, name) of the dump file.
        amorphous: (flag, name) of a profile of amorphous scattering.
        header_paths: fields whose value comes from the header of an image.
        mask_size: (fast, slow) pixels of the mask.
        header_size_mm: axis -> edge of the detector that a header says.
        words: the flag being read, with its values.
        said: dotted field path -> the words that said it.
    """

    folder: Path
    data: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "beam": {},
            "crystal": {},
            "detector": {},
            "sampling": {},
            "background": {},
        }
    )
    sources: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    semantics: Semantics = field(default_factory=Semantics)
    output: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    seen_output: list[str] = field(default_factory=list)
    pivot: tuple[Pivot, str] | None = None
    misset: tuple[str, Angles | None] | None = None
    misset_seed: tuple[str, int] | None = None
    dump: tuple[str, str] | None = None
    amorphous: tuple[str, str] | None = None
    header_paths: set[str] = field(default_factory=set)
    mask_size: tuple[int, int] | None = None
    header_size_mm: dict[str, float] = field(default_factory=dict)
    words: str = ""
    said: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, value: Any, flag: str) -> None:
        """Set the field at a dotted path; a later flag wins."""
        group, _, name = path.partition(".")
        self.data[group][name] = value
        self.sources[path] = flag
        self.said[path] = self.words or flag
        self.header_paths.discard(path)

    def value(self, path: str) -> Any:
        """What was said for a field, or None."""
        group, _, name = path.partition(".")
        return self.data[group].get(name)

    def drop(self, path: str) -> None:
        """Forget a field."""
        group, _, name = path.partition(".")
        self.data[group].pop(name, None)
        self.sources.pop(path, None)

    def exists(self, name: str) -> bool:
        """Whether there is such a file; nothing has an empty name."""
        return name != "" and os.path.exists(self.folder / name)

    def warn(self, text: str) -> None:
        """Note something accepted that can hardly be meant; once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def number(self, flag: str, text: str) -> float:
        """A value as C's atof reads it.

        Raises:
            InvalidInput: it is not finite.
        """
        value, complete = atof(text)
        if not math.isfinite(value):
            raise InvalidInput(
                f"{flag} needs a finite number, not {text!r}",
                where=flag,
                remedy="Give a number",
            )
        if not complete:
            self.warn(f"{flag} {text}: not a number; nanoBragg reads it as {value:g}")
        return value

    def whole(self, flag: str, text: str) -> int:
        """A value as C's atoi reads it.

        Raises:
            InvalidInput: it fits no int, or is not finite.
        """
        value, complete = atoi(text)
        is_word = value == 0 and not math.isfinite(atof(text)[0])
        if abs(value) > _LARGEST_INT or is_word:
            raise InvalidInput(
                f"{flag} needs a whole number of at most {_LARGEST_INT}, not {text!r}",
                where=flag,
            )
        if not complete:
            self.warn(f"{flag} {text}: not a whole number; nanoBragg reads it as {value}")
        return value
