"""What the user tolerates is no divergence, also when that changes."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Tolerances
from braggscope_divergence.dock import DivergenceDock
from tests.plugins.braggscope_divergence.divergence_context import Context, rows, surveyed

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_what_the_user_tolerates_is_no_divergence(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.allowed = Tolerances({"float64": {"omega_now": 0.9, "val": 0.9}})
    surveyed(qtbot, dock)
    assert [row[0].split(":")[0] for row in rows(dock)] == ["polar_now", "A and B agree"]


def test_other_tolerances_judge_the_survey_again_without_tracing(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    assert dock.surveyor.state.found.shares["omega_now"] > 0.2
    context.hold = True  # a trace would never come back
    context.allowed = Tolerances({"float64": {"omega_now": 1.0, "val": 1.0}})
    context.tolerances_changed.emit()
    qtbot.waitUntil(lambda: "omega_now" not in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: not dock.surveyor.state.running)
    assert dock.table.topLevelItem(0).text(0).startswith("polar_now")
    assert dock.surveyor.state.found.shares[None] > 0.2
    context.allowed = Tolerances()
    context.tolerances_changed.emit()
    qtbot.waitUntil(lambda: "omega_now" in dock.surveyor.state.found.shares)
    assert "omega_now" in "".join(s.sentence for s in dock.surveyor.state.found.samples)


def test_tolerances_that_change_meanwhile_count_when_it_is_over(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.hold = True
    dock.controls.start_button.click()
    context.allowed = Tolerances({"float64": {"omega_now": 1.0, "val": 1.0}})
    context.tolerances_changed.emit()
    context.hold = False
    qtbot.waitUntil(lambda: "polar_now" in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: "omega_now" not in dock.surveyor.state.found.shares)
    qtbot.waitUntil(lambda: not dock.surveyor.state.running)
