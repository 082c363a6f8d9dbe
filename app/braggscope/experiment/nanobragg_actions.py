"""What the flags of nanoBragg do (spec cli.md sections 2 to 6).

An action is called with the reader, the flag as typed, and its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.nanobragg_numbers import atof
from braggscope.experiment.nanobragg_state import Reader
from braggscope.experiment.reflections import file_warnings, structure_factors_from
from braggscope.experiment.semantics import Semantics, parse_semantics
from braggscope.experiment.source_file import read_sources
from braggscope.physics.constants import ENERGY_WAVELENGTH_EV_A
from braggscope.physics.detector import Pivot

Action = Callable[[Reader, str, list[str]], None]
Number = Callable[[Reader, str, str], Any]
_FAR: Final = 2**31 - 1


def real(reader: Reader, flag: str, text: str) -> float:
    """Any number."""
    return reader.number(flag, text)


def whole(reader: Reader, flag: str, text: str) -> int:
    """Any whole number."""
    return reader.whole(flag, text)


def unless_negative(reader: Reader, flag: str, text: str) -> float | None:
    """A negative number means "not given"."""
    value = reader.number(flag, text)
    return value if value >= 0.0 else None


def if_positive(reader: Reader, flag: str, text: str) -> float | None:
    """Zero or less means "not given"."""
    value = reader.number(flag, text)
    return value if value > 0.0 else None


def unless_zero(reader: Reader, flag: str, text: str) -> float | None:
    """Zero means "not given"."""
    return reader.number(flag, text) or None


def not_below_zero(reader: Reader, flag: str, text: str) -> float:
    """A negative number means 0."""
    return max(0.0, reader.number(flag, text))


def count_if_positive(reader: Reader, flag: str, text: str) -> int | None:
    """A count; zero or less means "choose for me"."""
    value = reader.whole(flag, text)
    return value if value > 0 else None


def pixel_count(reader: Reader, flag: str, text: str) -> int | None:
    """A pixel count; 0 means "from the size"."""
    return reader.whole(flag, text) or None


def step_count(reader: Reader, flag: str, text: str) -> int | None:
    """A count of phi steps: 0 becomes 1, less is "choose for me" (spec 3.5)."""
    value = reader.whole(flag, text)
    return None if value < 0 else max(1, value)


def cell_count(reader: Reader, flag: str, text: str) -> int:
    """Unit cells along an axis; one or less is one (spec 3.9)."""
    return max(1, reader.whole(flag, text))


def set_(paths: str, convert: Number = real) -> Action:
    """Put the flag's value into one or more fields."""

    def act(reader: Reader, flag: str, values: list[str]) -> None:
        value = convert(reader, flag, values[0])
        for path in paths.split():
            reader.put(path, value, flag)

    return act


def place(path: str, pivot: Pivot, convert: Number = real) -> Action:
    """Put a value of the detector's place, and set the pivot of CUSTOM with it (spec 4.1)."""

    def act(reader: Reader, flag: str, values: list[str]) -> None:
        reader.put(path, convert(reader, flag, values[0]), flag)
        reader.pivot = (pivot, flag)

    return act


def constant(path: str, value: Any) -> Action:
    """A flag without values."""
    return lambda reader, flag, _values: reader.put(path, value, flag)


def convention(name: str, pivot: Pivot) -> Action:
    """Choose a named convention."""

    def act(reader: Reader, flag: str, _values: list[str]) -> None:
        reader.put("detector.convention", name, flag)
        reader.pivot = (pivot, flag)

    return act


def vector(path: str) -> Action:
    """Any vector switches to CUSTOM (Q61)."""

    def act(reader: Reader, flag: str, values: list[str]) -> None:
        x, y, z = (reader.number(flag, text) for text in values)
        reader.put(path, (x, y, z), flag)
        reader.put("detector.convention", "custom", flag)

    return act


def twotheta_axis(reader: Reader, flag: str, values: list[str]) -> None:
    """The axis of the swing."""
    vector("detector.twotheta_axis")(reader, flag, values)
    reader.pivot = ("sample", flag)


def pix0_vector(reader: Reader, flag: str, values: list[str]) -> None:
    """Its numbers are lost; it only switches to CUSTOM (Q7)."""
    for text in values:
        reader.number(flag, text)
    reader.put("detector.convention", "custom", flag)
    reader.warn(
        f"{flag} {' '.join(values)}: the numbers have no effect, it only selects the convention"
        " custom"
    )


def pivot(reader: Reader, flag: str, values: list[str]) -> None:
    """What keeps its place when the detector turns."""
    if "sample" in values[0]:
        reader.pivot = ("sample", flag)
    elif "beam" in values[0]:
        reader.pivot = ("beam", flag)
    else:
        reader.warn(f"{flag} {values[0]}: no effect; write sample or beam")


def energy(reader: Reader, flag: str, values: list[str]) -> None:
    """A photon energy, eV."""
    value = reader.number(flag, values[0])
    if not value > 0.0:
        raise InvalidInput(f"{flag} must be above 0 eV, not {values[0]}", where=flag)
    reader.put("beam.wavelength_A", ENERGY_WAVELENGTH_EV_A / value, flag)


def cell(reader: Reader, flag: str, values: list[str]) -> None:
    """One to six values; missing lengths repeat a, missing angles are 90 degrees."""
    numbers = [reader.number(flag, text) for text in values]
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


