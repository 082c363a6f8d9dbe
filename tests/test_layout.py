"""The repository's shape: what lies where, and what must never get in."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
CODE_FOLDERS = {"app", "engines", "plugins", "tests", "resources", "packaging"}
TOP_LEVEL = CODE_FOLDERS | {
    "pyproject.toml",
    "README.md",
    "Makefile",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "docs",
}
#: Places and hosts of the machines that this was written on or installed from. Written in pieces,
#: so that this file does not name them.
TRACES = re.compile(
    "|".join(
        [
            r"(?<![\w.~-])/" + "work/",
            r"(?<![\w.~-])/" + "root/",
            r"(?<![\w.~-])/" + "opt/(wheels|pypi)",
            r"(?<![\w.~-])/" + "tmp/infra",
            r"(?<![\w.~-])/" + r"home/\w+/",
            "pythonhosted" + r"\.org",
            r"pypi\." + "org/simple",
            r"download\.pytorch\." + "org",
            r"deb\.debian\." + "org",
            "PIP_" + "(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS)=",
        ]
    )
)


@pytest.fixture(scope="module")
def repository_files() -> list[Path]:
    """Files that git tracks or would track, relative to the repository."""
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this is no git checkout")
    answer = subprocess.run(
        [git, "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    names = answer.stdout.decode().split("\0")
    return [Path(name) for name in names if name and (REPOSITORY / name).is_file()]


def test_the_top_level_holds_exactly_what_was_agreed(repository_files: list[Path]) -> None:
    found = {path.parts[0] for path in repository_files if not path.parts[0].startswith(".")}
    assert found == TOP_LEVEL


@pytest.mark.parametrize("folder", sorted(CODE_FOLDERS))
def test_a_top_folder_is_no_package(folder: str) -> None:
    """`packaging` would hide the distribution of that name, the others could clash as well."""
    assert (REPOSITORY / folder).is_dir()
    assert not (REPOSITORY / folder / "__init__.py").exists()


def test_no_file_names_a_machine_or_a_registry(repository_files: list[Path]) -> None:
    named = []
    for path in repository_files:
        text = (REPOSITORY / path).read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if TRACES.search(line):
                named.append(f"{path}:{number}: {line.strip()[:120]}")
    assert named == []


def test_qt_is_older_than_the_version_that_aborts() -> None:
    """PySide6 6.12.0 on Python 3.11 drops references to True and None until the process aborts."""
    major, minor = importlib.metadata.version("PySide6-Essentials").split(".")[:2]
    assert (int(major), int(minor)) < (6, 12)


def test_the_package_imports_without_torch() -> None:
    """torch takes a second to import, and belongs to the workers."""
    code = """
import importlib, pkgutil, sys
import braggscope
for module in pkgutil.walk_packages(braggscope.__path__, "braggscope."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
heavy = {"torch", "scipy", "fabio", "h5py", "hdf5plugin", "braggscope_torch"}
loaded = sorted((heavy | {"braggscope_external", "braggscope_files"}) & set(sys.modules))
assert not loaded, loaded
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr


#: Labels of the specification's list of surprises, which nobody has who reads a message.
LABEL = re.compile(r"\bQ[1-6]?[0-9]\b")


def texts_of(source: Path) -> list[str]:
    """Strings of a program that its users may come to see: not its comments and docstrings."""
    code = source.read_text(encoding="utf-8")
    if source.suffix != ".py":
        return re.findall(r'"(?:[^"\\\n]|\\.)*"', re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL))
    tree = ast.parse(code)
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes
    ]


def test_messages_say_what_they_mean_instead_of_a_label() -> None:
    sources = [
        source
        for folder in ("app", "engines", "plugins")
        for pattern in ("*.py", "*.c", "*.h")
        for source in (REPOSITORY / folder).rglob(pattern)
    ]
    assert len(sources) > 300
    labelled = {
        str(source.relative_to(REPOSITORY)): found
        for source in sources
        if (found := [text for text in texts_of(source) if LABEL.search(text)])
    }
    assert not labelled
