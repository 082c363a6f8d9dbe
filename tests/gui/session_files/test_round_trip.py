"""All that a window held is there again, as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Bounds, ImageRegion, Pixel, Rectangle, Semantics, Shell
from braggscope.gui.agreement.presenter import agreement_of
from braggscope.gui.runs.presenter import state_line
from braggscope.gui.slots import Phase
from braggscope.gui.window import MainWindow
from braggscope.host.host import Host
from braggscope.host.plugins import PluginRegistry
from braggscope.ui.view_state import Region
from tests.gui.fake_host import METRICS, small_experiment
from tests.gui.session_files.steps import LIMIT_MS, loaded, ran, saved

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("This plugin does not", extend=True)]

REGIONS = (
    ImageRegion(name="spot", shape=Rectangle(slow=1, fast=2, height=3, width=4)),
    ImageRegion(name="core", shape=Shell(d_min_A=3, d_max_A=float("inf"))),
)


def set_up(qtbot: QtBot, window: MainWindow) -> None:
    """Everything is unlike it was at the start."""
    session = window.session
    session.set_semantics(Semantics(omega="mean"))
    window.set_experiment(small_experiment().with_override("beam.wavelength_A", 1.25), "mine.toml")
    third = session.add_slot()
    session.edit(1, options={"precision": "mixed"})
    session.edit(third.id, overrides=("crystal.misset_deg=[1, 2, 3]", "semantics.omega=last"))
    session.assign("B", third.id)
    session.run()
    session.markings.set_regions(REGIONS)
    session.markings.set_line(((1.0, 2.0), (20.0, 15.5)))
    session.markings.set_selection(np.array([3, 5, 900]))
    session.analyser.set_bounds({"correlation": Bounds(0.2), "max_abs_difference": None})
    session.analyser.choose_map("abs_difference")
    images = window.images
    qtbot.waitUntil(lambda: images.presenter.picture("A") is not None, timeout=LIMIT_MS)
    images.presenter.set_scale("sqrt")
    images.presenter.set_levels("A", (5.0, 500.0))
    images.presenter.set_colormap("grey")
    window.actions_["clipped"].trigger()
    window.image_commands.arrange("split")
    images.set_seam(0.25)
    images.set_seam_direction("level")
    window.actions_["slow_up"].setChecked(True)
    session.set_cursor(Pixel(7, 9))
    window.workspace.request_trace(Pixel(8, 9))
    images.view_state.show(Region(2.0, 3.0, 20.0, 10.0))


def test_everything_is_there_again(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(qtbot, window)
    path = saved(qtbot, window, tmp_path / "all.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session, was = other.session, window.session
    assert session.experiment == was.experiment
    assert session.semantics == was.semantics
    assert other.experiment.semantics() == was.semantics
    rows = [(s.id, s.engine, dict(s.options), s.overrides) for s in session.slots]
    assert rows == [(s.id, s.engine, dict(s.options), s.overrides) for s in was.slots]
    assert (session.slot("A").id, session.slot("B").id) == (1, 3)
    for side in session.sides:
        now, then = session.slot(side), was.slot(side)
        assert now.image is not None
        assert then.image is not None
        assert np.array_equal(now.image.data, then.image.data)
        assert now.phase is Phase.DONE
        assert not session.is_outdated(now)
    assert session.markings.regions == REGIONS
    assert session.markings.line == ((1.0, 2.0), (20.0, 15.5))
    assert session.markings.selection is not None
    assert session.markings.selection.tolist() == [3, 5, 900]
    assert session.analyser.bounds == {"correlation": Bounds(0.2), "max_abs_difference": None}
    assert session.cursor == Pixel(7, 9)
    assert session.tracer.state.pixel == Pixel(8, 9)
    images = other.images
    qtbot.waitUntil(lambda: images.presenter.picture("D") is not None)
    content = images.both.canvas.content
    qtbot.waitUntil(lambda: content.annotated.picked is not None)
    picked = content.annotated.picked
    assert picked is not None
    assert np.argwhere(picked.masks[0]).tolist() == [[0, 3], [0, 5], [30, 0]]
    assert session.analyser.findings is not None
    assert session.analyser.findings.difference_map == "abs_difference"
    assert images.view_state.region == Region(2.0, 3.0, 20.0, 10.0)
    assert images.presenter.display == window.images.presenter.display
    picture = images.presenter.picture("A")
    assert picture is not None
    assert picture.levels == (5.0, 500.0)
    assert other.image_commands.look() == window.image_commands.look()
    assert other.actions_["clipped"].isChecked()
    assert other.actions_["slow_up"].isChecked()
    assert other.toolbar.scale.currentData() == "sqrt"
    assert not other.isWindowModified()
    assert other.windowTitle() == "all · mine.toml[*] – Braggscope"


def test_images_are_from_the_session_until_f5_and_the_verdict_is_made_again(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    ran(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session, host = other.session, other.session.host
    assert host.runs == []
    assert len(host.analyses) == 1
    assert agreement_of(session, METRICS).headline == "Agrees"
    assert state_line(session, session.slot("A")).text == "From a session: made before in 250 ms"
    qtbot.waitUntil(lambda: other.images.presenter.picture("A") is not None, timeout=LIMIT_MS)
    assert "(from a session)" in other.images.presenter.tile("A").detail
    other.actions_["run"].trigger()
    assert len(host.runs) == 2
    qtbot.waitUntil(lambda: not session.is_busy, timeout=LIMIT_MS)
    assert state_line(session, session.slot("A")).text == "Done in 250 ms"


def test_a_trace_runs_on_the_experiment_of_the_image(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    """Also where the form says something else by now."""
    ran(qtbot, window)
    made_with = window.session.experiment
    changed = small_experiment().with_override("beam.wavelength_A", 1.5)
    window.experiment.take_experiment(changed)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    session = other.session
    assert session.experiment == changed
    assert session.is_outdated(session.slot("A"))
    assert agreement_of(session, METRICS).outdated
    other.workspace.request_trace(Pixel(3, 4))
    qtbot.waitUntil(lambda: not session.tracer.is_busy, timeout=LIMIT_MS)
    assert {run.experiment for run, *_ in session.host.traces} == {made_with}
    assert session.tracer.state.comparison is not None


def test_a_session_without_images_and_with_a_row_of_an_unknown_engine(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.edit(2, engine="torch-cuda-of-another-machine", options={"device": "7"})
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    slot = other.session.slot("B")
    assert dict(slot.options) == {"device": "7"}
    assert "no engine" in state_line(other.session, slot).text
    assert other.session.slot("A").phase is Phase.IDLE


def test_undo_does_not_bring_regions_of_the_session_before(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.markings.set_regions(REGIONS)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.images.editor.remove("spot")
    loaded(qtbot, window, path)
    window.actions_["undo_drawing"].trigger()
    assert window.session.markings.regions == REGIONS
    window.images.editor.remove("core")
    window.actions_["undo_drawing"].trigger()
    assert window.session.markings.regions == REGIONS


def test_with_the_real_engines_a_trace_ends_in_the_restored_image(
    qtbot: QtBot, own_settings: Path, tmp_path: Path
) -> None:
    registry = PluginRegistry()
    registry.discover()
    windows = [MainWindow(Host(registry), registry) for _ in range(2)]
    for window in windows:
        window.ask_about_edits = lambda parent, name: "discard"
        qtbot.addWidget(window)
        window.show()
        window.start()
    first, second = windows
    first.set_experiment(small_experiment())
    first.session.edit(2, overrides=("beam.wavelength_A*=1.01",))
    first.session.run()
    qtbot.waitUntil(lambda: first.session.analyser.findings is not None, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: not first.session.is_busy, timeout=LIMIT_MS)
    first.workspace.request_trace(Pixel(20, 11))
    qtbot.waitUntil(lambda: not first.session.is_busy, timeout=LIMIT_MS)
    path = saved(qtbot, first, tmp_path / "a.session.h5")
    second.sessions.load(path)
    tracer = second.session.tracer
    qtbot.waitUntil(lambda: tracer.state.comparison is not None, timeout=LIMIT_MS)
    comparison = tracer.state.comparison
    assert comparison is not None
    assert comparison.a.agrees_with_image
    assert comparison.b.agrees_with_image
    assert first.session.tracer.state.comparison is not None
    assert comparison.first_divergence == first.session.tracer.state.comparison.first_divergence
    qtbot.waitUntil(lambda: not second.session.is_busy, timeout=LIMIT_MS)
    now, was = second.session.analyser.findings, first.session.analyser.findings
    assert now is not None
    assert was is not None
    assert now.metrics == was.metrics
    assert (now.agrees, now.reasons) == (was.agrees, was.reasons)
    for window in windows:
        window.close()


def test_what_is_typed_and_no_value_comes_back_too(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    form = window.experiment.form
    form.edited.emit("beam.wavelength_A", "1,5")
    form.edited.emit("detector.pixel_mm", "-3")
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    other = another()
    loaded(qtbot, other, path)
    assert other.experiment.problem == window.experiment.problem != ""
    assert other.session.experiment_problem == other.experiment.problem
    editor = other.experiment.form.row("beam.wavelength_A").focus_widget()
    assert editor.text() == "1,5"  # type: ignore[attr-defined]
    other.actions_["undo"].trigger()
    assert other.experiment.problem == ""


def test_a_choice_made_for_a_session_is_not_remembered_for_others(
    window: MainWindow, another: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    set_up(qtbot, window)
    path = saved(qtbot, window, tmp_path / "a.session.h5")
    window.image_commands.arrange("side")
    window.actions_["slow_up"].setChecked(False)
    loaded(qtbot, another(), path)
    fresh = another()
    assert fresh.images.arrangement == "side"
    assert not fresh.images.view_state.slow_up
