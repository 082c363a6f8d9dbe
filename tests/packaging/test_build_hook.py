"""The build hook: a program with a compiler, an explanation without one, and honest wheels."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCES = REPOSITORY / "engines" / "braggscope_external" / "reference"
#: What a source distribution is made of; everything else at the top is made by using the checkout.
DISTRIBUTED = [
    "app", "engines", "plugins", "tests", "resources", "packaging", "docs", "pyproject.toml",
    "README.md", "LICENSE", "Makefile", ".gitignore",
]  # fmt: skip

needs_compiler = pytest.mark.skipif(
    not any(shutil.which(name) for name in ("cc", "gcc", "clang")), reason="there is no C compiler"
)
needs_scripts = pytest.mark.skipif(
    sys.platform == "win32", reason="uses shell scripts as compilers"
)


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """packaging/build_hook.py as a module."""
    path = REPOSITORY / "packaging" / "build_hook.py"
    spec = importlib.util.spec_from_file_location("braggscope_build_hook", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def capabilities(program: Path) -> dict[str, object]:
    """What the program says about itself."""
    answer = subprocess.run(
        [program, "--braggscope-capabilities"], capture_output=True, check=True, timeout=10
    )
    told = json.loads(answer.stdout)
    assert isinstance(told, dict)
    return told


class TestCompiling:
    @needs_compiler
    def test_the_program_runs_and_knows_its_version(self, hook: ModuleType, tmp_path: Path) -> None:
        built = hook.build_program(SOURCES, tmp_path / "bin", "1.2.3")
        assert built.name == hook.PROGRAM
        assert capabilities(built)["version"] == "1.2.3"
        assert [path.name for path in built.parent.iterdir()] == [hook.PROGRAM]

    def test_without_a_compiler_a_file_says_what_to_install(
        self,
        hook: ModuleType,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delenv("CC", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        built = hook.build_program(SOURCES, tmp_path / "bin", "1.2.3")
        assert built.name == "BUILD_FAILED.txt"
        text = built.read_text(encoding="utf-8")
        assert "no C compiler was found" in text
        assert "apt-get install gcc" in text
        assert "no C compiler was found" in capsys.readouterr().err

    @needs_compiler
    @needs_scripts
    def test_a_failing_compiler_is_quoted_and_the_old_program_removed(
        self, hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "bin"
        monkeypatch.delenv("CC", raising=False)
        hook.build_program(SOURCES, folder, "1")
        broken = write_script(tmp_path / "broken-cc", "echo internal compiler error >&2; exit 4")
        monkeypatch.setenv("CC", str(broken))
        built = hook.build_program(SOURCES, folder, "1")
        text = built.read_text(encoding="utf-8")
        assert "internal compiler error" in text
        assert "exit status 4" in text
        assert [path.name for path in folder.iterdir()] == ["BUILD_FAILED.txt"]
        monkeypatch.delenv("CC")
        assert hook.build_program(SOURCES, folder, "1").name == hook.PROGRAM
        assert [path.name for path in folder.iterdir()] == [hook.PROGRAM]

    @needs_compiler
    @needs_scripts
    def test_a_compiler_without_openmp_will_do(
        self, hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = write_script(
            tmp_path / "plain-cc",
            'for word; do [ "$word" != -fopenmp ] || { echo no OpenMP >&2; exit 1; }; done; '
            'exec cc "$@"',
        )
        monkeypatch.setenv("CC", str(plain))
        built = hook.build_program(SOURCES, tmp_path / "bin", "1")
        assert capabilities(built)["openmp"] in (False, "false")

    def test_nothing_depends_on_the_machine_that_compiles(self, hook: ModuleType) -> None:
        assert "-ffp-contract=off" in hook.FLAGS
        assert not {"-ffast-math", "-Ofast", "-march=native"} & set(hook.FLAGS)


def write_script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


Build = Callable[..., Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Builds a distribution from a source tree with this environment's hatchling."""
    pytest.importorskip("hatchling")

    def run(kind: str, tree: Path, **environment: str) -> Path:
        out = tmp_path_factory.mktemp(kind)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(out)],
            cwd=tree,
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            timeout=240,
        )
        (made,) = out.iterdir()
        return made

    return run


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Path:
    """A source distribution of a copy of this tree."""
    copy = tmp_path_factory.mktemp("tree")
    for name in DISTRIBUTED:
        source = REPOSITORY / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "bin", ".*")
            shutil.copytree(source, copy / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, copy / name)
    return build("sdist", copy)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory, sdist: Path) -> Path:
    """The source distribution as a folder."""
    folder = tmp_path_factory.mktemp("unpacked")
    # Python 3.11.2, Debian 12's, has no filters yet; 3.12 warns where none is given.
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, **safely)  # type: ignore[arg-type]
    (tree,) = folder.iterdir()
    return tree


class TestDistributions:
    def test_the_sdist_holds_what_the_wheel_is_made_from(self, unpacked: Path) -> None:
        for name in (
            "packaging/build_hook.py",
            "packaging/constraints.txt",
            "engines/braggscope_external/reference/main.c",
            "resources/examples/lysozyme.mtz",
            "tests/test_layout.py",
            "LICENSE",
        ):
            assert (unpacked / name).is_file(), name
        assert not (unpacked / "engines/braggscope_external/bin").exists()

    @needs_compiler
    def test_a_wheel_with_the_program_names_its_platform(
        self, build: Build, unpacked: Path
    ) -> None:
        wheel = build("wheel", unpacked)
        assert "-py3-none-" in wheel.name
        assert not wheel.name.endswith("-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            program = next(name for name in names if "bin/braggscope-nanobragg" in name)
            mode = archive.getinfo(program).external_attr >> 16
        assert mode & stat.S_IXUSR
        assert "braggscope/resources/examples/lysozyme.toml" in names
        assert "braggscope_torch/plugin.py" in names
        assert not [name for name in names if name.startswith(("tests/", "packaging/"))]

    @needs_scripts
    def test_a_wheel_without_the_program_is_for_any_platform_and_says_why(
        self, build: Build, unpacked: Path
    ) -> None:
        wheel = build("wheel", unpacked, CC="no-such-compiler")
        assert wheel.name.endswith("-py3-none-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        assert "braggscope_external/bin/BUILD_FAILED.txt" in names
        assert "braggscope_external/bin/braggscope-nanobragg" not in names
