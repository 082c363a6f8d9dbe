"""The nanoBragg command line as a dialect of the experiment (spec cli.md)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from braggscope.errors import InvalidInput, NotSimulatedYet
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import Experiment
from braggscope.experiment.reflections import structure_factors_from
from braggscope.physics.constants import ENERGY_WAVELENGTH_EV_A

Match = Literal["anywhere", "length", "exact"]


@dataclass(frozen=True)
class OutputFlags:
    """What a command line says about output; not part of the experiment.

    Attributes:
        files: kind of file ("float", "float64", "int", "pgm", "noise") -> name given.
        seen: every output flag met, as typed.
    """

    files: dict[str, str]
    seen: tuple[str, ...]


@dataclass(frozen=True)
class CommandLine:
    """A parsed nanoBragg command line."""

    experiment: Experiment
    output: OutputFlags


@dataclass
class _Reader:
    """What has been read so far."""

    folder: Path
    data: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"beam": {}, "crystal": {}, "detector": {}, "sampling": {}}
    )
    sources: dict[str, str] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)
    seen_output: list[str] = field(default_factory=list)

    def put(self, path: str, value: Any, flag: str) -> None:
        group, _, name = path.partition(".")
        self.data[group][name] = value
        self.sources[path] = flag


Action = Callable[[_Reader, str, list[str]], None]


@dataclass(frozen=True)
class _Flag:
    """One row of the flag table: text, way of matching, number of values, and what it does."""

    text: str
    match: Match
    values: int
    action: Action

    def matches(self, argument: str) -> bool:
        if self.match == "exact":
            return argument == self.text
        if self.match == "length":
            return self.text in argument and len(argument) == len(self.text)
        return self.text in argument


def _number(flag: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"{flag} needs a number, not {text!r}", where=flag) from None


def _whole(flag: str, text: str) -> int:
    value = _number(flag, text)
    if not value.is_integer():
        raise InvalidInput(f"{flag} needs a whole number, not {text!r}", where=flag)
    return int(value)


def _set(path: str, convert: Callable[[str, str], Any] = _number) -> Action:
    """Put the flag's value into one or more fields."""

    def act(reader: _Reader, flag: str, values: list[str]) -> None:
        for one in path.split():
            reader.put(one, convert(flag, values[0]), flag)

    return act


def _set_positive(path: str, convert: Callable[[str, str], Any] = _number) -> Action:
    """Zero or less means automatic."""

    def act(reader: _Reader, flag: str, values: list[str]) -> None:
        value = convert(flag, values[0])
        reader.put(path, value if value > 0 else None, flag)

    return act


def _constant(path: str, value: Any) -> Action:
    return lambda reader, flag, _values: reader.put(path, value, flag)


def _cells(*paths: str) -> Action:
    """A number of unit cells; one or less means one (spec 3.9)."""

    def act(reader: _Reader, flag: str, values: list[str]) -> None:
        for path in paths:
            reader.put(path, max(1, _whole(flag, values[0])), flag)

    return act


def _energy(reader: _Reader, flag: str, values: list[str]) -> None:
    energy = _number(flag, values[0])
    if not energy > 0:
        raise InvalidInput(f"{flag} must be above 0 eV, not {values[0]}", where=flag)
    reader.put("beam.wavelength_A", ENERGY_WAVELENGTH_EV_A / energy, flag)


def _cell(reader: _Reader, flag: str, values: list[str]) -> None:
    """One to six values; missing lengths repeat a, missing angles are 90 degrees."""
    numbers = [_number(flag, text) for text in values]
    if not numbers:
        raise InvalidInput(f"{flag} needs at least one cell length", where=flag)
    a, b, c, alpha, beta, gamma = numbers + [0.0] * (6 - len(numbers))
    reader.put(
        "crystal.cell",
        {
            "a_A": a,
            "b_A": b if b > 0 else a,
            "c_A": c if c > 0 else a,
            "alpha_deg": alpha if alpha > 0 else 90.0,
            "beta_deg": beta if beta > 0 else 90.0,
            "gamma_deg": gamma if gamma > 0 else 90.0,
        },
        flag,
    )


def _misset(reader: _Reader, flag: str, values: list[str]) -> None:
    if "rand" in values[0]:
        raise NotSimulatedYet(
            "a random misset is not simulated yet",
            where=flag,
            remedy="Give the three angles: -misset RX RY RZ",
        )
    reader.put("crystal.misset_deg", tuple(_number(flag, text) for text in values), flag)


