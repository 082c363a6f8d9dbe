"""The agreement panel: row by row, regions, thresholds, noise floor, matrix, worst first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Bounds,
    Cancelled,
    ImageRegion,
    InvalidInput,
    MetricContribution,
    MetricResult,
    Pixel,
    Place,
    Rectangle,
)
from braggscope.gui.agreement.matrix import Matrix
from braggscope.gui.agreement.matrix_dialog import MatrixDialog
from braggscope.gui.agreement.presenter import agreement_of
from braggscope.gui.agreement.thresholds import limit_from_text, load_limits, save_limits
from braggscope.gui.agreement.thresholds_dialog import ThresholdsDialog
from braggscope.gui.agreement.view import AgreementPanel
from braggscope.gui.agreement.worst import WorstFirst
from braggscope.gui.analysing import Findings
from braggscope.gui.session import Session
from braggscope.gui.workspace import Workspace
from braggscope.host.host import Analysis
from tests.gui.fake_host import ENGINES, METRICS, FakeHost, small_experiment

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]

HIGH = {"correlation": MetricResult(0.9999)}
ALL = {**HIGH, "max_abs_difference": MetricResult(3.0, pixel=Pixel(7, 9))}


def session_with(host: FakeHost) -> Session:
    session = Session(host, ENGINES, lambda call: call(), lambda news: None)
    session.set_experiment(small_experiment())
    session.analyser.metrics = METRICS
    return session


def region(name: str, size: float = 5.0) -> ImageRegion:
    return ImageRegion(name=name, shape=Rectangle(slow=2, fast=3, height=size, width=size))


@pytest.fixture
def panel(qtbot: QtBot) -> Callable[[FakeHost], AgreementPanel]:
    def make(host: FakeHost) -> AgreementPanel:
        workspace = Workspace(host, ENGINES)
        workspace.session.set_experiment(small_experiment())
        made = AgreementPanel(workspace, METRICS)
        workspace.setParent(made)
        qtbot.addWidget(made)
        made.resize(336, 320)
        made.show()
        return made

    return make


def drain(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=10_000)


# ── row by row ────────────────────────────────────────────────────────────────────────────────


def test_rows_fill_and_the_verdict_does_not_wait_for_the_rest() -> None:
    host = FakeHost(hold_analyses=True)
    session = session_with(host)
    session.run()
    job, on_found = host.held[-1]
    on_found(Analysis({}, pending=("correlation", "max_abs_difference")))
    agreement = agreement_of(session, METRICS)
    assert agreement.headline == "Comparing A and B"
    assert [row.value for row in agreement.rows] == ["…", "…"]
    assert agreement.progress == "0 of 2 metrics"
    on_found(Analysis(HIGH, agrees=True, pending=("max_abs_difference",)))
    agreement = agreement_of(session, METRICS)
    assert agreement.headline == "Agrees"
    assert [row.value for row in agreement.rows] == ["0.999900", "…"]
    job.run(lambda _: Analysis(ALL, agrees=True))
    agreement = agreement_of(session, METRICS)
    assert [row.value for row in agreement.rows] == ["0.999900", "3"]
    assert agreement.progress == ""


def test_what_is_stopped_keeps_what_is_there() -> None:
    host = FakeHost(hold_analyses=True)
    session = session_with(host)
    session.run()
    job, on_found = host.held[-1]
    on_found(Analysis(HIGH, agrees=True, pending=("max_abs_difference",)))
    assert session.is_busy
    session.cancel()
    assert job.token.is_set
    assert not session.is_busy
    assert len(host.held) == 1
    agreement = agreement_of(session, METRICS)
    assert agreement.headline == "Agrees"
    assert [row.value for row in agreement.rows] == ["0.999900", "—"]
    on_found(Analysis(ALL, agrees=True))
    job.run(lambda _: (_ for _ in ()).throw(Cancelled()))
    assert agreement_of(session, METRICS) == agreement


def test_stopped_before_the_verdict_there_is_none() -> None:
    host = FakeHost(hold_analyses=True)
    session = session_with(host)
    session.run()
    host.held[-1][1](Analysis({}, pending=("correlation",)))
    session.cancel()
    assert agreement_of(session, METRICS).headline == "No verdict"


# ── regions ───────────────────────────────────────────────────────────────────────────────────


def test_only_new_regions_are_measured() -> None:
    host = FakeHost()
    session = session_with(host)
    session.markings.set_regions((region("one"),))
    session.run()
    assert [r.name for r in host.analyses[-1]["regions"]] == ["one"]
    assert host.analyses[-1]["whole"] is True
    session.markings.set_regions((region("one"), region("two")))
    assert [r.name for r in host.analyses[-1]["regions"]] == ["two"]
    assert host.analyses[-1]["whole"] is False
    agreement = agreement_of(session, METRICS)
    assert agreement.regions == ("one", "two")
    assert [cell.value for cell in agreement.rows[0].regions] == ["1.000000", "1.000000"]
    assert agreement.headline == "Agrees"
    session.markings.set_regions((region("two", 6.0),))
    assert [r.shape.height for r in host.analyses[-1]["regions"]] == [6.0]
    assert agreement_of(session, METRICS).regions == ("two",)
    count = len(host.analyses)
    session.markings.set_regions(())
    assert len(host.analyses) == count
    assert agreement_of(session, METRICS).regions == ()


def test_numbers_of_regions_stay_in_their_columns_while_another_run_is_under_way() -> None:
    host = FakeHost()
    session = session_with(host)
    session.markings.set_regions((region("one"),))
    session.run()
    host.auto = False
    session.edit(session.slot("B").id, overrides=("beam.wavelength_A*=1.001",))
    session.run()
    agreement = agreement_of(session, METRICS)
    assert (agreement.headline, agreement.outdated) == ("Waiting for the runs", True)
    assert agreement.regions == ("one",)
    assert all(len(row.regions) == 1 for row in agreement.rows)


def test_regions_drawn_before_there_are_images_wait(qtbot: QtBot) -> None:
    host = FakeHost()
    session = session_with(host)
    session.markings.set_regions((region("one"),))
    assert host.analyses == []


def test_a_region_has_a_column_that_leads_to_its_pixels(qtbot: QtBot, panel) -> None:
    shown = panel(FakeHost())
    workspace = shown._workspace
    workspace.session.run()
    drain(qtbot, lambda: shown.table.rowCount() == 2)
    assert shown.table.columnCount() == 4
    workspace.set_regions((region("spot"),))
    drain(qtbot, lambda: shown.table.columnCount() == 5)
    assert shown.table.horizontalHeaderItem(4).text() == "spot"
    shown.table.cellClicked.emit(1, 4)
    assert workspace.cursor == Pixel(7, 9)
    assert shown.table.as_text().splitlines()[0].endswith("\tspot")


# ── thresholds ────────────────────────────────────────────────────────────────────────────────


def test_names_stay_while_wide_regions_scroll(qtbot: QtBot, panel) -> None:
    made = panel(FakeHost())
    made.resize(340, 400)
    made.show()
    names = ("Box 1", "a region with a name that goes on and on and on", "Box 3")
    made._workspace.set_regions(tuple(region(name) for name in names))
    made._workspace.session.run()
    table = made.table
    qtbot.waitUntil(lambda: table.columnCount() == 7 and table.rowCount() == 2)
    assert table.horizontalHeaderItem(5).toolTip() == f"Region “{names[1]}”"
    assert table.columnWidth(5) <= 130
    assert not table.names.isVisible()
    bar = table.horizontalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert table.names.isVisible()
    assert table.names.width() == table.columnWidth(0) + table.columnWidth(1)
    assert table.names.rowHeight(0) == table.rowHeight(0)
    bar.setValue(0)
    assert not table.names.isVisible()


def test_other_bounds_judge_what_is_known() -> None:
    host = FakeHost()
    session = session_with(host)
    session.run()
    session.analyser.set_bounds({"correlation": Bounds(lower=1.5)})
    agreement = agreement_of(session, METRICS)
    assert (agreement.headline, agreement.rows[0].bounds) == ("Does not agree", "≥ 1.5")
    session.analyser.set_bounds({"correlation": None, "max_abs_difference": Bounds(upper=1)})
    agreement = agreement_of(session, METRICS)
    assert agreement.headline == "Agrees"
    assert [row.sign for row in agreement.rows] == ["", "✓"]
    session.analyser.set_bounds({"correlation": None})
    assert agreement_of(session, METRICS).headline == "No verdict"
    assert len(host.analyses) == 1


def test_bounds_that_are_not_the_metrics_own_are_told() -> None:
    session = session_with(FakeHost())
    session.run()
    assert not any("your own" in line for line in agreement_of(session, METRICS).reasons)
    session.analyser.set_bounds({"correlation": Bounds(lower=0.5)})
    assert any("your own" in line for line in agreement_of(session, METRICS).reasons)


def test_pixels_out_of_tolerance_are_told_beside_bounds_that_hold() -> None:
    host = FakeHost(hold_analyses=True)
    session = session_with(host)
    session.run()
    found = {**ALL, "first_outside": MetricResult(80031.0)}
    host.held[-1][0].run(lambda _: Analysis(found, agrees=True))
    agreement = agreement_of(session, METRICS)
    assert agreement.headline == "Agrees"
    assert "Yet 80031 pixels differ by more than the tolerance." in agreement.reasons


def test_bounds_that_no_value_can_keep_are_refused(qtbot: QtBot, panel, own_settings: Path) -> None:
    shown = panel(FakeHost())
    analyser = shown._workspace.session.analyser
    share = MetricContribution(
        "within", "Within tolerance", "x:y", format=".4%", possible=(0.0, 1.0)
    )
    dialog = ThresholdsDialog({"within": share}, {}, analyser.set_bounds, shown)
    dialog.fields["within"][0].setText("99")
    dialog.accept()
    assert "99%" in dialog.problem.text()
    dialog.fields["within"][0].setText("99 %")
    dialog.accept()
    assert analyser.bounds == {"within": Bounds(lower=0.99)}


def test_thresholds_are_typed_kept_and_restored(qtbot: QtBot, panel, own_settings: Path) -> None:
    shown = panel(FakeHost())
    analyser = shown._workspace.session.analyser
    dialog = ThresholdsDialog(METRICS, analyser.bounds, analyser.set_bounds, shown)
    dialog.fields["correlation"][0].setText("no")
    dialog.accept()
    assert dialog.problem.isVisibleTo(dialog)
    assert "no number" in dialog.problem.text()
    assert load_limits() == {}
    dialog.fields["correlation"][0].setText("")
    dialog.fields["max_abs_difference"][1].setText("0,5")
    dialog.accept()
    expected = {"correlation": None, "max_abs_difference": Bounds(upper=0.5)}
    assert load_limits() == analyser.bounds == expected
    assert panel(FakeHost())._workspace.session.analyser.bounds == expected
    again = ThresholdsDialog(METRICS, analyser.bounds, analyser.set_bounds, shown)
    assert again.fields["max_abs_difference"][1].text() == "0.5"
    restore = again.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
    qtbot.mouseClick(restore, Qt.MouseButton.LeftButton)
    again.accept()
    assert load_limits() == analyser.bounds == {}


def test_settings_that_cannot_be_read_are_not_overwritten(own_settings: Path) -> None:
    file = own_settings / "settings.toml"
    file.write_text("not = [valid")
    with pytest.raises(InvalidInput):
        save_limits({"correlation": None})
    assert file.read_text() == "not = [valid"
    assert load_limits() == {}


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ("", " ", None), ("0.9", "", Bounds(0.9)), ("−1", "2e3", Bounds(-1, 2000)),
        ("99 %", "", Bounds(0.99)),
    ],
)  # fmt: skip
def test_bounds_are_read_as_people_type_them(
    lower: str, upper: str, expected: Bounds | None
) -> None:
    assert limit_from_text(lower, upper) == expected


@pytest.mark.parametrize("ends", [("x", ""), ("", "nan"), ("inf", ""), ("2", "1"), ("%", "")])
def test_bounds_that_are_none_are_refused(ends: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput):
        limit_from_text(*ends)


# ── worst first ───────────────────────────────────────────────────────────────────────────────


def findings_with(*places: Place) -> Findings:
    result = MetricResult(float(len(places)), places=places)
    return Findings((None, None), {**ALL, "clusters": result})  # type: ignore[arg-type]


def test_one_goes_round_all_places() -> None:
    findings = findings_with(Place(Pixel(1, 2), 5.0, "spot, 3 pixels"), Place(Pixel(3, 4), -1.0))
    worst = WorstFirst()
    assert worst.text(findings) == ""
    assert worst.step(findings).pixel == (1, 2)
    assert worst.text(findings) == "1 of 2: spot, 3 pixels, B−A 5"
    assert worst.step(findings).pixel == (3, 4)
    assert worst.step(findings).pixel == (1, 2)
    assert worst.step(findings, forward=False).pixel == (3, 4)
    other = findings_with(Place(Pixel(9, 9), 1.0))
    assert worst.text(other) == ""
    assert worst.step(other).pixel == (9, 9)
    assert worst.step(None) is None


def test_next_worst_moves_the_cursor(qtbot: QtBot, panel) -> None:
    host = FakeHost(auto=False)
    shown = panel(host)
    shown._workspace.session.run()
    assert not shown.bar.next_worst.isEnabled()
    host.finish(0)
    host.finish(1, 2.0)
    drain(qtbot, lambda: shown.bar.next_worst.isEnabled())
    qtbot.mouseClick(shown.bar.next_worst, Qt.MouseButton.LeftButton)
    assert shown._workspace.cursor == Pixel(7, 9)
    assert shown.bar.text.text().startswith("1 of 1: B−A")


# ── noise floor, matrix ───────────────────────────────────────────────────────────────────────


def test_the_noise_floor_stands_beside_the_value(qtbot: QtBot, panel) -> None:
    host = FakeHost()
    shown = panel(host)
    workspace = shown._workspace
    workspace.session.run()
    drain(qtbot, lambda: shown.table.rowCount() == 2)
    assert not shown.table.item(0, 2).text().count("\n")
    shown.measure_noise()
    drain(qtbot, lambda: "noise" in shown.table.item(0, 2).text())
    assert shown.table.item(0, 2).text().splitlines()[1] == "noise 2e−9"
    tip = shown.table.item(0, 2).toolTip()
    assert "torch-cpu, run again: 1.000000" in tip
    assert "nanobragg-c, precision mixed: no value (it did not run)" in tip

    def value() -> str:
        item = shown.table.item(0, 2)
        return "" if item is None else item.text()

    workspace.session.swap()
    drain(qtbot, lambda: "noise" in value())
    workspace.session.run(afresh=True)
    drain(qtbot, lambda: value() == "1.000000")


def test_every_run_is_held_against_every_other_one() -> None:
    host = FakeHost()
    session = session_with(host)
    third = session.add_slot()
    session.run()
    session.run_slot(third.id)
    host.hold_analyses = True
    matrix = Matrix(session, METRICS, lambda: None)
    matrix.start()
    assert len(matrix.labels) == 3
    pairs = 0
    while matrix.is_busy:
        assert matrix.cell(2, 1, "correlation")[0] == "…"
        pairs += 1
        host.held[-1][0].run(lambda _: Analysis(HIGH))
    assert pairs == 6
    assert matrix.cell(0, 0, "correlation")[0] == ""
    assert matrix.cell(2, 1, "correlation")[0] == "0.999900"
    assert len(matrix.as_text("correlation").splitlines()) == 4


def test_the_matrix_dialog_shows_and_copies(qtbot: QtBot) -> None:
    session = session_with(FakeHost())
    empty = MatrixDialog(session, METRICS)
    qtbot.addWidget(empty)
    assert "Fewer than two" in empty.note.text()
    session.run()
    dialog = MatrixDialog(session, METRICS)
    qtbot.addWidget(dialog)
    assert dialog.table.item(0, 1).text() == "1.000000"
    dialog.choice.setCurrentIndex(1)
    assert dialog.table.item(0, 1).text() == "0"
    dialog.copy()
    assert "A: torch CPU" in QApplication.clipboard().text()
