"""What a described program is given: its command line, and files with the experiment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from braggscope.api import InvalidInput, Run, Semantics
from braggscope.api.semantics import unlike_nanobragg
from braggscope.engine_files.model import EngineDescription
from braggscope.engine_files.placeholders import expanded
from braggscope.experiment import Experiment
from braggscope.experiment.nanobragg_inputs import write_factors, write_inputs
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope.experiment.toml import save_experiment
from braggscope.whole_files import write_text
from braggscope_external.inputs import with_region

_TOML: Final = "experiment.toml"
_JSON: Final = "experiment.json"
_QUIET: Final = ("-nonoise", "-nopgm")
#: As the host sets it for workers.
_THREADS: Final = "BRAGGSCOPE_THREADS"
Values = dict[str, str | Sequence[str]]


@dataclass(frozen=True)
class Place:
    """Where a described program is and runs.

    Attributes:
        here: the folder of the TOML file.
        folder: the working folder.
        left: what matches the image's name there, of runs before; see `matches_in`.
    """

    here: Path
    folder: Path
    left: Mapping[Path, tuple[int, ...]] = field(default_factory=dict)


def fixed_values(here: Path) -> Values:
    """Values of the placeholders that do not depend on a run."""
    # Not every system tells which processors are ours.
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = os.environ.get(_THREADS) or str(known or 1)
    return {"here": str(here), "threads": threads}


def values_for(description: EngineDescription, run: Run, place: Place) -> Values:
    """Values of all placeholders of the command; what they name is written into the folder.

    Raises:
        InvalidInput: the run cannot be said to the program.
    """
    experiment = with_region(run)
    values: Values = {
        **fixed_values(place.here),
        "folder": str(place.folder),
        "image": str(place.folder / description.image.file),
    }
    files: dict[str, str] = {}
    if description.says("command_line"):
        files = write_inputs(experiment, run.setup, place.folder)
        values["command_line"] = [*_flags(experiment, files), *_QUIET]
    if description.says("experiment_toml"):
        save_experiment(experiment, place.folder / _TOML, run.semantics)
        values["experiment_toml"] = str(place.folder / _TOML)
    if description.says("hkl"):
        _require_factors(experiment)
    if description.says("hkl") or description.says("experiment_json"):
        values["hkl"] = _hkl(experiment, files, place.folder)
    if description.says("experiment_json"):
        data = experiment_data(experiment, run, str(values["hkl"]))
        text = json.dumps(data, indent=1)
        write_text(place.folder / _JSON, text)
        values["experiment_json"] = str(place.folder / _JSON)
    return values


def command_for(description: EngineDescription, values: Values, run: Run) -> list[str]:
    """The command that makes the image; the program is looked for beside the TOML file."""
    words = (*description.command, *semantics_words(description, run.semantics))
    return _located(expanded(words, values), values)


def trace_command_for(
    description: EngineDescription, values: Values, run: Run, slow: int, fast: int
) -> list[str]:
    """The command that traces a pixel."""
    assert description.trace is not None
    words = description.trace.command or (*description.command, *description.trace.arguments)
    words = (*words, *semantics_words(description, run.semantics))
    places = {"trace_slow": str(slow), "trace_fast": str(fast)}
    return _located(expanded(words, {**values, **places}), values)


def fixed_command(words: Sequence[str], here: Path) -> list[str]:
    """A command that depends on no run, such as the one for the version."""
    values = fixed_values(here)
    return _located(expanded(words, values), values)


def semantics_words(description: EngineDescription, semantics: Semantics) -> list[str]:
    """The arguments that ask for what is not nanoBragg's own behaviour."""
    words: list[str] = []
    for name, value in unlike_nanobragg(semantics).items():
        words += description.semantics.get(name, {}).get(value, ())
    return words


def check_known(description: EngineDescription, run: Run) -> None:
    """Refuse what the file says that the program cannot do.

    Raises:
        InvalidInput: names the flag, field or option.
    """
    refuses = description.refuses
    experiment = with_region(run)
    for path in refuses.fields:
        group, _, name = path.partition(".")
        part = getattr(experiment, group)
        value = getattr(part, name)
        if value != type(part).model_fields[name].get_default(call_default_factory=True):
            raise _refused(description, path, f"the field {path} keeps its default there")
    for said in refuses.semantics:
        name, _, value = said.partition("=")
        if getattr(run.semantics, name) == value:
            raise _refused(description, f"semantics.{name} = {value}", "it computes otherwise")
    if refuses.flags:
        flags = flags_of(experiment, hkl="file", matrix="file", sources="file", mask="file")
        for flag in refuses.flags:
            if flag in flags:
                raise _refused(description, flag, "its file lists the flag as unknown to it")


def experiment_data(experiment: Experiment, run: Run, hkl: str) -> dict[str, Any]:
    """The experiment as plain data: what was said, and every number that follows from it.

    Args:
        hkl: path of the structure factors as text; "": there are none.
    """
    roi = run.setup.detector.roi
    return {
        "form": 1,
        "experiment": experiment.model_dump(mode="json"),
        "semantics": run.semantics.model_dump(),
        "resolved": {
            name: _plain(quantity.value) for name, quantity in run.setup.quantities.items()
        },
        "sources": {
            "direction": _plain(run.setup.beam.direction),
            "wavelength_m": _plain(run.setup.beam.wavelength_m),
        },
        "phi_rad": _plain(run.setup.crystal.phi_rad),
        "region": vars(roi),
        "structure_factors": hkl,
    }


def _flags(experiment: Experiment, files: Mapping[str, str]) -> list[str]:
    """nanoBragg's flags; options of the semantics are said in the file's own words."""
    return flags_of(experiment, semantics=Semantics(), own_program=False, **files)


def _require_factors(experiment: Experiment) -> None:
    if experiment.crystal.structure_factors is None:
        raise InvalidInput(
            "the experiment has no file of structure factors",
            where="crystal.structure_factors",
            why="the command of the engine asks for {hkl}",
            remedy="Choose a file, or use an engine that takes default_F",
        )


def _hkl(experiment: Experiment, files: Mapping[str, str], folder: Path) -> str:
    """Path of a text with h k l F, "" without one.

    A text that is there already may be of another experiment: only this run's is taken.

    Args:
        files: as this run wrote them.
    """
    reference = experiment.crystal.structure_factors
    if reference is None:
        return ""
    return str(folder / (files.get("hkl") or write_factors(reference, folder)))


def _located(words: list[str], values: Values) -> list[str]:
    """A relative path of the program is meant from the TOML file's folder."""
    if os.sep not in words[0]:
        return words  # looked for on PATH
    return [str(Path(str(values["here"])) / Path(words[0]).expanduser()), *words[1:]]


def _refused(description: EngineDescription, what: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{description.title} does not know {what}",
        where=description.id,
        why=why,
        remedy="Change the experiment, or choose another engine",
    )


def environment_of(description: EngineDescription, here: Path) -> Mapping[str, str]:
    """Our environment with the file's variables."""
    values = fixed_values(here)
    own = {name: expanded([value], values)[0] for name, value in description.environment.items()}
    return {**os.environ, **own}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value