def misset(reader: Reader, flag: str, values: list[str]) -> None:
    """Angles, or a random orientation; `-misset_seed` comes here too (Q30)."""
    if "rand" in values[0]:
        reader.misset = (flag, None)
        return
    if "-misset_seed" in flag:
        x, y, z = (atof(text)[0] for text in values)
        if not all(map(math.isfinite, (x, y, z))):
            raise InvalidInput(
                f"{flag} is also read as -misset, and {' '.join(values)} are not finite",
                where=flag,
                remedy="Give a whole number, and finite numbers behind it",
            )
    else:
        x, y, z = (reader.number(flag, text) for text in values)
    reader.misset = (flag, (x, y, z))


def misset_seed(reader: Reader, flag: str, values: list[str]) -> None:
    """The seed of a random orientation."""
    if "rand" not in values[0]:
        reader.misset_seed = (flag, reader.whole(flag, values[0]))


def roi(reader: Reader, flag: str, values: list[str]) -> None:
    """Inclusive bounds, x fast and y slow; a negative one means the detector's edge (spec 3.4)."""
    fast_min, fast_max, slow_min, slow_max = (reader.whole(flag, text) for text in values)
    reader.put(
        "detector.roi",
        {
            "fast_min": max(0, fast_min),
            "fast_max": fast_max if fast_max >= 0 else _FAR,
            "slow_min": max(0, slow_min),
            "slow_max": slow_max if slow_max >= 0 else _FAR,
        },
        flag,
    )


def hkl(reader: Reader, flag: str, values: list[str]) -> None:
    """Structure factors."""
    reference = structure_factors_from(reader.folder / values[0], strict=False)
    reader.put("crystal.structure_factors", reference, flag)
    for warning in file_warnings(reference):
        reader.warn(f"{flag} {values[0]}: {warning}")


def matrix(reader: Reader, flag: str, values: list[str]) -> None:
    """An orientation matrix; nanoBragg is silent about a missing file (Q57)."""
    path = reader.folder / values[0]
    if not reader.exists(values[0]):
        reader.warn(f"{flag} {values[0]}: there is no such file; nanoBragg goes on without it")
        return
    reader.put("crystal.matrix", matrix_from(path), flag)


def sources(reader: Reader, flag: str, values: list[str]) -> None:
    """Point sources."""
    found, warnings = read_sources(reader.folder / values[0])
    reader.put("beam.sources", found, flag)
    for warning in warnings:
        reader.warn(f"{flag} {values[0]}: {warning}")


def polarization(reader: Reader, flag: str, values: list[str]) -> None:
    """The Kahn factor; cancels -nopolar."""
    reader.put("beam.kahn_factor", reader.number(flag, values[0]), flag)
    reader.put("beam.polarized", True, flag)


def attenuation(reader: Reader, flag: str, values: list[str]) -> None:
    """The attenuation depth, µm; infinity and 0 take the thickness away (spec 3.7, Q26)."""
    depth = 0.0 if "inf" in values[0] else reader.number(flag, values[0])
    reader.put("detector.attenuation_um", depth if depth >= 0.0 else None, flag)
    if depth == 0.0:
        reader.put("detector.thickness_um", 0.0, flag)


def compounding(option: str) -> Action:
    """-oversample_thick, -oversample_polar and -oversample_omega (Q42)."""

    def act(reader: Reader, _flag: str, _values: list[str]) -> None:
        said = {**reader.semantics.model_dump(), option: "compounding"}
        reader.semantics = Semantics.model_validate(said)

    return act


def semantics(reader: Reader, _flag: str, values: list[str]) -> None:
    """Our own flag: an option or a preset of the semantics."""
    reader.semantics = parse_semantics(values, reader.semantics)


def dump(reader: Reader, flag: str, values: list[str]) -> None:
    """The name of the dump file."""
    reader.dump = (flag, values[0])


def amorphous(reader: Reader, flag: str, values: list[str]) -> None:
    """A profile of amorphous scattering, read and not used (Q49)."""
    reader.amorphous = (flag, values[0])


def no_effect(reader: Reader, flag: str, values: list[str]) -> None:
    """A flag that nanoBragg reads and does not use."""
    reader.warn(f"{' '.join([flag, *values])}: nanoBragg knows this flag, it has no effect")


def number_without_effect(reader: Reader, flag: str, values: list[str]) -> None:
    """A number that nanoBragg reads and does not use."""
    reader.number(flag, values[0])
    no_effect(reader, flag, values)


def nothing(_reader: Reader, _flag: str, _values: list[str]) -> None:
    """A flag that was dealt with elsewhere."""


def output_file(kind: str, switch: str = "") -> Action:
    """The name of an output file, which switches that output on."""

    def act(reader: Reader, flag: str, values: list[str]) -> None:
        reader.files[kind] = values[0]
        reader.seen_output.append(flag)
        if switch:
            reader.output[switch] = True

    return act


def output_number(name: str, convert: Number = real, switch: str = "") -> Action:
    """A number that only output depends on."""

    def act(reader: Reader, flag: str, values: list[str]) -> None:
        reader.output[name] = convert(reader, flag, values[0])
        reader.seen_output.append(flag)
        if switch:
            reader.output[switch] = True

    return act


def output_switch(name: str, value: bool) -> Action:
    """Switch an output on or off."""

    def act(reader: Reader, flag: str, _values: list[str]) -> None:
        reader.output[name] = value
        reader.seen_output.append(flag)

    return act


def printout_pixel(reader: Reader, flag: str, values: list[str]) -> None:
    """The one pixel to report on: fast, slow (Q59)."""
    fast, slow = (reader.whole(flag, text) for text in values)
    reader.output["printout_pixel"] = (fast, slow)
    reader.seen_output.append(flag)
