"""Which format a file is in: by its content first, by its name where the content leaves it open."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import Final, Literal

from braggscope.errors import InvalidInput
from braggscope.experiment.dump_file import is_dump

Format = Literal[
    "toml", "expt", "smv", "cbf", "matrix", "mtz", "sf-cif", "model-cif", "pdb", "hkl", "dump", ""
]
#: Compressed files may not grow beyond this, bytes.
_LARGEST = 2**30
_SUFFIXES: Final[dict[str, Format]] = {
    ".toml": "toml",
    ".expt": "expt",
    ".json": "expt",
    ".img": "smv",
    ".smv": "smv",
    ".cbf": "cbf",
    ".mat": "matrix",
    ".mtz": "mtz",
    ".cif": "sf-cif",
    ".mmcif": "model-cif",
    ".ent": "pdb",
    ".pdb": "pdb",
    ".hkl": "hkl",
}
_PDB_RECORD = re.compile(rb"^(CRYST1|ATOM  |HETATM|HEADER|REMARK)", re.MULTILINE)
_CIF_BLOCK = re.compile(rb"^\s*data_\S*\s*$", re.MULTILINE | re.IGNORECASE)


def unpacked(path: Path, content: bytes) -> bytes:
    """The content, decompressed where it is gzip's.

    Raises:
        InvalidInput: the compressed data are damaged or end too early.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(path) as stream:
            plain = stream.read(_LARGEST + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise InvalidInput(
            f"{path.name} cannot be decompressed",
            where=str(path),
            why=str(error),
            remedy="Fetch the file again; it is damaged or incomplete",
        ) from error
    if len(plain) > _LARGEST:
        raise InvalidInput(f"{path.name} is too large when decompressed", where=str(path))
    return plain


def format_of(path: Path, content: bytes) -> Format:
    """The format of decompressed content; "" when nothing is known."""
    return _by_content(content) or _by_name(path)


def suffix_of(path: Path) -> str:
    """The last suffix that is not .gz, in lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return suffixes[-1] if suffixes else ""


def _by_name(path: Path) -> Format:
    return _SUFFIXES.get(suffix_of(path), "")


def _by_content(content: bytes) -> Format:
    if content[:4] == b"MTZ ":
        return "mtz"
    if is_dump(content):
        return "dump"
    if content[:6] == b"###CBF":
        return "cbf"
    start = content[:4096].lstrip()
    if start[:1] == b"{":
        return "smv" if b"HEADER_BYTES" in start[:1024] else "expt"
    if b"\0" in start:
        return ""
    if _CIF_BLOCK.search(content[:65536]):
        if b"_atom_site." in content:
            return "model-cif"
        return "sf-cif" if b"_refln" in content else ""
    return "pdb" if _PDB_RECORD.match(start) else ""
