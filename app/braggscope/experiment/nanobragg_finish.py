"""The end of reading a command line: what only all flags together decide (spec section 3)."""

from __future__ import annotations

from typing import Final

from braggscope.errors import InvalidInput
from braggscope.experiment.doubts import CENTRE_FIELDS
from braggscope.experiment.dump_file import is_dump
from braggscope.experiment.files import read_bytes
from braggscope.experiment.nanobragg_numbers import atof
from braggscope.experiment.nanobragg_state import Reader
from braggscope.experiment.reflections import structure_factors_from
from braggscope.physics.detector import CONVENTIONS, ConventionName

DEFAULT_DUMP: Final = "Fdump.bin"


def complete(reader: Reader, clock: int, *, strict: bool, implicit_dump: bool) -> tuple[str, ...]:
    """Fill in what the flags leave to their order and to the clock; gives notes for the user.

    Args:
        reader: what the flags said.
        clock: seconds of the wall clock, the seed where none was given.
        strict: leave out values of an image's header that the convention does not read.
        implicit_dump: use a dump file that no flag names.
    """
    notes = _misset(reader, clock)
    _pivot(reader)
    _distance(reader)
    _size(reader)
    _mask(reader)
    _structure_factors(reader, implicit_dump)
    _amorphous(reader)
    if strict:
        _drop_unused_headers(reader)
    return notes


def _misset(reader: Reader, clock: int) -> tuple[str, ...]:
    flag, angles = reader.misset or ("", (0.0, 0.0, 0.0))
    seed_flag, seed = reader.misset_seed or ("", None)
    if flag and angles is not None:
        reader.put("crystal.misset_deg", angles, flag)
        if "-misset_seed" in flag:
            x, y, z = angles
            reader.warn(f"{flag}: also read as -misset {x:g} {y:g} {z:g}, whose name it contains")
    if angles is not None:
        if seed is not None and "-misset_seed" not in flag:
            reader.warn(f"{seed_flag} {seed}: no effect without -misset random")
        return ()
    if seed is not None:
        reader.put("crystal.misset_seed", seed, seed_flag)
        return ()
    reader.put("crystal.misset_seed", clock, flag)
    return (f"the random misset has the seed {clock}, from the clock",)


def _pivot(reader: Reader) -> None:
    """The pivot is whatever set it last, with CUSTOM; else the convention's (spec 4.1, Q1)."""
    if reader.pivot is None:
        return
    pivot, flag = reader.pivot
    name: ConventionName = reader.value("detector.convention") or "mosflm"
    if name == "custom":
        reader.put("detector.pivot", pivot, flag)
    elif "-pivot" in flag and CONVENTIONS[name].pivot != pivot:
        reader.warn(f"{flag} {pivot}: no effect, the convention {name} decides")


def _distance(reader: Reader) -> None:
    """Only the size of the distance counts, and nothing of it beside a nearest distance (4.2)."""
    value = reader.value("detector.distance_mm")
    if value is None:
        return
    flag = reader.sources["detector.distance_mm"]
    if value < 0.0:
        reader.warn(f"{flag} {value:g}: nanoBragg uses {-value:g}")
        reader.put("detector.distance_mm", -value, flag)
    elif value == 0.0 and reader.value("detector.close_distance_mm") is not None:
        reader.drop("detector.distance_mm")
        reader.warn(f"{flag} 0: no effect, the nearest distance takes its place")


def _size(reader: Reader) -> None:
    """A size that cannot be is harmless where pixels are counted (Q14); thickness below 0."""
    for axis in ("fast", "slow"):
        path = f"detector.size_{axis}_mm"
        size = reader.value(path)
        if size is None and axis in reader.header_size_mm:
            _use_header_size(reader, axis)
        if reader.value(f"detector.pixels_{axis}") is not None and size is not None and size <= 0.0:
            reader.warn(f"{reader.sources[path]} {size:g}: no effect, the pixels are counted")
            reader.drop(path)
    thickness = reader.value("detector.thickness_um")
    if thickness is not None and thickness < 0.0:
        flag = reader.sources["detector.thickness_um"]
        if reader.value("detector.thickness_layers") is not None:
            reader.warn(f"{flag} {thickness:g}: with counted layers nanoBragg takes it as 0.5")
            return
        reader.put("detector.thickness_um", 0.0, flag)
        reader.warn(f"{flag} {thickness:g}: nanoBragg takes it as no thickness")


def _use_header_size(reader: Reader, axis: str) -> None:
    """A header says a size too, which counts where a flag takes its pixel count back."""
    pixels = f"detector.pixels_{axis}"
    if reader.value(pixels) is None:
        size = reader.header_size_mm[axis]
        reader.put(f"detector.size_{axis}_mm", size, reader.sources[pixels])


def _mask(reader: Reader) -> None:
    """A mask fits the detector, or nanoBragg gives up (spec cli.md section 4)."""
    if reader.mask_size is None:
        return
    size = tuple(reader.value(f"detector.pixels_{axis}") for axis in ("fast", "slow"))
    if None not in size and size != reader.mask_size:
        raise InvalidInput(
            f"the mask has {reader.mask_size[0]} × {reader.mask_size[1]} pixels (fast × slow), the"
            f" detector {size[0]} × {size[1]}",
            where=reader.sources["detector.mask"],
            remedy="Give a mask of the detector's size",
        )


def _structure_factors(reader: Reader, implicit_dump: bool) -> None:
    """Without -hkl a dump file is used where there is one (spec 6.3, Q36)."""
    flag, name = reader.dump or ("", DEFAULT_DUMP)
    reader.output["dump_name"] = name
    if reader.value("crystal.structure_factors") is not None or not (flag or implicit_dump):
        return
    path = reader.folder / name
    if not reader.output.get("wants_dump", True):
        if flag:
            reader.warn(f"{flag} {name}: no effect with -nodump")
        return
    if not reader.exists(name):
        if flag:
            reader.warn(f"{flag} {name}: no effect, there is neither -hkl nor such a file")
        return
    if not is_dump(read_bytes(path, "dump")):
        raise InvalidInput(
            f"{path.name} is not a dump of nanoBragg",
            where=flag or str(path),
            why="it does not begin with the six limits of h, k and l",
            remedy="Give it with -hkl if it is a list of reflections; else remove it, or -nodump",
        )
    reference = structure_factors_from(path, strict=False)
    reader.put("crystal.structure_factors", reference, flag or f"the dump file {name}")
    if not flag and reader.value("crystal.default_F"):
        default_flag = reader.sources["crystal.default_F"]
        reader.warn(
            f"{default_flag}: the structure factors of {name}, which is in this folder, take its"
            " place, as without -hkl nanoBragg reads such a file wherever it finds one"
        )


def _amorphous(reader: Reader) -> None:
    """The profile must be readable, and has no effect (Q49)."""
    if reader.amorphous is None:
        return
    flag, name = reader.amorphous
    path = reader.folder / name
    words = read_bytes(path, "amorphous profile").split()
    if len(words) < 2 or not all(atof(word.decode("latin-1"))[1] for word in words[:2]):
        raise InvalidInput(f"{path.name} holds no profile", where=flag, remedy="Remove the flag")
    reader.warn(f"{flag} {name}: nanoBragg reads this file and does not use it")


def _drop_unused_headers(reader: Reader) -> None:
    name = reader.value("detector.convention") or "mosflm"
    used = CENTRE_FIELDS.get(name)
    if used is None:
        return
    for path in sorted(reader.header_paths):
        _, _, field = path.partition(".")
        if field.startswith(("beam_", "org_")) and field not in used:
            reader.drop(path)
