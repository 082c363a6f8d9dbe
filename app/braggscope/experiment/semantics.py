"""Named options for what nanoBragg does surprisingly; its behaviour is always the default.

docs/semantics.md defines every value to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from braggscope.errors import InvalidInput

PixelFactor = Literal["first", "last", "mean", "per-evaluation", "compounding"]


class Semantics(BaseModel):
    """Which of several defensible meanings a run uses (spec section 15)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    omega: PixelFactor = Field(
        "first",
        title="Solid angle",
        description="Whose solid angle counts: the first sub-pixel's as in nanoBragg, the"
        " last one's, their mean, every evaluation its own, or compounding on the running sum"
        " (-oversample_omega).",
    )
    polarization: PixelFactor = Field(
        "first",
        title="Polarisation",
        description="Whose polarisation factor counts: that of the first sub-pixel and source as in"
        " nanoBragg, of the last, the mean, every evaluation its own, or compounding"
        " (-oversample_polar).",
    )
    capture: PixelFactor = Field(
        "first",
        title="Captured fraction",
        description="Whose absorption in the sensor counts: the first sub-pixel's of the last layer"
        " as in nanoBragg, of the last sub-pixel, the mean, every layer and sub-pixel its"
        " own, or compounding (-oversample_thick).",
    )
    phi_carry_over: Literal["on", "off"] = Field(
        "on",
        title="φ = 0 carry-over",
        description="On: a step at exactly φ = 0 keeps the cell of the step before it. Off:"
        " it is the unrotated cell.",
    )
    source_weights: Literal["ignored", "used"] = Field(
        "ignored",
        title="Source weights",
        description="Whether the weights of a source file count; nanoBragg ignores them.",
    )
    interpolation_fallback: Literal["permanent", "local"] = Field(
        "permanent",
        title="Interpolation fall-back",
        description="Permanent: the first evaluation outside the table ends interpolation for the"
        " rest of the image. Local: for that evaluation alone.",
    )
    thickness_layers: Literal["overshooting", "exact"] = Field(
        "overshooting",
        title="Sensor layers",
        description="Overshooting: n layers of thickness/(n − 1), as nanoBragg. Exact: n"
        " layers of thickness/n, sampled in their middle.",
    )
    water_scale: Literal["twice", "once"] = Field(
        "twice",
        title="Water scale",
        description="Twice: r_e² and the fluence enter the water background twice, and it is"
        " divided by the steps. Once: as for scattering molecules.",
    )
    spot_radius: Literal["product", "per-axis"] = Field(
        "product",
        title="GAUSS and TOPHAT radius",
        description="Product: the distance in 1/Å times Na·Nb·Nc in every direction."
        " Per axis: each index difference times the cells along its own axis.",
    )
    mosaic_generator: Literal["float32", "float64"] = Field(
        "float32",
        title="Mosaic generator",
        description="Precision in which the angle of a domain is drawn; nanoBragg uses single"
        " precision.",
    )


#: Named sets of options.
PRESETS: Final[dict[str, Semantics]] = {
    "nanobragg": Semantics(),
    "physical": Semantics(
        omega="per-evaluation",
        polarization="per-evaluation",
        capture="per-evaluation",
        phi_carry_over="off",
        source_weights="used",
        interpolation_fallback="local",
        thickness_layers="exact",
        water_scale="once",
        spot_radius="per-axis",
        mosaic_generator="float64",
    ),
}


def allowed_values(option: str) -> tuple[str, ...]:
    """The values of an option, nanoBragg's first."""
    field = Semantics.model_fields[option]
    return tuple(get_args(field.annotation))


def parse_semantics(texts: Iterable[str], start: Semantics | None = None) -> Semantics:
    """Read presets and `option=value` texts from left to right; a later one wins.

    Raises:
        InvalidInput: no such preset, option or value; the message lists the allowed ones.
    """
    chosen = start or Semantics()
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            if name not in PRESETS:
                raise InvalidInput(
                    f"{name!r} is no preset of the semantics",
                    remedy=f"Presets: {', '.join(PRESETS)}; or write option=value",
                )
            chosen = PRESETS[name]
            continue
        if name not in Semantics.model_fields:
            raise InvalidInput(
                f"{name!r} is no option of the semantics",
                remedy=f"Options: {', '.join(Semantics.model_fields)}",
            )
        if value not in allowed_values(name):
            raise InvalidInput(
                f"{value!r} is no value of the option {name}",
                remedy=f"Values: {', '.join(allowed_values(name))}",
            )
        chosen = Semantics.model_validate({**chosen.model_dump(), name: value})
    return chosen


def preset_name(semantics: Semantics) -> str | None:
    """The preset that these options are; None for a choice of one's own."""
    return next((name for name, preset in PRESETS.items() if preset == semantics), None)


def unlike_nanobragg(semantics: Semantics) -> dict[str, str]:
    """The options that differ from nanoBragg's own behaviour, with their values."""
    usual = Semantics()
    return {name: value for name, value in semantics if value != getattr(usual, name)}


def semantics_text(semantics: Semantics) -> str:
    """What differs from nanoBragg in a few words; "" when nothing does."""
    name = preset_name(semantics)
    if name is not None:
        return "" if semantics == Semantics() else name
    return ", ".join(f"{option}={value}" for option, value in unlike_nanobragg(semantics).items())
