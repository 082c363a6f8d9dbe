"""Judges the form: the experiment it amounts to, and what is wrong with it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from braggscope.errors import BraggscopeError, sentence
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.doubts import Doubt, doubts
from braggscope.gui.experiment_panel.automatic import automatic_values, hints, in_short
from braggscope.gui.experiment_panel.fields import FieldSpec, owner_of, specs_by_path
from braggscope.gui.experiment_panel.model import FormState, explain_text
from braggscope.gui.experiment_panel.wording import words_of


@dataclass(frozen=True)
class Evaluation:
    """What the form amounts to.

    Attributes:
        draft: the experiment, as soon as every value fits its field.
        experiment: the same, once its values also go together and can be meant; only this may
            reach an engine.
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


def judge(state: FormState) -> Evaluation:
    """Judge the form as it stands."""
    specs = specs_by_path()
    problems = {leaf: explain_text(specs[leaf], text) for leaf, text in state.texts.items()}
    draft = _draft(state, problems)
    if draft is None or problems:
        return Evaluation(problems=problems)
    problems = {doubt.path: _words_of_doubt(doubt) for doubt in doubts(draft)}
    try:
        setup = resolve(in_short(draft))
        automatic = automatic_values(draft, setup)
    except (BraggscopeError, ArithmeticError, np.linalg.LinAlgError) as error:
        problems.setdefault(_place_of(error), words_of(error))
        return Evaluation(draft, problems=problems)
    return Evaluation(
        draft,
        None if problems else draft,
        problems=problems,
        hints=hints(draft, setup),
        automatic=automatic,
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
    return Experiment.build(data, state.sources(), strict=False)


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


def _words_of_doubt(doubt: Doubt) -> str:
    """A doubt in the form's words: it is about a field that has a title here, and a reset."""
    spec = specs_by_path().get(doubt.path)
    message = doubt.message
    if spec is None or not message.startswith(("=", "has no effect")):
        return sentence(message)
    if message.startswith("="):
        value, _, rest = message.partition(" can hardly be meant")
        unit = f" {spec.unit}" if spec.unit else ""
        return f"{spec.title} {value}{unit} can hardly be meant{rest}{unit}"
    return f"{spec.title} {message}. Reset it with ↺"


def _place_of(error: Exception) -> str:
    where = getattr(error, "where", "")
    return where if where.partition(".")[0] in Experiment.model_fields else "crystal"
