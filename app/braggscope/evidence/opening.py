"""Opening a bundle again: from a folder, or from a zip file unpacked beside nothing."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from braggscope.api import Bounds, DetectorImage, InvalidInput, MetricResult, Pixel, Provenance, Run
from braggscope.evidence.bundle import CHECKSUMS, EXPERIMENT, FORMAT, MANIFEST, SIDES, image_name
from braggscope.evidence.inputs import absolute
from braggscope.experiment.toml import experiment_from_toml, load_experiment_file

_MOST_BYTES: Final = 64 << 30


@dataclass(frozen=True, eq=False)
class OpenedBundle:
    """A bundle that was read.

    Attributes:
        folder: where its files lie.
        runs, images: of A and B.
        metrics, bounds: as they were recorded.
        agrees: the verdict of then.
        changed: files that are not what their checksums say, or are missing.
        environment: what it was made with.
    """

    folder: Path
    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    metrics: Mapping[str, MetricResult]
    bounds: Mapping[str, Bounds | None]
    agrees: bool | None
    changed: tuple[str, ...]
    environment: Mapping[str, Any]


@contextmanager
def opened(path: Path) -> Iterator[OpenedBundle]:
    """Read a bundle; what was unpacked of a zip file is removed afterwards.

    Raises:
        InvalidInput: there is no bundle, or it cannot be read.
    """
    if path.is_dir():
        yield read_bundle(path)
        return
    with tempfile.TemporaryDirectory(prefix="braggscope-bundle-") as scratch:
        unpack(path, Path(scratch))
        yield read_bundle(Path(scratch), said=path)


def unpack(path: Path, folder: Path) -> None:
    """Unpack the zip file of a bundle into a folder.

    Raises:
        InvalidInput: it is none, or has files that would land outside.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > _MOST_BYTES:
                raise InvalidInput(f"{path} is too large for a bundle")
            for entry in entries:
                target = (folder / entry.filename).resolve()
                if not target.is_relative_to(folder.resolve()):
                    raise InvalidInput(
                        f"{path} is no bundle", why=f"{entry.filename} leads outside"
                    )
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise _no_bundle(path, str(error)) from error


def read_bundle(folder: Path, said: Path | None = None) -> OpenedBundle:
    """Read a bundle's folder.

    Args:
        said: what the user named, for messages.

    Raises:
        InvalidInput: it is no bundle.
    """
    name = said or folder
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise InvalidInput(
                f"{name} is a bundle of format {manifest['format']}, not {FORMAT}",
                remedy="Open it with the version of Braggscope that made it",
            )
        runs = tuple(_run(folder, manifest["runs"][side]) for side in SIDES)
        images = tuple(_image(folder, side, run) for side, run in zip(SIDES, runs, strict=True))
        metrics = {key: _metric(value) for key, value in manifest["metrics"].items()}
        bounds = {key: _bounds(value["bounds"]) for key, value in manifest["metrics"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise _no_bundle(name, f"{type(error).__name__}: {error}") from error
    return OpenedBundle(
        folder=folder,
        runs=(runs[0], runs[1]),
        images=(images[0], images[1]),
        metrics=metrics,
        bounds=bounds,
        agrees=manifest["agrees"],
        changed=changed_files(folder),
        environment=manifest.get("environment", {}),
    )


def changed_files(folder: Path) -> tuple[str, ...]:
    """Names of files that are missing or are not what their checksums say."""
    changed = []
    for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            changed.append(name)
    return tuple(changed)


def _run(folder: Path, said: Mapping[str, Any]) -> Run:
    record = dict(said)
    text = record.pop("experiment", None)
    if text is None:
        experiment, _ = load_experiment_file(folder / EXPERIMENT)
    else:
        experiment = experiment_from_toml(text, folder)
    overrides = [(path, absolute(value, folder)) for path, value in record.pop("overrides")]
    options = [tuple(pair) for pair in record.pop("options")]
    return Run(experiment=experiment, overrides=tuple(overrides), options=tuple(options), **record)


def _image(folder: Path, side: str, run: Run) -> DetectorImage:
    data = np.load(folder / image_name(side), allow_pickle=False, mmap_mode="r")
    if data.ndim != 2:
        raise ValueError(f"the image of {side} has {data.ndim} axes")
    return DetectorImage(data, None, Provenance(run, notes=("from a bundle",)))


def _metric(said: Mapping[str, Any]) -> MetricResult:
    value = said["value"]
    pixel = said["pixel"]
    return MetricResult(
        None if value is None else float(value),
        said["note"],
        None if pixel is None else Pixel(*pixel),
    )


def _bounds(said: Mapping[str, Any] | None) -> Bounds | None:
    if said is None:
        return None
    ends = {end: None if said[end] is None else float(said[end]) for end in ("lower", "upper")}
    return Bounds(**ends)


def _no_bundle(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path} is no evidence bundle",
        why=why,
        remedy="A bundle is a folder or a zip file that `braggscope compare -o` wrote",
    )
