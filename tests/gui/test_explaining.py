"""Trace ▸ Explain the difference, with an engine in this process."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Cancelled, Run
from braggscope.experiment import Experiment
from braggscope.explain.hypotheses import hypotheses_for
from braggscope.gui.explaining.dialog import ExplainDialog
from braggscope.gui.slots import Slot, run_of
from braggscope.gui.window import MainWindow
from braggscope_torch.plugin import braggscope_engines
from tests.explain.test_explaining import FLAGS, InProcess

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


class Job:
    """A job of the in-process host that may be held open until it is cancelled."""

    def __init__(self, value: Any, held: bool) -> None:
        self._value = value
        self._ended = threading.Event()
        self._cancelled = False
        if not held:
            self._ended.set()

    def result(self) -> Any:
        assert self._ended.wait(60)
        if self._cancelled:
            raise Cancelled
        return self._value.result()

    def cancel(self) -> None:
        self._cancelled = True
        self._ended.set()


class Host(InProcess):
    held = False

    def render(self, run: Run) -> Any:
        return Job(super().render(run), self.held)

    def trace(self, run: Run, pixels: Any) -> Any:
        return Job(super().trace(run, pixels), self.held)


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> ExplainDialog:
    """The dialog on two runs on one engine; B has one override."""
    session = window.session
    session.host = Host()  # type: ignore[assignment]
    session.engines = {"torch-cpu": braggscope_engines()[0]}
    for slot in session.slots:
        session.edit(slot.id, engine="torch-cpu", options={})
    window.set_experiment(Experiment.from_nanobragg(FLAGS.split()))
    session.edit(session.slot("B").id, overrides=("beam.polarized=false",))
    window.actions_["explain"].trigger()
    return next(w for w in window.children() if isinstance(w, ExplainDialog))


def test_it_finds_the_change_and_applies_it(
    qtbot: QtBot, window: MainWindow, dialog: ExplainDialog
) -> None:
    dialog.samples.setValue(4)
    dialog.start_button.click()
    assert dialog.start_button.text() == "Cancel"
    qtbot.waitUntil(lambda: not dialog.explainer.state.running, timeout=60_000)
    assert dialog.explainer.state.problem == ""
    assert "the polarisation factor were off" in dialog.verdict.text()
    first = dialog.changes.topLevelItem(0)
    assert first is not None
    assert (first.text(0), first.text(2)) == ("all", "polarized")
    begins = dialog.begins.topLevelItem(0)
    assert begins is not None
    assert begins.text(0) == "100.0%"
    assert "(polarized) differs first" in begins.text(1)
    dialog.apply_button.click()
    assert window.session.slot("A").overrides == ("beam.polarized=false",)
    dialog.close()


def test_cancel_ends_a_run_that_would_go_on(qtbot: QtBot, dialog: ExplainDialog) -> None:
    dialog._session.host.held = True  # type: ignore[attr-defined]
    dialog.start()
    dialog.start_button.click()
    assert not dialog.explainer.state.running
    assert dialog.doing.text() == "Cancelled."
    assert dialog.start_button.text() == "Explain"
    dialog.close()


def test_there_is_one_of_it(window: MainWindow, dialog: ExplainDialog) -> None:
    window.actions_["explain"].trigger()
    assert [w for w in window.children() if isinstance(w, ExplainDialog)] == [dialog]
    dialog.close()
    window.actions_["explain"].trigger()
    assert [w.isVisible() for w in window.children() if isinstance(w, ExplainDialog)] == [
        False,
        True,
    ]


def test_closing_leaves_no_thread(qtbot: QtBot, dialog: ExplainDialog) -> None:
    dialog._session.host.held = True  # type: ignore[attr-defined]
    dialog.start()
    thread = dialog.explainer._thread
    assert thread is not None
    dialog.close()
    assert not thread.is_alive()


def test_a_change_as_overrides_makes_the_same_run() -> None:
    """What "Apply" writes into the row is what was tried."""
    engine = braggscope_engines()[0]
    run = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="torch-cpu")
    for hypothesis in hypotheses_for(run, engine):
        slot = Slot(1, "torch-cpu", overrides=hypothesis.lines())
        typed = run_of(slot, run.experiment, {"torch-cpu": engine}, run.semantics)
        tried = hypothesis.applied(run)
        assert typed.setup.digest() == tried.setup.digest(), hypothesis.id
        assert typed.semantics == tried.semantics
