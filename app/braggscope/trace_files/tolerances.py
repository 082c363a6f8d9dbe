"""Tolerances as a small TOML file: of the window, for the command line, in bundles of evidence.

[tolerances.float64]
omega_in_force = 1e-6
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from braggscope.api import CATALOGUE, InvalidInput, Tolerances
from braggscope.api.catalogue import is_option
from braggscope.toml_complaints import complaints
from braggscope.whole_files import write_text

_HEAD: Final = """\
# Largest relative differences that count as agreement between two traces of a pixel, in place of
# the profile's own: float64, mixed or float32, the coarser precision of both runs.
"""
_Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerances: dict[Literal["float64", "mixed", "float32"], dict[str, _Tolerance]]


def tolerances_to_toml(tolerances: Tolerances) -> str:
    """The text of a file."""
    import tomli_w

    said = {profile: dict(values) for profile, values in tolerances.changed.items() if values}
    return _HEAD + tomli_w.dumps({"tolerances": said})


def tolerances_from_toml(text: str) -> Tolerances:
    """What the text of a file says.

    Raises:
        ValueError: says what is wrong with it.
    """
    try:
        said = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not valid TOML: {error}") from error
    except ValidationError as error:
        raise ValueError("; ".join(complaints(error, text))) from error
    return Tolerances({profile: values for profile, values in said.tolerances.items() if values})


def read_tolerances(path: Path) -> Tolerances:
    """The tolerances of a file.

    Raises:
        InvalidInput: it cannot be read, or holds something else.
    """
    try:
        return tolerances_from_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(
            f"{path} holds no tolerances",
            why=why or "",
            remedy="Write [tolerances.float64] and below it lines such as omega_in_force = 1e-6;"
            " the window saves such a file (Pixel trace ▸ Details ▸ All)",
        ) from error


def write_tolerances(path: Path, tolerances: Tolerances) -> None:
    """Write a file.

    Raises:
        InvalidInput: it cannot be written.
    """
    write_text(path, tolerances_to_toml(tolerances))


def doubts_of(tolerances: Tolerances) -> tuple[str, ...]:
    """Names of variables that are none of the catalogue's: other programs may have their own."""
    names = dict.fromkeys(name for values in tolerances.changed.values() for name in values)
    unknown = [name for name in names if name not in CATALOGUE and not is_option(name)]
    return tuple(f"no built-in variable is called {name}{_instead(name)}" for name in unknown)


def _instead(name: str) -> str:
    near = get_close_matches(name, CATALOGUE, n=1)
    return f"; did you mean {near[0]}?" if near else ""
