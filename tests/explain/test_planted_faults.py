"""A program with one fault: the trace names the variable, the images alone the cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from braggscope.api import Pixel, Run, TraceComparison, compare_traces
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.explain.explaining import explain
from braggscope_torch.plugin import braggscope_engines
from tests.explain.faulty import BASE, FAULTS, SMALL, Fault, HostWithFault

ENGINE = braggscope_engines()[0]
EXPLAINED = [fault for fault in FAULTS if fault.explained_by]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with the files that the experiments name."""
    rows = ["-10 0 0 1 1e-10", "-10 0.1 0 3 1.01e-10"]
    (tmp_path / "weighted.txt").write_text("\n".join(rows) + "\n")
    lines = [f"{h} {k} {m} {100 + 10 * h + 3 * k + m}" for h in range(-3, 4) for k in range(-6, 7)
             for m in range(-3, 4)]  # fmt: skip
    (tmp_path / "axis.hkl").write_text("\n".join(lines) + "\n")
    return tmp_path


def runs(flags: str, folder: Path) -> tuple[Run, Run]:
    command = parse_command_line(flags.split(), folder)
    a, b = (
        Run(experiment=command.experiment, semantics=command.semantics, engine=engine)
        for engine in ("torch-cpu", "faulty")
    )
    return a, b


def traced(fault: Fault, flags: str, pixel: tuple[int, int], folder: Path) -> TraceComparison:
    host = HostWithFault(fault)
    a, b = (host.trace(run, [Pixel(*pixel)]).result()[0] for run in runs(flags, folder))
    return compare_traces(a, b)


def test_there_are_enough() -> None:
    assert len({fault.name for fault in FAULTS}) >= 20


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_first_divergence_names_the_faulty_variable(fault: Fault, inputs: Path) -> None:
    found = traced(fault, fault.flags, fault.pixel, inputs)
    assert found.first_divergence == fault.first, found.explanation


@pytest.mark.parametrize("fault", EXPLAINED, ids=lambda fault: fault.name)
def test_the_right_hypothesis_comes_first(fault: Fault, inputs: Path) -> None:
    found = explain(HostWithFault(fault), *runs(fault.flags, inputs), ENGINE)
    assert found.best is not None
    # Where two changes are one, such as another wavelength and another cell, both come first.
    exact = [trial.hypothesis.id for trial in found.trials if trial.explains]
    assert fault.explained_by in exact, found.trials[:3]
    assert len(exact) <= 2


@pytest.mark.parametrize(
    ("name", "flags", "pixel"),
    [
        ("mean solid angle", f"{BASE} {SMALL} -oversample 1", (3, 4)),
        ("phi carry-over missing", f"{BASE} {SMALL} -phi 1 -osc 4 -phisteps 3", (10, 50)),
        ("halves rounded up", f"{BASE} {SMALL}", (10, 50)),
        ("fast and slow swapped", f"{BASE} {SMALL} -oversample 1", (20, 20)),
        ("psi once instead of twice", f"{BASE} {SMALL}", (10, 50)),
    ],
)
def test_a_fault_without_effect_is_no_divergence(
    name: str, flags: str, pixel: tuple[int, int], inputs: Path
) -> None:
    fault = next(one for one in FAULTS if one.name == name)
    assert traced(fault, flags, pixel, inputs).first_divergence is None
