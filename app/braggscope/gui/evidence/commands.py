"""What the menu does with evidence: export, open, and what is open then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QVBoxLayout, QWidget

from braggscope.api import BraggscopeError, Cancelled, InvalidInput, Pixel
from braggscope.errors import sentence
from braggscope.evidence.bundle import REPORT_PAGE, REPORT_TEXT, Evidence, OpenedBundle
from braggscope.gui.evidence.bar import EvidenceBar
from braggscope.host.jobs import Job, JobRunner
from braggscope.host.scratch_folder import ScratchFolder
from braggscope.ui.saving import ask_where

if TYPE_CHECKING:
    from braggscope.gui.evidence.export_dialog import ExportDialog
    from braggscope.gui.evidence.gathering import Shown
    from braggscope.gui.evidence.verify_dialog import VerifyDialog
    from braggscope.gui.window import MainWindow

_SHORT_MS: Final = 8_000
_ZIPS: Final = "Evidence (*.zip);;All files (*)"
_CLOSE_S: Final = 10.0


class EvidenceCommands:
    """Each piece of work goes on in a thread, one of a kind at a time."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._jobs = JobRunner()
        self._opening: Job[Any] | None = None
        self._unpacked_in: ScratchFolder | None = None
        self._scratches: list[Path] = []
        self.opened: OpenedBundle | None = None
        self._notes: tuple[str, ...] = ()
        self._images: tuple[object, ...] = ()
        window.workspace.images_changed.connect(self._follow)
        self.verify_dialog: VerifyDialog | None = None
        self.export_dialog: ExportDialog | None = None
        self.ask_to_run: Callable[[QWidget, str], bool] = ask_to_run
        center = window.message.parentWidget()
        self.bar = EvidenceBar(center)
        layout = center.layout() if center is not None else None
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(layout.indexOf(window.message), self.bar)
        self.bar.verify_asked.connect(self.verify)
        self.bar.report_asked.connect(self._open_own_report)
        self.bar.close_asked.connect(self.close_bundle)
        self.bar.cancel_asked.connect(self._cancel_opening)
        self.bar.pixel_asked.connect(self._show_pixel)

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        return {"export_evidence": self.ask_export, "open_evidence": self.ask}

    # ── export ────────────────────────────────────────────────────────────────────────────────

    def ask_export(self) -> None:
        """Ask how and where, and write what the window shows now."""
        from braggscope.gui.evidence.export_dialog import ExportDialog
        from braggscope.gui.evidence.gathering import shown_of
        from braggscope.gui.evidence.wording import export_lines

        window = self._window
        presenter = window.images.presenter
        pictures = {t: p for t in ("A", "B", "D") if (p := presenter.picture(t)) is not None}
        try:
            shown = shown_of(window.session, pictures, presenter.maps)
        except BraggscopeError as error:
            window.show_problem(error)
            return
        dialog = self.export_dialog = ExportDialog(export_lines(shown), window)
        dialog.export_asked.connect(lambda as_zip: self._where(shown, dialog, as_zip))
        dialog.destroyed.connect(lambda: self._forget_export(dialog))
        dialog.open()

    def _forget_export(self, dialog: ExportDialog) -> None:
        if self.export_dialog is dialog:
            self.export_dialog = None

    def _where(self, shown: Shown, dialog: ExportDialog, as_zip: bool) -> None:
        stem = Path(self._window.document.name or "comparison").stem
        proposal = (
            self._window.folders.of("evidence") / f"{stem}-evidence{'.zip' if as_zip else ''}"
        )
        kinds, finished = (_ZIPS, _as_zip) if as_zip else ("Folders (*)", None)
        path = ask_where(dialog, "Export evidence", proposal, kinds, finished)
        if path is not None:
            self.export(shown, path, dialog)

    def export(self, shown: Shown, path: Path, dialog: ExportDialog) -> None:
        """Write evidence; nothing is left of it where it is cancelled or fails."""
        self._window.folders.keep("evidence", path.absolute().parent)
        from braggscope.gui.evidence.work import exporting

        work = exporting(shown, self._window.session.host, dialog.samples.value(), path)
        dialog.begin(path)
        job = self._start(f"export {path.name}", work, lambda f, d: self._exporting(dialog, f, d))
        dialog.cancel_asked.connect(job.cancel)
        self._when_done(job, lambda ended: self._exported(ended, path, dialog))

    def _exporting(self, dialog: ExportDialog, fraction: float, doing: str) -> None:
        if self.export_dialog is dialog and dialog.is_writing:
            dialog.report(fraction, doing)

    def _exported(self, job: Job[Evidence], path: Path, dialog: ExportDialog) -> None:
        there = self.export_dialog is dialog
        try:
            evidence = job.result()
        except Cancelled:
            if there:
                dialog.ended("■ Cancelled; nothing was written.")
            return
        except BraggscopeError as error:
            if there:
                dialog.ended(f"✗ {sentence(str(error))}")
            else:
                self._window.show_problem(error)
            return
        self._window.status.showMessage(f"Exported {path}", _SHORT_MS)
        if there:
            dialog.show_asked.connect(lambda: self._open_folder(path))
            dialog.report_asked.connect(lambda: self._open_report(path))
            dialog.written(path, _size(path), evidence.missing)

    # ── opening ───────────────────────────────────────────────────────────────────────────────

    def ask(self) -> None:
        """Ask for a bundle and open it; a folder is named by any file in it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            "Open evidence: a zip file, or bundle.json in its folder",
            str(self._window.folders.of("evidence")),
            "Evidence (*.zip bundle.json);;All files (*)",
        )
        if name:
            path = Path(name)
            self.load(path.parent if path.name == "bundle.json" else path)

    def load(self, path: Path) -> None:
        """Open a bundle; it shows when it is read, and until then all stays as it is."""
        from braggscope.gui.evidence.work import opening

        path = path.absolute()
        window = self._window
        if not window.files.may_go_on():
            return
        self._cancel_opening()
        self._window.folders.keep("evidence", path.parent)
        before = window.edits()
        scratch = self._scratch()
        if scratch is None:
            return
        work = opening(path, scratch, dict(window.session.engines))
        self.bar.show_opening(f"Opening {path.name} …")
        job = self._start(f"open {path.name}", work, lambda f, _: self.bar.show_fraction(f))
        self._opening = job
        self._when_done(job, lambda ended: self._show(ended, scratch, before))

    @property
    def is_opening(self) -> bool:
        """Whether a bundle is being read."""
        return self._opening is not None

    def _cancel_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()

    def _show(self, job: Job[Any], scratch: Path, before: object) -> None:
        from braggscope.gui.evidence.showing import show_bundle

        window = self._window
        if job is self._opening:
            self._opening = None
        try:
            bundle, setting = job.result()
        except BraggscopeError as error:
            self._drop(scratch)
            if self._opening is None:
                self._show_bar()
            if not isinstance(error, Cancelled):
                window.show_problem(error)
            return
        # What was typed while the file was read is not thrown away unasked either.
        if self._opening is not None or (window.edits() != before and not window.files.may_go_on()):
            self._drop(scratch)
            self._show_bar()
            return
        self.close_bundle()
        self._drop(*(other for other in self._scratches if other != scratch))
        show_bundle(window, bundle, setting)
        self.opened, self._notes = bundle, setting.notes
        self._images = self._shown_images()
        window.files.recent.add("evidence", bundle.source)
        self._show_bar()

    def _shown_images(self) -> tuple[object, ...]:
        session = self._window.session
        return tuple(session.slot(side).image for side in session.sides)

    def _follow(self) -> None:
        """The verdict in the bar is not taken for that of other images."""
        if self.opened is not None and self._opening is None:
            self._show_bar()

    def _show_bar(self) -> None:
        bundle = self.opened
        if bundle is None:
            self.bar.hide()
            return
        pixels = [in_a.pixel for in_a, _ in bundle.traces]
        from braggscope.gui.evidence.wording import opened_texts

        now = self._shown_images()
        is_shown = all(a is b for a, b in zip(now, self._images, strict=True))
        head, text = opened_texts(bundle, self._notes, is_shown)
        has_report = (bundle.folder / REPORT_TEXT).is_file()
        self.bar.show_opened(head, text, pixels, has_report)

    def close_bundle(self) -> None:
        """What the bundle brought stays, without its traces and its bar."""
        if self.opened is not None:
            self._window.session.tracer.take_tolerances()
        self.opened, self._notes = None, ()
        self._window.session.sources.record(())
        if self.verify_dialog is not None:
            self.verify_dialog.close()
        self.bar.hide()

    def _show_pixel(self, pixel: Pixel) -> None:
        session = self._window.session
        session.set_cursor(pixel)
        session.tracer.request(pixel)

    # ── verification ──────────────────────────────────────────────────────────────────────────

    def verify(self) -> None:
        """Run the bundle that is open again, in the background."""
        from braggscope.gui.evidence.verify_dialog import VerifyDialog

        bundle = self.opened
        if bundle is None:
            return
        if self.verify_dialog is not None:
            self.verify_dialog.raise_()
            return
        dialog = self.verify_dialog = VerifyDialog(bundle.source.name, self._window)
        dialog.start_asked.connect(lambda: self._verify(bundle, dialog))
        dialog.destroyed.connect(lambda: self._forget_verify(dialog))
        dialog.show()
        self._verify(bundle, dialog)

    def _forget_verify(self, dialog: VerifyDialog) -> None:
        if self.verify_dialog is dialog:
            self.verify_dialog = None

    def _verify(self, bundle: OpenedBundle, dialog: VerifyDialog) -> None:
        from braggscope.evidence.engines import unknown_engines
        from braggscope.gui.evidence.work import verifying

        described = unknown_engines(bundle, self._window.session.engines)
        allowed = [one for one in described if self.ask_to_run(dialog, one.question)]
        dialog.begin()
        job = self._start(
            "verify",
            verifying(bundle, self._window.session.host, allowed),
            lambda f, d: self._verifying(dialog, f, d),
        )
        dialog.cancel_asked.connect(job.cancel)
        self._when_done(job, lambda ended: self._verified(ended, dialog))

    def _verifying(self, dialog: VerifyDialog, fraction: float, doing: str) -> None:
        if self.verify_dialog is dialog and dialog.is_running:
            dialog.report(fraction, doing)

    def _verified(self, job: Job[Any], dialog: VerifyDialog) -> None:
        if self.verify_dialog is not dialog:
            return
        try:
            dialog.show_checks(job.result())
        except Cancelled:
            dialog.show_problem("■ Cancelled.")
        except BraggscopeError as error:
            dialog.show_problem(f"✗ {error}")

    # ── files ─────────────────────────────────────────────────────────────────────────────────

    def _open_folder(self, path: Path) -> None:
        self._open_url(path.parent)

    def _open_own_report(self) -> None:
        """Made anew from its text: the page comes from elsewhere, and may hold scripts."""
        from braggscope.evidence.report import html_report

        if self.opened is None:
            return
        folder = self.opened.folder.absolute()
        scratch = self._scratch()
        if scratch is None:
            return
        page = scratch / REPORT_PAGE
        try:
            text = (folder / REPORT_TEXT).read_text(encoding="utf-8", errors="replace")
            page.write_text(html_report(text, f"{folder.as_uri()}/"), encoding="utf-8")
        except OSError as error:
            problem = InvalidInput("the report cannot be read", where=str(folder), why=str(error))
            self._window.show_problem(problem)
            return
        self._open_url(page)

    def _open_report(self, path: Path) -> None:
        """Of a folder or, unpacked for this, of a zip file."""
        if path.is_dir():
            self._open_url(path / "report.html")
            return
        from braggscope.gui.evidence.work import unpacking_report

        scratch = self._scratch()
        if scratch is None:
            return
        work = unpacking_report(path, scratch)
        job = self._start(f"report of {path.name}", work, lambda fraction, doing: None)
        self._when_done(job, self._unpacked)

    def _unpacked(self, job: Job[Path]) -> None:
        try:
            self._open_url(job.result())
        except Cancelled:
            return
        except BraggscopeError as error:
            self._window.show_problem(error)

    def _open_url(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._window.show_problem(
                InvalidInput(f"no program here opens {path}", remedy="Open it yourself")
            )

    # ── work ──────────────────────────────────────────────────────────────────────────────────

    def _start(
        self, title: str, work: Callable[[Job[Any]], Any], told: Callable[[float, str], None]
    ) -> Job[Any]:
        post = self._window.workspace.bridge.post
        news: list[tuple[float, str]] = []

        def on_progress(fraction: float, doing: str) -> None:
            # One message at a time is on its way: there may be thousands a second.
            waiting = bool(news)
            news[:] = [(fraction, doing)]
            if not waiting:
                post(lambda: told(*news.pop()))

        return self._jobs.start(title, work, on_progress)

    def _when_done(self, job: Job[Any], call: Callable[[Job[Any]], None]) -> None:
        post = self._window.workspace.bridge.post
        job.add_done_callback(lambda ended: post(lambda: call(ended)))

    def _scratch(self) -> Path | None:
        """An empty folder, until the window closes or another bundle is shown.

        None where there is no room for one, which is said. Should the window be killed, the next
        one removes it.
        """
        try:
            self._unpacked_in = folder = self._unpacked_in or ScratchFolder()
            scratch = folder.new_folder("bundle")
        except BraggscopeError as error:
            self._window.show_problem(error)
            return None
        self._scratches.append(scratch)
        return scratch

    def _drop(self, *scratches: Path) -> None:
        for scratch in scratches:
            shutil.rmtree(scratch, ignore_errors=True)
        self._scratches = [one for one in self._scratches if one not in scratches]

    def close(self) -> None:
        """Stop everything, and leave nothing unpacked."""
        self._jobs.close(_CLOSE_S)
        self._scratches = []
        if self._unpacked_in is not None:
            self._unpacked_in.close()


def ask_to_run(parent: QWidget, question: str) -> bool:
    """Whether a program that comes with evidence may run."""
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    text = f"{question}\n\nRun that program? Trust whoever made the evidence."
    return QMessageBox.question(parent, "Run a program", text, yes | no, no) == yes


def _as_zip(path: Path) -> Path:
    return path if path.suffix.lower() == ".zip" else path.with_name(f"{path.name}.zip")


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
