"""What a TOML file says of an engine. A key that is not here is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from braggscope.engine_files.placeholders import ALWAYS, EXPERIMENT, FILES, TRACE, names_in
from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics, allowed_values

#: Ids of what comes with Braggscope: a file must not take the place of another engine.
RESERVED: Final = ("analysis", "file", "nanobragg-c", "torch-cpu", "torch-cuda")
#: A number begins where no other one goes on: else a line of digits would be searched for minutes.
_PERCENTAGE: Final = r"(?<!\d)(?<!\d\.)(\d{1,3}(?:\.\d+)?) ?%"
PixelType = Literal[
    "float32", "float64", "int16", "int32", "int64", "uint16", "uint32", "uint64"
]  # fmt: skip
Grammar = Literal["any", "complete", "trace_c", "printout_pixel"]


Words = tuple[str, ...]


def _words_with(*known: Mapping[str, str]) -> AfterValidator:
    """Checks the placeholders of every word."""
    names = [name for part in known for name in part]

    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if "\0" in word:
                raise ValueError("a word holds a NUL character")
            for name in names_in(word):
                if name not in names:
                    raise ValueError(
                        f"{{{name}}} is no placeholder here; there are"
                        f" {', '.join(f'{{{one}}}' for one in names)}"
                    )
        return words

    return AfterValidator(check)


def _within(name: str) -> str:
    """A file in the working folder."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise ValueError("it is a file's name in the working folder")
    return name


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    if text and groups != 1:
        raise ValueError("it needs one group, which holds the percentage")
    return text


def _values(pairs: dict[str, str]) -> dict[str, str]:
    for name, value in pairs.items():
        if not name or "=" in name or "\0" in name + value:
            raise ValueError(f"{name!r} is no name of an environment variable")
        for placeholder in names_in(value):
            if placeholder not in ALWAYS:
                raise ValueError(f"{{{placeholder}}} is no placeholder here; there is {{here}}")
    return pairs


def _whole_command(words: Words) -> Words:
    if not words or not words[0]:
        raise ValueError("it begins with the program")
    if not {name for word in words for name in names_in(word)} & set(EXPERIMENT):
        names = " or ".join(f"{{{name}}}" for name in EXPERIMENT)
        raise ValueError(f"nothing tells the program the experiment: there is no {names}")
    return words


def _id(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}", name):
        raise ValueError("an id has letters, digits, '.', '+', '-' and '_'")
    if name in RESERVED:
        raise ValueError("that is an engine of Braggscope itself; choose another id")
    return name


def _options(said: dict[str, dict[str, Words]]) -> dict[str, dict[str, Words]]:
    for name, values in said.items():
        for value in values:
            _check_semantics(name, value)
    return said


def _choices(said: Words) -> Words:
    for text in said:
        name, _, value = text.partition("=")
        _check_semantics(name, value)
    return said


def _check_semantics(name: str, value: str) -> None:
    if name not in Semantics.model_fields:
        raise ValueError(f"there is no option {name!r}: {', '.join(Semantics.model_fields)}")
    if value not in allowed_values(name):
        raise ValueError(f"{name} is {' or '.join(allowed_values(name))}, not {value!r}")


def _flags(said: Words) -> Words:
    for flag in said:
        if not flag.startswith("-"):
            raise ValueError(f"{flag!r} is no flag: it begins with -")
    return said


def _fields(said: Words) -> Words:
    for path in said:
        group, _, name = path.partition(".")
        part = getattr(Experiment.model_fields.get(group), "annotation", None)
        if name not in getattr(part, "model_fields", {}):
            raise ValueError(f"the experiment has no field {path!r}")
    return said


