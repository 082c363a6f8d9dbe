"""Verify: opened evidence is made again, and what holds is said item by item."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import EngineFailed
from braggscope.gui.evidence.verify_dialog import VerifyDialog
from braggscope.gui.window import MainWindow
from tests.gui.evidence.steps import evidence_of, loaded, rows_of
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def verified(qtbot: QtBot, window: MainWindow) -> VerifyDialog:
    evidence_of(window).bar.verify.click()
    dialog = evidence_of(window).verify_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=20_000)
    return dialog


def test_verify_says_item_by_item_what_holds(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    runs = len(host.runs)
    dialog = verified(qtbot, window)
    assert len(host.runs) == runs + 2
    assert host.cache_allowed[-2:] == [False, False], "an image in memory would prove nothing"
    rows = rows_of(dialog)
    assert all(sign == "✓ holds" for sign, *_ in rows), rows
    assert [what for _, what, _ in rows] == [
        "The bundle’s files are unchanged",
        "The image of A is the recorded one",
        "The image of B is the recorded one",
        "Correlation",
        "Largest |B−A|",
        "Correlation in peak",
        "Largest |B−A| in peak",
        "The verdict is the same",
        "The traces begin to differ where they did",
    ]
    assert dialog.outcome.text().startswith("✓ The evidence holds")
    dialog.close()


def test_verify_names_what_differs_and_what_cannot_be_repeated(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.load(bundle / "images" / "b.npy")
    image[3, 4] += 1e6
    np.save(bundle / "images" / "b.npy", image)
    loaded(qtbot, window, bundle)
    host.failure = EngineFailed("torch is gone")
    dialog = verified(qtbot, window)
    found = {what: (sign, detail) for sign, what, detail in rows_of(dialog)}
    assert found["The bundle’s files are unchanged"] == ("✗ differs", "images/b.npy")
    assert found["The image of A is the recorded one"][0] == "? cannot be repeated"
    assert "torch is gone" in found["The image of A is the recorded one"][1]
    assert found["The image of B is the recorded one"][0] == "✗ differs"
    metrics = found["The metrics and the verdict are the same"]
    assert metrics == ("? cannot be repeated", "there is no image of A")
    assert "does not hold any more" in dialog.outcome.text()
    dialog.close()


def test_verify_can_be_cancelled_and_begun_again(
    qtbot: QtBot, window: MainWindow, host: FakeHost, bundle: Path
) -> None:
    loaded(qtbot, window, bundle)
    host.auto = False
    runs = len(host.runs)
    evidence_of(window).bar.verify.click()
    dialog = evidence_of(window).verify_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: len(host.runs) == runs + 1)
    assert dialog.start_button.text() == "Cancel"
    dialog.start_button.click()
    assert host.runs[-1][1].token.is_set
    host.finish(len(host.runs) - 1)
    qtbot.waitUntil(lambda: not dialog.is_running)
    assert dialog.outcome.text() == "■ Cancelled."
    host.auto = True
    dialog.start_button.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=20_000)
    assert dialog.outcome.text().startswith("✓")
    dialog.close()


def test_a_program_of_the_evidence_runs_only_where_the_user_says_so(
    qtbot: QtBot, window: MainWindow, bundle: Path, tmp_path: Path
) -> None:
    """The engine of B is not known here any more; the evidence describes it."""
    (bundle / "engines").mkdir()
    (bundle / "engines" / "port.toml").write_text(
        'id = "port"\ntitle = "A port"\ncommand = ["/nowhere/port", "{experiment_json}"]\n'
    )
    (bundle / "engines" / "programs.json").write_text('{"port": {}}')
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["runs"]["b"].update(engine="port", options=[])
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    loaded(qtbot, window, bundle)
    asked = []

    def refuse(parent: object, question: str) -> bool:
        asked.append(question)
        return False

    evidence_of(window).ask_to_run = refuse
    dialog = verified(qtbot, window)
    assert "runs: /nowhere/port {experiment_json}." in asked[0]
    assert len(asked) == 1
    assert dialog.list.topLevelItemCount() > 3
    dialog.close()
