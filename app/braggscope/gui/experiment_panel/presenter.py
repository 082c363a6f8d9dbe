"""Decides what the form says: the experiment, its problems, what is automatic. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from braggscope.errors import BraggscopeError
from braggscope.experiment import Experiment, UnitCell, resolve
from braggscope.gui.experiment_panel.fields import FieldSpec, owner_of, specs_by_path
from braggscope.gui.experiment_panel.model import FormState, explain_text
from braggscope.gui.experiment_panel.wording import sentence, words_of
from braggscope.physics.setup import Setup

#: The most steps that a rotation may resolve to; the field for their number allows as many.
_MOST_PHI_STEPS: Final = 10**6
#: Drawing the rotations of more domains than this would be felt while typing.
_QUICK_DOMAINS: Final = 100
_DEGREES: Final = 180.0 / math.pi
#: Field -> (quantity of the set-up, factor to the field's unit).
_AUTOMATIC: Final[Mapping[str, tuple[str, float]]] = {
    "crystal.mosaic_domains": ("domains", 1),
    "crystal.interpolate": ("interpolate", 1),
    "detector.pixels_fast": ("fpixels", 1),
    "detector.pixels_slow": ("spixels", 1),
    "detector.beam_x_mm": ("Xbeam_m", 1e3),
    "detector.beam_y_mm": ("Ybeam_m", 1e3),
    "detector.org_x_px": ("ORGX", 1),
    "detector.org_y_px": ("ORGY", 1),
    "sampling.oversample": ("oversample", 1),
    "sampling.osc_deg": ("osc_rad", _DEGREES),
    "sampling.phi_step_deg": ("phistep_rad", _DEGREES),
    "sampling.phi_steps": ("phisteps", 1),
}


@dataclass(frozen=True)
class Evaluation:
    """What the form amounts to.

    Attributes:
        draft: the experiment, as soon as every value fits its field.
        experiment: the same, once its values also go together; only this may reach an engine.
        problems: path of a field or a group -> what is wrong with it.
        hints: path of a field -> what is worth knowing about its value.
        automatic: path of a field or a member -> the value that stands for "automatic".
        shape: (slow, fast) pixels of the detector; None while unknown.
    """

    draft: Experiment | None = None
    experiment: Experiment | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    automatic: Mapping[str, str] = field(default_factory=dict)
    shape: tuple[int, int] | None = None

    @property
    def summary(self) -> str:
        """All problems in one line; "" when there is none."""
        texts = list(self.problems.values())
        if len(texts) < 2:
            return "".join(texts)
        return f"{texts[0]} (and {len(texts) - 1} more)"


class FormPresenter:
    """Holds the form's state and judges it."""

    def __init__(self) -> None:
        self.state = FormState()
        self._evaluation: Evaluation | None = None

    def load(self, experiment: Experiment) -> None:
        """Show an experiment."""
        self._become(FormState.of(experiment))

    def edit(self, leaf: str, text: str) -> None:
        """A text was typed into a field."""
        self._become(self.state.typed(leaf, text))

    def choose(self, path: str, value: Any) -> None:
        """A value was chosen for a field."""
        if value != self.state.value(path) or path in self.state.texts:
            self._become(self.state.with_value(path, value))

    def reset(self, path: str) -> None:
        """A field goes back to its default."""
        self._become(self.state.without(path))

    def choose_cell(self, cell: UnitCell) -> None:
        """Take a cell as a whole."""
        self._choose_members("crystal.cell", cell.model_dump())

    def spell_out_region(self) -> None:
        """Turn "whole detector" into four numbers that can be edited."""
        slow, fast = self.evaluate().shape or (1, 1)
        self._choose_members(
            "detector.roi",
            {"fast_min": 0, "fast_max": fast - 1, "slow_min": 0, "slow_max": slow - 1},
        )

    def evaluate(self) -> Evaluation:
        """Judge the form as it stands now."""
        if self._evaluation is None:
            self._evaluation = _evaluate(self.state)
        return self._evaluation

    def _choose_members(self, path: str, values: Mapping[str, Any]) -> None:
        state = self.state.without(path)
        for name, value in values.items():
            state = state.with_value(f"{path}.{name}", value)
        self._become(state)

    def _become(self, state: FormState) -> None:
        if state != self.state:
            self.state = state
            self._evaluation = None


