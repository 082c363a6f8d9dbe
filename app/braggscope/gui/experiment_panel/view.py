"""The panel itself: two buttons, a search, the form, and the wiring between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel.arrangement import SEMANTICS
from braggscope.gui.experiment_panel.command_line import looks_like_command_line
from braggscope.gui.experiment_panel.copying import CommandLineCopier
from braggscope.gui.experiment_panel.form import Form
from braggscope.gui.experiment_panel.groups import found
from braggscope.gui.experiment_panel.judging import Evaluation
from braggscope.gui.experiment_panel.model import FormEdits
from braggscope.gui.experiment_panel.notice import Notice
from braggscope.gui.experiment_panel.paste_dialog import PasteDialog
from braggscope.gui.experiment_panel.presenter import FormPresenter
from braggscope.gui.experiment_panel.search import SearchEdit
from braggscope.gui.tasks import TaskRunner
from braggscope.gui.widgets import ColumnArea

#: Long enough that a number being typed is not judged letter by letter.
DEBOUNCE_MS = 200


class ExperimentPanel(QWidget):
    """The experiment and the semantics of its runs as a form.

    Attributes:
        may_replace: whether a pasted command line may take the experiment's place; it may ask.

    Signals:
        experiment_changed: an edit made another valid Experiment.
        semantics_changed: other Semantics were chosen.
        problem_changed: what is wrong, in one line; "" when the form is valid.
        pasted: a command line took the place of the experiment.
    """

    experiment_changed = Signal(object)
    semantics_changed = Signal(object)
    problem_changed = Signal(str)
    pasted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Experiment")
        self.may_replace: Callable[[], bool] = lambda: True
        self._presenter = FormPresenter()
        self._tasks = TaskRunner(self)
        self._known: Experiment | None = None
        self._known_semantics = Semantics()
        self._problem = ""
        self._folder = Path.cwd()
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(self._judge)
        self.notice = Notice(self)
        self._copier = CommandLineCopier(self.notice, self._tasks, self)
        self.scroll_area = ColumnArea(None, self)
        self.form = self._make_form()
        self._lay_out()
        self.form.show_state(self._presenter.state)
        self.form.show_evaluation(self._presenter.state, Evaluation())

    def set_experiment(self, experiment: Experiment, semantics: Semantics | None = None) -> None:
        """Show an experiment; no change is told for it. Without semantics the chosen ones stay."""
        self._presenter.load(experiment, semantics)
        self._known, self._known_semantics = experiment, self._presenter.state.semantics
        self._pause.stop()
        self.search.clear()
        self.form.show_state(self._presenter.state)
        self._judge()
        self.form.fold_by_content()

    def take_experiment(self, experiment: Experiment) -> None:
        """Show what was changed elsewhere, as an edit of the form, and tell it."""
        self._presenter.take(experiment)
        self._refresh()
        self.settle()

    def edits_since(self, experiment: Experiment) -> FormEdits:
        """What the form says otherwise than an experiment, typing errors included."""
        return self._presenter.edits_since(experiment)

    def take_edits(self, edits: FormEdits) -> None:
        """Make edits, as one that can be taken back, and tell it."""
        self._presenter.take_edits(edits)
        self._refresh()
        self.settle()

    def experiment(self) -> Experiment | None:
        """The experiment in the form; None while something is invalid."""
        if self._presenter.state.base is None and not self._presenter.state.values:
            return None
        return self._presenter.evaluate().experiment

    def semantics(self) -> Semantics:
        """The chosen semantics."""
        return self._presenter.state.semantics

    def settle(self) -> None:
        """Judge and tell now what was typed just before."""
        if self._pause.isActive():
            self._pause.stop()
            self._judge()

    @property
    def problem(self) -> str:
        """What is wrong, in one line; "" when the form is valid."""
        return self._problem

    @Slot()
    def paste_command_line(self) -> None:
        """Ask for a nanoBragg command line and take it over."""
        clipboard = QGuiApplication.clipboard().text()
        text = clipboard if looks_like_command_line(clipboard) else ""
        dialog = PasteDialog(self, text.strip(), self._folder, lambda: self.may_replace())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._take_over(dialog))
        dialog.open()

    @Slot()
    def copy_command_line(self) -> None:
        """Put the experiment on the clipboard as a nanoBragg command line."""
        evaluation = self._presenter.evaluate()
        self._copier.copy(evaluation.draft, evaluation.summary, self.semantics())

    def undo(self) -> bool:
        """Take the last edit of the form back; whether there was one."""
        return self._went(self._presenter.undo())

    def redo(self) -> bool:
        """Make the edit that was taken back last again; whether there was one."""
        return self._went(self._presenter.redo())

    def _went(self, went: bool) -> bool:
        if went:
            self._refresh()
            self.settle()
        return went

    @Slot()
    def find_field(self) -> None:
        """Go to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def go_to_field(self, path: str) -> None:
        """Show a field, wherever it is folded away, and give it the keys."""
        self.search.clear()
        self.form.open_section_of(path)
        editor = self.form.row(path).focus_widget()
        # What was opened has its place after the layout.
        QTimer.singleShot(0, editor, lambda: self._reveal(editor))

    def _reveal(self, editor: QWidget) -> None:
        editor.setFocus(Qt.FocusReason.TabFocusReason)
        row = editor.parentWidget()
        self.scroll_area.ensureWidgetVisible(row if row is not None else editor, 0, 60)

    def showEvent(self, event: QShowEvent) -> None:
        """Make what is folded once the window is on screen."""
        super().showEvent(event)
        QTimer.singleShot(0, self.form, self.form.fill_when_idle)

    def _make_form(self) -> Form:
        form = Form(self._tasks, self.scroll_area.viewport())
        form.edited.connect(self._edited)
        form.chosen.connect(self._chosen)
        form.reset_wanted.connect(self._reset)
        form.region_wanted.connect(self._spell_out_region)
        form.cell_wanted.connect(self._take_cell)
        return form

    def _lay_out(self) -> None:
        self.paste_button = QPushButton("Paste nanoBragg command line…", self)
        self.paste_button.setToolTip("Read the experiment from nanoBragg flags.")
        self.paste_button.clicked.connect(self.paste_command_line)
        self.copy_button = QPushButton("Copy as nanoBragg command line", self)
        self.copy_button.setToolTip("Put the experiment on the clipboard as nanoBragg flags.")
        self.copy_button.clicked.connect(self.copy_command_line)
        self.search = SearchEdit(self)
        self.search.textChanged.connect(lambda text: self.form.show_found(found(text)))
        self.search.left.connect(self._enter_found)
        self.scroll_area.setWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(6, 6, 6, 4)
        top.setSpacing(4)
        for widget in (self.paste_button, self.copy_button, self.notice, self.search):
            top.addWidget(widget)
        layout.addLayout(top)
        layout.addWidget(self.scroll_area, 1)

    @Slot()
    def _enter_found(self) -> None:
        editor = self.form.first_found()
        if editor is not None:
            editor.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot(str, str)
    def _edited(self, leaf: str, text: str) -> None:
        self._presenter.edit(leaf, text)
        self._pause.start()

    @Slot(str, object)
    def _chosen(self, path: str, value: object) -> None:
        if path == SEMANTICS and value is None:
            self.form.sections["semantics/options"].set_open(True)
        self._presenter.choose(path, value)
        self._refresh()

    @Slot(str)
    def _reset(self, path: str) -> None:
        self._presenter.reset(path)
        self._refresh()

    @Slot()
    def _spell_out_region(self) -> None:
        self._presenter.spell_out_region()
        self._refresh()
        self.form.row("detector.roi").focus_widget().setFocus()

    @Slot(object)
    def _take_cell(self, cell: object) -> None:
        self._presenter.choose_cell(cell)  # type: ignore[arg-type]
        self._refresh()

    def _take_over(self, dialog: PasteDialog) -> None:
        if dialog.experiment is None:
            return
        self._folder = dialog.folder
        self._presenter.load(dialog.experiment, dialog.semantics)
        self.notice.clear()
        self.search.clear()
        self._refresh()
        self.form.fold_by_content()
        self.pasted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return ends an edit: it counts at once."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settle()
        super().keyPressEvent(event)

    def _refresh(self) -> None:
        """Show a state that was not typed, and judge it; tell others after the pause."""
        self.form.show_state(self._presenter.state)
        self.form.show_evaluation(self._presenter.state, self._presenter.evaluate())
        self._pause.start()

    @Slot()
    def _judge(self) -> None:
        evaluation = self._presenter.evaluate()
        self.form.show_evaluation(self._presenter.state, evaluation)
        if evaluation.summary != self._problem:
            self._problem = evaluation.summary
            self.problem_changed.emit(self._problem)
        if evaluation.experiment is not None and evaluation.experiment != self._known:
            self._known = evaluation.experiment
            self.experiment_changed.emit(evaluation.experiment)
        if self._presenter.state.semantics != self._known_semantics:
            self._known_semantics = self._presenter.state.semantics
            self.semantics_changed.emit(self._known_semantics)
