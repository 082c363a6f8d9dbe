"""Opening a bundle again: from a folder, or from a zip file that is unpacked first.

A bundle may come from anywhere. What is whole in it is read, what is not is said; without its
runs there is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from braggscope.api import DetectorImage, InvalidInput, Pixel, PixelTrace, Run, Tolerances
from braggscope.api.tolerances import UNCHANGED
from braggscope.evidence.bundle import (
    CHECKSUMS,
    COMMANDS,
    ENGINES,
    EXPERIMENT,
    FORMAT,
    FROM_EVIDENCE,
    INPUTS,
    MANIFEST,
    REPORT_PAGE,
    REPORT_TEXT,
    SIDES,
    TOLERANCES,
    Marks,
    OpenedBundle,
    Tell,
    image_name,
    mask_name,
    trace_name,
)
from braggscope.evidence.inputs import absolute
from braggscope.evidence.keeping import keep_inputs
from braggscope.evidence.records import (
    array_of,
    bounds_of,
    marks_of,
    metric_of,
    provenance_of,
)
from braggscope.evidence.unpacking import no_bundle, unpack
from braggscope.experiment.toml import experiment_from_toml
from braggscope.host.scratch_folder import ScratchFolder
from braggscope.trace_files.tolerances import tolerances_from_toml

_FOLDERS: Final = (INPUTS, ENGINES, "images", "pictures", "traces")
_MOST_TEXT: Final = 64 << 20
_MOST_TRACE: Final = 512 << 20
#: What damaged content makes readers raise.
_DAMAGE: Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError,
    RecursionError, MemoryError,
)  # fmt: skip
T = TypeVar("T")


def _silent(fraction: float, what: str) -> None:
    """Nobody is told."""


@contextmanager
def opened(path: Path, tell: Tell = _silent) -> Iterator[OpenedBundle]:
    """Read a bundle; what was unpacked of a zip file is removed afterwards.

    Raises:
        InvalidInput: there is no bundle, or it cannot be read.
    """
    with closing(ScratchFolder()) as scratch:
        yield open_bundle(path, scratch.new_folder("bundle"), tell)


def open_bundle(
    path: Path, scratch: Path, tell: Tell = _silent, *, keep: bool = False
) -> OpenedBundle:
    """Read a bundle.

    Args:
        scratch: an empty folder, into which a zip file is unpacked; its files stay in use.
        tell: told the share that is done; what it raises ends the work.
        keep: whether its runs outlive the scratch folder: their files are copied elsewhere then.

    Raises:
        InvalidInput: there is no bundle, or it cannot be read.
    """
    if path.is_dir():
        return read_bundle(path, tell=tell)
    if not path.exists():
        raise InvalidInput(f"there is no {path}", remedy="Check the name")
    damaged = unpack(path, scratch, lambda fraction, what: tell(fraction / 2, what))
    files = keep_inputs(scratch) if keep else scratch
    return read_bundle(
        scratch, path, damaged, lambda fraction, what: tell(0.5 + fraction / 2, what), files
    )


def read_bundle(
    folder: Path,
    said: Path | None = None,
    damaged: tuple[str, ...] = (),
    tell: Tell = _silent,
    files: Path | None = None,
) -> OpenedBundle:
    """Read a bundle's folder.

    Args:
        said: what the user named, for messages.
        damaged: files that are known to be, and are not there.
        tell: told the share that is done; what it raises ends the work.
        files: the folder that names of the runs' files are relative to; None: the bundle's.

    Raises:
        InvalidInput: it is no bundle.
    """
    name = said or folder
    try:
        return _Reader(folder, name, damaged, tell, files or folder).read()
    except _DAMAGE as error:
        # Validation errors of pydantic are among them.
        why = f"{type(error).__name__}: {error}" if not isinstance(error, OSError) else _why(error)
        raise no_bundle(name, why.partition("\n")[0]) from error


class _Reader:
    """Reads a folder, and collects what is wrong with it."""

    def __init__(
        self, folder: Path, name: Path, damaged: tuple[str, ...], tell: Tell, files: Path
    ) -> None:
        self._folder, self._name, self._tell, self._files = folder, name, tell, files
        self._problems = [f"{one} is damaged" for one in damaged]

    def read(self) -> OpenedBundle:
        """All of it; raises what damage makes readers raise, where nothing is left to show."""
        manifest = self._manifest()
        self._tell(0.0, f"reading {self._name.name}")
        runs = tuple(self._run(manifest["runs"][side]) for side in SIDES)
        records = manifest.get("images", {})
        images = tuple(
            self._image(side, run, records.get(side, {}))
            for side, run in zip(SIDES, runs, strict=True)
        )
        self._tell(0.4, f"checking {self._name.name}")
        agrees = manifest["agrees"]
        return OpenedBundle(
            source=self._name,
            folder=self._folder,
            runs=(runs[0], runs[1]),
            images=(images[0], images[1]),
            metrics={key: metric_of(value) for key, value in manifest["metrics"].items()},
            bounds={key: bounds_of(value["bounds"]) for key, value in manifest["metrics"].items()},
            agrees=None if agrees is None else bool(agrees),
            changed=changed_files(self._folder, self._tell),
            environment=dict(manifest.get("environment", {})),
            made=str(manifest.get("made", "")),
            marks=self._part("the regions", lambda: marks_of(manifest.get("marks", {})), Marks()),
            region_metrics=self._part(
                "the metrics of regions", lambda: _region_metrics(manifest), {}
            ),
            difference_map=str(manifest.get("difference") or ""),
            traces=self._traces(manifest),
            tolerances=self._part("the tolerances", self._tolerances, UNCHANGED),
            problems=tuple(self._problems),
            titles={key: str(v.get("title", key)) for key, v in manifest["metrics"].items()},
            units={key: str(v.get("unit", "")) for key, v in manifest["metrics"].items()},
        )

    def _manifest(self) -> Any:
        manifest = json.loads(self._bytes(MANIFEST, _MOST_TEXT))
        if manifest["format"] != FORMAT:
            raise InvalidInput(
                f"{self._name} is a bundle of format {manifest['format']}, not {FORMAT}",
                remedy="Open it with the version of Braggscope that made it",
            )
        return manifest

    def _bytes(self, name: str, most: int) -> bytes:
        path = self._folder / name
        if path.stat().st_size > most:
            raise ValueError(f"{name} has {path.stat().st_size / 1e6:.0f} MB")
        return path.read_bytes()

    def _part(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        """What can be done without, where it cannot be read."""
        try:
            return read()
        except _DAMAGE as error:
            if isinstance(error, FileNotFoundError):
                self._problems.append(f"{what}: the bundle does not hold it")
                return otherwise
            why = _why(error) if isinstance(error, OSError) else str(error).partition("\n")[0]
            self._problems.append(f"{what}: {why or type(error).__name__}")
            return otherwise

    def _run(self, said: Mapping[str, Any]) -> Run:
        record = dict(said)
        text = record.pop("experiment", None)
        if text is None:
            text = self._bytes(EXPERIMENT, _MOST_TEXT).decode("utf-8")
        experiment = experiment_from_toml(text, self._files)
        overrides = tuple(
            (path, absolute(value, self._files)) for path, value in record.pop("overrides")
        )
        options = tuple(
            (name, absolute(value, self._files)["path"] if isinstance(value, dict) else value)
            for name, value in record.pop("options")
        )
        run = Run(experiment=experiment, overrides=overrides, options=options, **record)
        # Overrides that do not fit are found now, not when somebody looks.
        _ = run.effective_experiment
        return run

    def _image(self, side: str, run: Run, record: Mapping[str, Any]) -> DetectorImage | None:
        def read() -> DetectorImage:
            path = self._folder / image_name(side)
            data = array_of(path.read_bytes())
            masked = self._folder / mask_name(side)
            mask = None
            if masked.exists() or record.get("masked") is not None:
                mask = array_of(masked.read_bytes()).astype(np.bool_)
                if mask.shape != data.shape:
                    raise ValueError(f"its mask has {mask.shape[0]} × {mask.shape[1]} pixels")
            note = f"{FROM_EVIDENCE} {self._name.name}"
            provenance = provenance_of(record.get("provenance", {}), run, note)
            return DetectorImage(data, mask, provenance)

        return self._part(f"the image of {side.upper()}", read, None)

    def _traces(self, manifest: Mapping[str, Any]) -> tuple[tuple[PixelTrace, PixelTrace], ...]:
        found = []
        nothing: list[Pixel] = []
        said = self._part(
            "the traces", lambda: [Pixel(*p) for p in manifest.get("traces", ())], nothing
        )
        for slow, fast in said:
            what = f"the traces of slow {slow}, fast {fast}"
            pair = self._part(what, partial(self._pair, Pixel(int(slow), int(fast))), None)
            if pair is not None:
                found.append(pair)
        return tuple(found)

    def _tolerances(self) -> Tolerances:
        if not (self._folder / TOLERANCES).exists():
            return UNCHANGED
        return tolerances_from_toml(self._bytes(TOLERANCES, _MOST_TEXT).decode())

    def _pair(self, pixel: Pixel) -> tuple[PixelTrace, PixelTrace]:
        a, b = (
            PixelTrace.from_dict(json.loads(self._bytes(trace_name(side, pixel), _MOST_TRACE)))
            for side in SIDES
        )
        return a, b


def changed_files(folder: Path, tell: Tell = _silent) -> tuple[str, ...]:
    """Names of files that are missing, are not what their checksums say, or have none."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return (CHECKSUMS,)
    said = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    changed = []
    for number, (name, digest) in enumerate(said.items()):
        tell(0.4 + 0.5 * number / len(said), f"checking {name}")
        if _digest(folder, name) != digest:
            changed.append(name)
    return (*changed, *sorted(name for name in parts(folder) if name not in said))


def parts(folder: Path) -> Iterator[str]:
    """Files where a bundle has its own: what else lies there is none of its business."""
    for name in (MANIFEST, EXPERIMENT, TOLERANCES, COMMANDS, REPORT_TEXT, REPORT_PAGE):
        if (folder / name).exists():
            yield name
    for part in _FOLDERS:
        for path in (folder / part).rglob("*"):
            if path.is_file():
                yield path.relative_to(folder).as_posix()


def _digest(folder: Path, name: str) -> str:
    """Of a file of the bundle; "" where there is none."""
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _region_metrics(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        region: {name: metric_of(said) for name, said in found.items()}
        for region, found in manifest.get("region_metrics", {}).items()
    }


def _why(error: OSError) -> str:
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
