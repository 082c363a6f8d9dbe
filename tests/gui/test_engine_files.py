"""Engines from TOML files in a real window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.engine_files import finding
from braggscope.experiment import Experiment
from braggscope.gui.runs.card import CardView
from braggscope.gui.window import MainWindow
from braggscope.host.discovery import discovered
from braggscope.host.host import Host
from braggscope.host.settings import Settings
from tests.gui.test_real_window import LIMIT_MS

PORTS = Path(__file__).parents[1] / "engines" / "braggscope_external" / "ports"
pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]
FLAGS = "-cell 70 80 90 90 90 90 -default_F 2 -N 3 -detpixels_f 40 -detpixels_s 30 -pixel 1"


@pytest.fixture
def window(
    qtbot: QtBot, own_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """A window that found a good engine file and a broken one."""
    monkeypatch.setenv(finding.VARIABLE, "")
    folder = own_settings / "engines"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        f'id = "ours"\ntitle = "Our port"\n'
        f'command = ["{sys.executable}", "{PORTS / "json_to_npy.py"}", "{{experiment_json}}",'
        ' "{image}"]\n[image]\nfile = "x.npy"\nformat = "auto"\n'
    )
    (folder / "half.toml").write_text('id = "half"\ntitel = "Half"\n')
    settings = Settings()
    registry = discovered(settings)
    made = MainWindow(Host(registry, settings), registry)
    made.ask_about_edits = lambda parent, name: "discard"
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.start()
    made.set_experiment(Experiment.from_nanobragg(FLAGS.split()))
    yield made
    made.close()


def card_with(window: MainWindow, engine: str) -> CardView:
    """The row of runs that has an engine."""
    cards = window.findChildren(CardView)
    return next(card for card in cards if card.engine.currentData() == engine)


def test_described_engines_stand_in_the_chooser_and_run(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.edit(session.slots[1].id, engine="ours")
    card = card_with(window, "ours")
    titles = [card.engine.itemText(number) for number in range(card.engine.count())]
    assert "Our port" in titles
    assert "half (broken file)" in titles
    session.run()
    qtbot.waitUntil(lambda: not session.is_busy, timeout=LIMIT_MS)
    image = session.slots[1].image
    assert image is not None
    assert image.data[2, 3] == 2 * 2003
    assert "images, no traces" in card.engine.toolTip()
    window.workspace.request_trace(Pixel(1, 1))
    qtbot.waitUntil(lambda: not session.tracer.is_busy, timeout=LIMIT_MS)
    assert "no table [trace]" in str(session.tracer.state.problem)


def test_a_broken_file_says_in_its_row_what_is_wrong(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.edit(session.slots[1].id, engine="half")
    card = card_with(window, "half")
    qtbot.waitUntil(lambda: "Not available" in card.state.text(), timeout=LIMIT_MS)
    assert "line 2: titel: there is no such key" in card.state.text()
    assert not card.details.isHidden()
