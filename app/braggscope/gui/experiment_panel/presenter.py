"""Holds what the form says and decides what comes of an edit. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braggscope.experiment import Experiment, UnitCell
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel.judging import Evaluation, judge
from braggscope.gui.experiment_panel.model import FormEdits, FormState


class FormPresenter:
    """Holds the form's state and judges it."""

    def __init__(self) -> None:
        self.state = FormState()
        self._evaluation: Evaluation | None = None
        self._past: list[FormState] = []
        self._future: list[FormState] = []
        self._typing_in = ""

    def load(self, experiment: Experiment, semantics: Semantics | None = None) -> None:
        """Show an experiment, with no edits to undo; without semantics the chosen ones stay."""
        self._show(FormState.of(experiment, semantics or self.state.semantics))
        self._past, self._future, self._typing_in = [], [], ""

    def edit(self, leaf: str, text: str) -> None:
        """A text was typed into a field; what is typed there next is the same edit."""
        self._become(self.state.typed(leaf, text), typing_in=leaf)

    def undo(self) -> bool:
        """Take the last edit back; whether there was one."""
        return self._go(self._past, self._future)

    def redo(self) -> bool:
        """Make the edit that was taken back last again; whether there was one."""
        return self._go(self._future, self._past)

    def choose(self, path: str, value: Any) -> None:
        """A value was chosen for a field."""
        if value != self.state.value(path) or path in self.state.texts:
            self._become(self.state.with_value(path, value))

    def take(self, experiment: Experiment) -> None:
        """Another experiment came, as an edit that can be taken back."""
        self._become(FormState.of(experiment, self.state.semantics))

    def edits_since(self, experiment: Experiment) -> FormEdits:
        """What the form says otherwise than an experiment."""
        return self.state.edits_since(FormState.of(experiment))

    def take_edits(self, edits: FormEdits) -> None:
        """Make edits, all of them as one."""
        self._become(self.state.with_edits(edits))

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
            self._evaluation = judge(self.state)
        return self._evaluation

    def _choose_members(self, path: str, values: Mapping[str, Any]) -> None:
        state = self.state.without(path)
        for name, value in values.items():
            state = state.with_value(f"{path}.{name}", value)
        self._become(state)

    def _become(self, state: FormState, typing_in: str = "") -> None:
        if state == self.state:
            return
        if not typing_in or typing_in != self._typing_in:
            self._past.append(self.state)
        self._future.clear()
        self._typing_in = typing_in
        self._show(state)

    def _go(self, there: list[FormState], back: list[FormState]) -> bool:
        self._typing_in = ""
        if not there:
            return False
        back.append(self.state)
        self._show(there.pop())
        return True

    def _show(self, state: FormState) -> None:
        if state != self.state:
            self.state = state
            self._evaluation = None
