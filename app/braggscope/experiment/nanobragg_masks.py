"""Masks on a command line: their headers set geometry, which flags must set back (spec 3.1)."""

from __future__ import annotations

from braggscope.errors import InvalidInput
from braggscope.experiment.doubts import CENTRE_FIELDS
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.units import metres
from braggscope.experiment.smv import read_smv

#: Header keyword -> field of the detector that no flag can set back to "not given".
_STICKY = {
    "CLOSE_DISTANCE": "close_distance_mm",
    "BEAM_CENTER_X": "beam_x_mm",
    "BEAM_CENTER_Y": "beam_y_mm",
    "ORGX": "org_x_px",
    "ORGY": "org_y_px",
}


def mask_flags(experiment: Experiment, name: str | None) -> list[str]:
    """-mask, and what its header makes necessary.

    Args:
        experiment: what is written.
        name: a mask whose header says nothing but its size; None takes the experiment's own file.

    Raises:
        InvalidInput: the header says something that flags cannot take back.
    """
    said = experiment.detector
    if said.mask is None:
        return []
    _refuse_odd_size(experiment)
    if name is not None:
        return ["-mask", name]
    image = read_smv(said.mask.path, "mask")
    for keyword, field in _STICKY.items():
        if image.number(keyword) is None or getattr(said, field) is not None:
            continue
        if field == "close_distance_mm" or field in CENTRE_FIELDS.get(said.convention, (field,)):
            raise InvalidInput(
                f"nanoBragg would take {keyword} from the header of {said.mask.path.name}",
                where="detector.mask",
                why=f"the experiment says nothing of {field}, and no flag says nothing",
                remedy="Give the name of a mask whose header holds its size alone",
            )
    unset_osc = image.number("OSC_RANGE") is not None and experiment.sampling.osc_deg is None
    return ["-mask", str(said.mask.path), *(["-osc", "-1"] if unset_osc else [])]


def _refuse_odd_size(experiment: Experiment) -> None:
    """A mask counts the pixels, which rounds a size that holds no whole number of them (Q14)."""
    said = experiment.detector
    pixel_m = metres(said.pixel_mm)
    for axis in ("fast", "slow"):
        size_m = metres(getattr(said, f"size_{axis}_mm"))
        counted = getattr(said, f"pixels_{axis}") is not None
        if not counted and pixel_m * round(size_m / pixel_m) != size_m:
            raise InvalidInput(
                "with a mask nanoBragg needs a detector of counted pixels",
                where=f"detector.size_{axis}_mm",
                remedy=f"Give detector.pixels_{axis}",
            )