def _roi(reader: _Reader, flag: str, values: list[str]) -> None:
    bounds = [_whole(flag, text) for text in values]
    fast_min, fast_max, slow_min, slow_max = bounds
    far = 2**31 - 1
    reader.put(
        "detector.roi",
        {
            "fast_min": max(0, fast_min),
            "fast_max": fast_max if fast_max >= 0 else far,
            "slow_min": max(0, slow_min),
            "slow_max": slow_max if slow_max >= 0 else far,
        },
        flag,
    )


def _convention(name: str) -> Action:
    return _constant("detector.convention", name)


def _hkl(reader: _Reader, flag: str, values: list[str]) -> None:
    reader.put("crystal.structure_factors", structure_factors_from(reader.folder / values[0]), flag)


def _matrix(reader: _Reader, flag: str, values: list[str]) -> None:
    reader.put("crystal.matrix", matrix_from(reader.folder / values[0]), flag)


def _polarization(reader: _Reader, flag: str, values: list[str]) -> None:
    reader.put("beam.kahn_factor", _number(flag, values[0]), flag)
    reader.put("beam.polarized", True, flag)


def _output(kind: str) -> Action:
    def act(reader: _Reader, flag: str, values: list[str]) -> None:
        reader.output[kind] = values[0]
        reader.seen_output.append(flag)

    return act


def _no_effect(reader: _Reader, flag: str, _values: list[str]) -> None:
    reader.seen_output.append(flag)


def _refuse(reader: _Reader, flag: str, _values: list[str]) -> None:
    raise NotSimulatedYet(
        f"{flag} is not simulated yet",
        where=flag,
        why="it changes the image, so it cannot be ignored",
        remedy="Leave it out, or run it with the nanoBragg program itself",
    )


def _zero_or_refuse(reader: _Reader, flag: str, values: list[str]) -> None:
    if _number(flag, values[0]) != 0.0:
        _refuse(reader, flag, values)


