"""The panel with an experiment."""

from __future__ import annotations

from typing import Any

import pytest

from braggscope.gui.experiment_panel import ExperimentPanel
from tests.gui.experiment_panel.samples import simple


@pytest.fixture
def panel(qtbot: Any) -> ExperimentPanel:
    widget = ExperimentPanel()
    qtbot.addWidget(widget)
    widget.resize(320, 800)
    widget.set_experiment(simple())
    widget.show()
    return widget