def _evaluate(state: FormState) -> Evaluation:
    specs = specs_by_path()
    problems = {leaf: explain_text(specs[leaf], text) for leaf, text in state.texts.items()}
    draft = _draft(state, problems)
    if draft is None or problems:
        return Evaluation(problems=problems)
    flood = _too_many_steps(draft)
    if flood:
        return Evaluation(draft, problems={"sampling.phi_step_deg": flood})
    try:
        setup = resolve(_quick(draft))
    except (BraggscopeError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Evaluation(draft, problems={_place_of(error): words_of(error)})
    return Evaluation(
        draft,
        draft,
        hints=_hints(draft, setup),
        automatic=_automatic(draft, setup),
        shape=setup.detector.shape,
    )


def _draft(state: FormState, problems: dict[str, str]) -> Experiment | None:
    """The experiment if all values fit their fields; adds to problems what does not."""
    if state.is_untouched:
        return state.base
    data = state.data()
    try:
        Experiment.model_validate(data)
    except ValidationError as error:
        for details in error.errors():
            _add_problem(state, details, problems)
        return None
    return Experiment.build(data, state.sources())


def _add_problem(state: FormState, details: ErrorDetails, problems: dict[str, str]) -> None:
    path = ".".join(str(part) for part in details["loc"])
    spec = specs_by_path().get(path)
    if path in problems or any(leaf.startswith(f"{path}.") for leaf in problems):
        return
    if details["type"] == "missing" and spec is not None:
        _add_missing(state, spec, problems)
    elif details["type"] == "value_error":
        problems[path] = sentence(str(details.get("ctx", {}).get("error", details["msg"])))
    elif spec is None:
        problems[path] = sentence(f"{path}: {details['msg']}")
    else:
        problems[path] = _out_of_range(spec, state.text(path), details["msg"])


def _add_missing(state: FormState, spec: FieldSpec, problems: dict[str, str]) -> None:
    """One problem for all members of a field that are missing."""
    owner = specs_by_path()[owner_of(spec.path)]
    if any(leaf.path in state.texts for leaf in owner.leaves):
        return
    absent = [
        leaf.title for leaf in owner.leaves if leaf.required and leaf.path not in state.values
    ]
    verb = "are" if len(absent) > 1 else "is"
    problems[owner.path] = f"{owner.title}: {', '.join(absent)} {verb} missing"


def _out_of_range(spec: FieldSpec, text: str, message: str) -> str:
    unit = f" {spec.unit}" if spec.unit else ""
    if spec.allowed:
        return f"{spec.title} = {text}{unit} is not allowed: it must be {spec.allowed}{unit}"
    return f"{spec.title} = {text}{unit}: {message[0].lower()}{message[1:]}"


def _too_many_steps(experiment: Experiment) -> str:
    """Why a rotation has too many steps; "" when it has not."""
    said = experiment.sampling
    if said.phi_steps is not None or said.osc_deg is None or said.phi_step_deg is None:
        return ""
    steps = said.osc_deg / said.phi_step_deg
    if steps <= _MOST_PHI_STEPS:
        return ""
    return (
        f"φ step = {said.phi_step_deg:g} ° makes {steps:.3g} steps of {said.osc_deg:g} °:"
        f" at most {_MOST_PHI_STEPS:,} are allowed"
    )


def _quick(experiment: Experiment) -> Experiment:
    """The experiment with few mosaic domains: their rotations are slow to draw and not shown."""
    crystal = experiment.crystal
    if (crystal.mosaic_domains or 0) <= _QUICK_DOMAINS:
        return experiment
    fewer = crystal.model_copy(update={"mosaic_domains": _QUICK_DOMAINS})
    return experiment.model_copy(update={"crystal": fewer})


def _place_of(error: Exception) -> str:
    where = getattr(error, "where", "")
    return where if where.partition(".")[0] in Experiment.model_fields else "crystal"


def _hints(experiment: Experiment, setup: Setup) -> dict[str, str]:
    specs = specs_by_path()
    hints = {}
    for note in setup.notes:
        path, _, rest = note.partition(" ")
        if path in specs:
            hints[path] = sentence(rest.partition(": ")[0]) + f": {rest.partition(': ')[2]}"
    for axis, letter in (("fast", "f"), ("slow", "s")):
        if getattr(experiment.detector, f"pixels_{axis}") is not None:
            size_mm = float(setup.quantities[f"detsize_{letter}_m"].value) * 1e3
            hints[f"detector.size_{axis}_mm"] = f"Not used: the counted pixels make {size_mm:g} mm"
    return hints


def _automatic(experiment: Experiment, setup: Setup) -> dict[str, str]:
    values = {}
    for path, (name, factor) in _AUTOMATIC.items():
        quantity = setup.quantities.get(name)
        if quantity is not None:
            values[path] = f"{float(quantity.value) * factor:.6g}"
    values["crystal.interpolate"] = "no" if values["crystal.interpolate"] == "0" else "yes"
    slow, fast = setup.detector.shape
    for name, value in zip(
        ("fast_min", "fast_max", "slow_min", "slow_max"), (0, fast - 1, 0, slow - 1), strict=True
    ):
        values[f"detector.roi.{name}"] = str(value)
    if experiment.crystal.cell is None:
        values.update(_cell_of(setup))
    return values


def _cell_of(setup: Setup) -> dict[str, str]:
    """Edges and angles of the direct cell, where the matrix alone gives them."""
    direct = setup.crystal.direct_m * 1e10
    lengths = np.linalg.norm(direct, axis=1)
    units = direct / lengths[:, None]
    pairs = (("alpha", 1, 2), ("beta", 0, 2), ("gamma", 0, 1))
    cell = {f"{name}_A": float(length) for name, length in zip("abc", lengths, strict=True)}
    for name, i, j in pairs:
        cell[f"{name}_deg"] = math.degrees(math.acos(float(np.clip(units[i] @ units[j], -1, 1))))
    return {f"crystal.cell.{name}": f"{value:.6g}" for name, value in cell.items()}
