"""The front doors: any understood file in, any writable one out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.cbf import cbf_of, read_cbf
from braggscope.experiment.dialects.dials import read_expt
from braggscope.experiment.dialects.dials_writer import expt_of
from braggscope.experiment.dialects.factors import (
    hkl_file_of,
    mtz_file_of,
    read_factors,
    sf_cif_file_of,
)
from braggscope.experiment.dialects.imported import (
    Choice,
    Imported,
    apply,
    imported_experiment,
)
from braggscope.experiment.dialects.mosflm import matrix_of, read_matrix
from braggscope.experiment.dialects.nexus import is_hdf5, read_nexus
from braggscope.experiment.dialects.smv import read_smv, smv_of
from braggscope.experiment.files import read_bytes
from braggscope.experiment.model import Experiment
from braggscope.experiment.recognise import format_of, suffix_of, unpacked
from braggscope.experiment.reflections import FACTOR_FORMATS
from braggscope.experiment.toml import experiment_to_toml, load_experiment
from braggscope.whole_files import write_whole

_Writer = Callable[[Experiment], tuple[str | bytes, tuple[str, ...]]]
UNDERSTOOD: Final = (
    "experiments in TOML (.toml) and from DIALS (.expt)",
    "headers of SMV (.img, .smv), miniCBF (.cbf) and NeXus (.h5, .nxs) images",
    "MOSFLM matrices (.mat)",
    "structure factors in MTZ (.mtz), CIF (.cif, .mmcif) and text (.hkl)",
    "models in PDB (.pdb) and mmCIF (.cif, .mmcif)",
)


@dataclass(frozen=True)
class Exported:
    """A file that was written, and what of the experiment it does not hold."""

    path: Path
    lost: tuple[str, ...]


def read_file(path: Path, choice: Choice | None = None) -> Imported:
    """What a file says, by its content first and its name where that leaves it open.

    Raises:
        InvalidInput: the file is missing, damaged or in no format that is understood.
    """
    path, choice = path.absolute(), choice or Choice()
    if is_hdf5(path):  # Its pixels may be many: only what is needed is read.
        return read_nexus(path, choice)
    content = unpacked(path, read_bytes(path, "experiment"))
    kind = format_of(path, content)
    if kind == "toml":
        return imported_experiment(load_experiment(path), path.name)
    if kind == "expt":
        return read_expt(path, content, choice)
    if kind == "smv":
        return read_smv(path, content)
    if kind == "cbf":
        return read_cbf(path, content)
    if kind == "matrix":
        return read_matrix(path, content)
    if kind in FACTOR_FORMATS:
        return read_factors(path, choice)
    raise InvalidInput(
        f"{path.name} is in no format that is understood",
        where=str(path),
        why="neither its content nor its name tells what it is" if content else "it is empty",
        remedy=f"Understood are {'; '.join(UNDERSTOOD)}",
    )


def import_file(
    path: Path, base: Experiment | Imported | None = None, choice: Choice | None = None
) -> Experiment:
    """The experiment of a file, over a base that says the rest.

    Raises:
        InvalidInput: as `read_file`, or the two do not make a whole experiment.
    """
    return apply(base, read_file(path, choice))


def export_file(experiment: Experiment, path: Path) -> Exported:
    """Write an experiment in the format of the name's suffix.

    Raises:
        InvalidInput: no such format, nothing to write in it, or the file cannot be written.
    """
    path = path.absolute()
    content, lost = _writer(path)(experiment)
    whole = content.encode() if isinstance(content, str) else content
    write_whole(path, lambda sink: sink.write(whole))
    return Exported(path, lost)


def check_name(path: Path) -> None:
    """Refuse, before anything is read, what `export_file` would refuse for its name.

    Raises:
        InvalidInput: there is no such format.
    """
    _writer(path.absolute())


def _writer(path: Path) -> _Writer:
    writers: dict[str, _Writer] = {
        ".toml": lambda said: (experiment_to_toml(said, path.parent), ()),
        ".expt": expt_of,
        ".img": smv_of,
        ".smv": smv_of,
        ".cbf": cbf_of,
        ".mat": matrix_of,
        ".mtz": mtz_file_of,
        ".cif": sf_cif_file_of,
        ".mmcif": sf_cif_file_of,
        ".hkl": hkl_file_of,
    }
    writer = writers.get(suffix_of(path))
    if writer is None or path.suffix.lower() == ".gz":
        raise InvalidInput(
            f"{path.name} is in no format that can be written",
            where=str(path),
            remedy=f"Name a file that ends in {', '.join(writers)}",
        )
    return writer
