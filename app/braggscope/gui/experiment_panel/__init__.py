"""The experiment as a form: groups of fields, each explained, checked and reset on its own."""

from braggscope.gui.experiment_panel.view import ExperimentPanel

__all__ = ["ExperimentPanel"]