RunWords = Annotated[Words, _words_with(EXPERIMENT, FILES, ALWAYS)]
TraceWords = Annotated[Words, _words_with(EXPERIMENT, FILES, ALWAYS, TRACE)]
FixedWords = Annotated[Words, _words_with(ALWAYS)]
FileName = Annotated[str, AfterValidator(_within)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class ImageFile(_Table):
    """Where the image comes out, and how its pixels stand in the file.

    Attributes:
        file: its name in the working folder; with * or ? one that matches.
        format: "raw" pixels without a header, or "auto": by the content (npy, npz, HDF5, CBF, SMV,
            TIFF, EDF).
        type, byte_order, skip_bytes: of raw pixels.
        dataset, frame: of a file that holds several images; frames are counted from 1.
        scale, offset: photons per pixel = scale · value + offset.
        transpose: whether the fast index of the detector is the slow one of the file; flips come
            after it.
        flip_slow, flip_fast: whether the index runs backwards.
    """

    file: FileName = "image.bin"
    format: Literal["raw", "auto"] = "raw"
    type: PixelType = "float32"
    byte_order: Literal["little", "big"] = "little"
    skip_bytes: int = Field(0, ge=0)
    dataset: str = ""
    frame: int = Field(1, ge=1)
    scale: float = 1.0
    offset: float = 0.0
    transpose: bool = False
    flip_slow: bool = False
    flip_fast: bool = False

    @property
    def is_pattern(self) -> bool:
        """Whether the name stands for one that only the program knows."""
        return any(sign in self.file for sign in "*?[")

    @model_validator(mode="after")
    def _fits_format(self) -> ImageFile:
        of_raw = {"type", "byte_order", "skip_bytes"} & self.model_fields_set
        of_files = {"dataset", "frame"} & self.model_fields_set
        if self.format == "auto" and of_raw:
            raise ValueError(f"{sorted(of_raw)[0]} belongs to raw pixels, the format is auto")
        if self.format == "raw" and of_files:
            raise ValueError(f"raw pixels have no {sorted(of_files)[0]}")
        return self


class TraceOutput(_Table):
    """How a pixel's trace is asked for, and where it comes out.

    Attributes:
        arguments: appended to the command.
        command: a whole command in the place of the other.
        output: "stdout", "stderr", or a file's name in the working folder.
        grammar: of the lines; "any" finds out.
    """

    arguments: TraceWords = ()
    command: TraceWords = ()
    output: FileName = "stdout"
    grammar: Grammar = "any"

    @property
    def is_file(self) -> bool:
        """Whether it comes out in a file, not in what the program prints."""
        return self.output not in ("stdout", "stderr")

    @model_validator(mode="after")
    def _asks(self) -> TraceOutput:
        if bool(self.arguments) == bool(self.command):
            raise ValueError("give arguments, or a command of its own, and not both")
        said = {name for word in (*self.arguments, *self.command) for name in names_in(word)}
        missing = sorted(set(TRACE) - said)
        if missing:
            raise ValueError(f"nothing tells the program the pixel: {{{missing[0]}}} is missing")
        return self


class Refusals(_Table):
    """What the program cannot do; a run that needs it is refused before anything starts.

    Attributes:
        flags: nanoBragg flags that it does not know.
        fields: fields of the experiment that must keep their default.
        semantics: `option=value` that it cannot compute with, though it is nanoBragg's own.
    """

    flags: Annotated[Words, AfterValidator(_flags)] = ()
    fields: Annotated[Words, AfterValidator(_fields)] = ()
    semantics: Annotated[Words, AfterValidator(_choices)] = ()


class EngineDescription(_Table):
    """An engine: which command makes an image of an experiment, and what comes out of it.

    Attributes:
        id: in runs and on the command line.
        title: for people.
        command: program and arguments, with placeholders; no shell is in between.
        version_command: prints a version in its first line; it also tells whether the program can
            run here.
        depends_on: patterns of files beside the TOML file whose change makes it another program.
        here: the folder that `{here}` and relative paths begin at; "" is the TOML file's own.
        working_folder: "" makes a fresh one for each run and removes it afterwards.
        time_limit_s: after so many seconds a run is stopped.
        precision: of the program's numbers, for the tolerances of traces.
        progress: regular expression of a percentage in what it prints.
        semantics: option -> value -> arguments that ask for it.
    """

    id: Annotated[str, AfterValidator(_id)]
    title: str = Field(min_length=1, max_length=80)
    description: str = ""
    command: Annotated[RunWords, AfterValidator(_whole_command)]
    version_command: FixedWords = ()
    depends_on: Words = ()
    here: str = ""
    working_folder: str = ""
    time_limit_s: float = Field(3600.0, gt=0)
    precision: str = Field("float64", min_length=1, max_length=40)
    progress: Annotated[str, AfterValidator(_pattern)] = _PERCENTAGE
    environment: Annotated[dict[str, str], AfterValidator(_values)] = Field(default_factory=dict)
    image: ImageFile = ImageFile()
    trace: TraceOutput | None = None
    semantics: Annotated[dict[str, dict[str, Words]], AfterValidator(_options)] = Field(
        default_factory=dict
    )
    refuses: Refusals = Refusals()

    @model_validator(mode="after")
    def _is_whole(self) -> EngineDescription:
        said = {name for word in self.command for name in names_in(word)}
        if "image" in said and self.image.is_pattern:
            raise ValueError("{image} needs a whole name as image.file, not a pattern")
        return self

    def says(self, placeholder: str) -> bool:
        """Whether a command of it holds a placeholder."""
        trace = () if self.trace is None else (*self.trace.arguments, *self.trace.command)
        return any(placeholder in names_in(word) for word in (*self.command, *trace))