#: Longer spellings stand before the shorter ones that they contain. -1 values: one to six numbers.
_FLAGS: Final[tuple[_Flag, ...]] = (
    _Flag("-mosaic_seed", "anywhere", 1, _set("crystal.mosaic_seed", _whole)),
    _Flag("-mosaic_dom", "anywhere", 1, _set_positive("crystal.mosaic_domains", _whole)),
    _Flag("-mosaici", "anywhere", 1, _set("crystal.mosaic_spread_deg")),
    _Flag("-mosaic_spr", "anywhere", 1, _set("crystal.mosaic_spread_deg")),
    _Flag("-mosaic", "exact", 1, _set("crystal.mosaic_spread_deg")),
    _Flag("-misset_seed", "anywhere", 1, _refuse),
    _Flag("-misset", "anywhere", 3, _misset),
    _Flag("-mat", "anywhere", 1, _matrix),
    _Flag("-cell", "anywhere", -1, _cell),
    _Flag("-hkl", "anywhere", 1, _hkl),
    _Flag("-default_F", "anywhere", 1, _set("crystal.default_F")),
    _Flag("-dump", "anywhere", 1, _refuse),
    _Flag("-Na", "anywhere", 1, _cells("crystal.cells_a")),
    _Flag("-Nb", "anywhere", 1, _cells("crystal.cells_b")),
    _Flag("-Nc", "anywhere", 1, _cells("crystal.cells_c")),
    _Flag("-N", "exact", 1, _cells("crystal.cells_a", "crystal.cells_b", "crystal.cells_c")),
    *(
        _Flag(text, "anywhere", 1, _refuse)
        for text in (
            "-samplesize",
            "-sample_size",
            "-xtalsize",
            "-xtal_size",
            "-sample_thick",
            "-sample_x",
            "-xtal_thick",
            "-xtal_x",
            "-sample_width",
            "-sample_y",
            "-xtal_width",
            "-xtal_y",
            "-width",
            "-sample_heigh",
            "-sample_z",
            "-xtal_heigh",
            "-xtal_z",
            "-heigh",
        )
    ),
    _Flag("-square_xtal", "anywhere", 0, _no_effect),
    *(
        _Flag(text, "anywhere", 0, _refuse)
        for text in ("-round_xtal", "-gauss_xtal", "-binary_spots", "-tophat_spots")
    ),
    _Flag("-fudge", "anywhere", 1, _no_effect),
    _Flag("-nointerpolate", "anywhere", 0, _constant("crystal.interpolate", False)),
    _Flag("-interpolate", "anywhere", 0, _constant("crystal.interpolate", True)),
    *(
        _Flag(text, "anywhere", 1, _no_effect)
        for text in ("-density", "-sample_den", "-molec", "-stolout")
    ),
    _Flag("-MW", "exact", 1, _no_effect),
    _Flag("-water", "anywhere", 1, _zero_or_refuse),
    *(_Flag(text, "exact", 1, _no_effect) for text in ("-stol", "-4stol", "-Q")),
    _Flag("-lambda", "anywhere", 1, _set("beam.wavelength_A")),
    _Flag("-wave", "anywhere", 1, _set("beam.wavelength_A")),
    _Flag("-energy", "anywhere", 1, _energy),
    _Flag("-fluence", "anywhere", 1, _set("beam.fluence_per_m2")),
    *(_Flag(text, "anywhere", 1, _refuse) for text in ("-flux", "-exposure", "-beamsize")),
    _Flag("-nopolar", "anywhere", 0, _constant("beam.polarized", False)),
    _Flag("-polar", "exact", 1, _polarization),
    *(
        _Flag(text, "anywhere", 1, _refuse)
        for text in (
            "-dispersion",
            "-dispsteps",
            "-divergence",
            "-hdivrange",
            "-vdivrange",
            "-hdivsteps",
            "-vdivsteps",
            "-hdivstep",
            "-vdivstep",
            "-divsteps",
            "-sourcefile",
        )
    ),
    *(
        _Flag(text, "anywhere", 0, _no_effect)
        for text in ("-round_div", "-square_div", "-coherent")
    ),
    *(_Flag(text, "anywhere", 1, _refuse) for text in ("-img", "-mask")),
    _Flag("-pixel", "anywhere", 1, _set("detector.pixel_mm")),
    _Flag("-detsize_f", "anywhere", 1, _set("detector.size_fast_mm")),
    _Flag("-detsize_s", "anywhere", 1, _set("detector.size_slow_mm")),
    _Flag("-detsize", "exact", 1, _set("detector.size_fast_mm detector.size_slow_mm")),
    _Flag("-detpixels_f", "anywhere", 1, _set_positive("detector.pixels_fast", _whole)),
    _Flag("-detpixels_x", "anywhere", 1, _set_positive("detector.pixels_fast", _whole)),
    _Flag("-detpixels_s", "anywhere", 1, _set_positive("detector.pixels_slow", _whole)),
    _Flag("-detpixels_y", "anywhere", 1, _set_positive("detector.pixels_slow", _whole)),
    _Flag("-detpixels", "exact", 1, _set("detector.pixels_fast detector.pixels_slow", _whole)),
    _Flag("-close_distance", "anywhere", 1, _refuse),
    _Flag("-distance", "anywhere", 1, _set("detector.distance_mm")),
    _Flag("-Xbeam", "anywhere", 1, _set("detector.beam_x_mm")),
    _Flag("-Ybeam", "anywhere", 1, _set("detector.beam_y_mm")),
    *(_Flag(text, "anywhere", 1, _refuse) for text in ("-Xclose", "-Yclose")),
    _Flag("-ORGX", "anywhere", 1, _set("detector.org_x_px")),
    _Flag("-ORGY", "anywhere", 1, _set("detector.org_y_px")),
    *(
        _Flag(f"-{name}", "anywhere", 0, _convention(name))
        for name in ("mosflm", "xds", "adxv", "denzo", "dials")
    ),
    *(
        _Flag(text, "anywhere", 3, _refuse)
        for text in (
            "-fdet_vector",
            "-sdet_vector",
            "-odet_vector",
            "-beam_vector",
            "-polar_vector",
            "-spindle_axis",
            "-twotheta_axis",
            "-pix0_vector",
        )
    ),
    *(
        _Flag(text, "anywhere", 1, _zero_or_refuse)
        for text in ("-twotheta", "-detector_rotx", "-detector_roty", "-detector_rotz")
    ),
    _Flag("-pivot", "anywhere", 1, _no_effect),
    *(_Flag(text, "anywhere", 0, _refuse) for text in ("-curved_det", "-point_pixel")),
    *(
        _Flag(text, "anywhere", 1, _refuse)
        for text in ("-detector_abs", "-detector_thicksteps", "-thicksteps", "-detector_thick")
    ),
    _Flag("-roi", "anywhere", 4, _roi),
    _Flag("-phistep", "length", 1, _set_positive("sampling.phi_step_deg")),
    _Flag("-phisteps", "anywhere", 1, _set_positive("sampling.phi_steps", _whole)),
    _Flag("-phi", "exact", 1, _set("sampling.phi_start_deg")),
    _Flag("-osc", "anywhere", 1, _set("sampling.osc_deg")),
    *(
        _Flag(text, "anywhere", 0, _refuse)
        for text in ("-oversample_thick", "-oversample_polar", "-oversample_omega")
    ),
    _Flag("-oversample", "anywhere", 1, _set_positive("sampling.oversample", _whole)),
    _Flag("-dmin", "anywhere", 1, _zero_or_refuse),
    *(_Flag(text, "anywhere", 1, _output("float")) for text in ("-floatfile", "-floatimage")),
    _Flag("-float64file", "exact", 1, _output("float64")),
    *(_Flag(text, "anywhere", 1, _output("int")) for text in ("-intfile", "-intimage")),
    *(_Flag(text, "anywhere", 1, _output("pgm")) for text in ("-pgmfile", "-pgmimage")),
    *(_Flag(text, "anywhere", 1, _output("noise")) for text in ("-noisefile", "-noiseimage")),
    *(
        _Flag(text, "anywhere", 0, _no_effect)
        for text in ("-nopgm", "-nonoise", "-noprogress", "-progress")
    ),
    *(_Flag(text, "anywhere", 1, _no_effect) for text in ("-scale", "-adc", "-pgmscale", "-seed")),
    _Flag("-printout_pixel", "anywhere", 2, _no_effect),
    _Flag("-printout", "anywhere", 0, _no_effect),
)
_KNOWN: Final = sorted({flag.text for flag in _FLAGS})
_NUMBER: Final = re.compile(r"^-?(\d|\.\d)")


def _is_flag(argument: str) -> bool:
    return argument.startswith("-") and not _NUMBER.match(argument)


def parse_command_line(argv: Sequence[str], folder: Path | None = None) -> CommandLine:
    """Read nanoBragg flags; a leading program name is skipped.

    Stricter than nanoBragg, which ignores what it does not understand: here a flag that is unknown,
    lacks its values or asks for physics that is not there yet is an error.

    Args:
        argv: the arguments.
        folder: what relative file names are relative to; the current directory if None.

    Raises:
        InvalidInput: a flag or value is wrong; the message names it.
        NotSimulatedYet: a flag asks for physics that is not there yet.
    """
    arguments = [str(argument) for argument in argv]
    if arguments and not arguments[0].startswith("-"):
        arguments = arguments[1:]
    reader = _Reader((folder or Path.cwd()).absolute())
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        flag = _find(argument)
        values = _values_of(flag, argument, arguments[position + 1 :])
        flag.action(reader, argument, values)
        position += 1 + len(values)
    reader.sources.setdefault("", "the command line")
    data = {group: fields for group, fields in reader.data.items() if fields or group == "crystal"}
    experiment = Experiment.build(data, reader.sources, strict=False)
    return CommandLine(experiment, OutputFlags(reader.output, tuple(reader.seen_output)))


def _find(argument: str) -> _Flag:
    for flag in _FLAGS:
        if flag.match != "anywhere" and argument == flag.text:
            return flag
    for flag in _FLAGS:
        if _is_flag(argument) and flag.matches(argument):
            return flag
    close = difflib.get_close_matches(argument, _KNOWN, n=1)
    raise InvalidInput(
        f"{argument!r} is not a flag of nanoBragg"
        if _is_flag(argument)
        else f"{argument!r} is left over",
        where="command line",
        remedy=f"Did you mean {close[0]}?" if close else "See `braggscope nanobragg --help`",
    )


def _values_of(flag: _Flag, argument: str, rest: list[str]) -> list[str]:
    if flag.values < 0:
        end = next((i for i, text in enumerate(rest[:6]) if not _reads_as_number(text)), 6)
        return rest[:end]
    wanted = 1 if flag.text == "-misset" and rest[:1] and "rand" in rest[0] else flag.values
    values = rest[:wanted]
    missing = [i for i, text in enumerate(values) if _is_flag(text)]
    if missing or len(values) < wanted:
        got = values[: missing[0]] if missing else values
        raise InvalidInput(
            f"{argument} needs {wanted} value{'s' if wanted > 1 else ''}, got {len(got)}",
            where=argument,
        )
    return values


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def experiment_from_flags(argv: Sequence[str], folder: Path | None = None) -> Experiment:
    """The experiment that a nanoBragg command line describes; see `parse_command_line`."""
    return parse_command_line(argv, folder).experiment
