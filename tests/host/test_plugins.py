"""The plugin registry: order, isolation, refusals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from braggscope.api import BraggscopeError, EngineFailed, MetricContribution
from braggscope.host.plugins import PluginRegistry, PluginSource
from plugin_fixtures import forget_modules, write_dist_info

STEADY = """
from braggscope.api import *
MANIFEST = Manifest(id="{name}", title="Steady", api_version={version})
@hookimpl
def braggscope_engines():
    yield EngineContribution("{name}-engine", "Engine", "{name}:create")
@hookimpl
def braggscope_metrics():
    return [MetricContribution("{name}-metric", "Metric", "{name}:metric")]
@hookimpl
def braggscope_difference_maps():
    return (DifferenceMapContribution("{name}-map", "Map", "{name}:map"),)
@hookimpl
def braggscope_views():
    return [ViewContribution("{name}-view", "View", "{name}:view")]
def create(engine_id, settings):
    return engine_id
"""
Fault = Callable[[str], None]
Install = Callable[..., None]


@pytest.fixture
def install(site: Path, request: pytest.FixtureRequest) -> Install:
    """Installs a module as a plugin of its own distribution."""

    def put(name: str, text: str = STEADY, version: object = (1, 0), dist: str = "") -> None:
        content = text.replace("{name}", name).replace("{version}", repr(version))
        (site / f"{name}.py").write_text(content)
        write_dist_info(site, dist or f"dist-{name}", {name: name})
        request.addfinalizer(lambda: forget_modules(name))

    return put


def discovered(*names: str, **options: object) -> PluginRegistry:
    """A registry of installed plugins, of those with these names only."""
    from importlib.metadata import entry_points

    registry = PluginRegistry(**options)  # type: ignore[arg-type]
    found = entry_points(group="braggscope.plugins")
    registry.discover([point for point in found if point.name in names])
    return registry


def test_contributions_have_owners(example_plugin: Path, install: Install) -> None:
    install("zz_steady")
    registry = discovered("example", "zz_steady")
    assert list(registry.engines()) == ["example-flat", "example-other", "zz_steady-engine"]
    assert list(registry.metrics()) == ["example-mean-difference", "zz_steady-metric"]
    assert list(registry.difference_maps()) == ["example-squared", "zz_steady-map"]
    assert list(registry.views()) == ["example-cursor", "zz_steady-view"]
    owner = registry.owner_of(registry.engines()["example-flat"])
    assert (owner.name, owner.distribution, owner.version, owner.origin) == (
        "example",
        "braggscope-example-plugin",
        "1.0",
        "braggscope_example.plugin",
    )
    assert owner.manifest is not None
    assert owner.manifest.id == "example"
    assert [record.problems for record in registry.records] == [[], []]
    assert registry.load(registry.engines()["zz_steady-engine"])("x", {}) == "x"


def test_what_comes_with_braggscope_comes_first(example_plugin: Path, install: Install) -> None:
    install("zz_steady", dist="braggscope")
    registry = discovered("example", "zz_steady")
    names = [record.name for record in registry.records if record.origin != "?"]
    assert names == ["zz_steady", "example"]


@pytest.mark.parametrize(
    ("point", "missing"),
    [
        ("import", {"engines", "metrics", "difference_maps", "views"}),
        ("manifest", {"engines", "metrics", "difference_maps", "views"}),
        ("engines", {"engines"}),
        ("metrics", {"metrics"}),
        ("difference_maps", {"difference_maps"}),
        ("views", {"views"}),
    ],
)
def test_a_bad_plugin_harms_itself_only(
    example_plugin: Path, install: Install, fault: Fault, point: str, missing: set[str]
) -> None:
    install("zz_steady")
    fault(point)
    registry = discovered("example", "zz_steady")
    for kind in ("engines", "metrics", "difference_maps", "views"):
        ids = list(getattr(registry, kind)())
        assert any(name.startswith("zz_steady") for name in ids)
        assert any(name.startswith("example") for name in ids) == (kind not in missing)
    example, steady = registry.records
    assert steady.problems == []
    (problem,) = example.problems
    assert point in problem.where
    if point != "manifest":
        assert f"ExampleFault: deliberate fault at {point}" in problem.message
        assert "fault_point" in problem.traceback


@pytest.mark.parametrize(
    ("body", "where", "words"),
    [
        ("raise SystemExit(3)", "import", "SystemExit: 3"),
        ("class Own(BaseException): pass\nraise Own('x')", "import", "Own: x"),
        ("def broken(:", "import", "SyntaxError"),
        ("import no_such_module_at_all", "import", "ModuleNotFoundError"),
        ("", "manifest", "MANIFEST is None"),
        ("{steady}\nMANIFEST = Manifest('a', 'A', (2, 0))", "manifest", "for API 2.0"),
        ("{steady}\nMANIFEST = Manifest('a', 'A', (1, 99))", "manifest", "for API 1.99"),
        ("{steady}\nMANIFEST = Manifest('a', 'A', 'new')", "manifest", "no pair of numbers"),
        ("{steady}\n@hookimpl\ndef braggscope_metrics(x): return []", "hooks", "Validation"),
        ("{steady}\n@hookimpl\ndef braggscope_nothing(): pass", "braggscope_nothing", "no hook"),
        ("{steady}\n@hookimpl\ndef braggscope_metrics(): return 7", "braggscope_metrics", "iter"),
        ("{steady}\n@hookimpl\ndef braggscope_metrics(): return [7]", "braggscope_metrics", "7 is"),
        (
            "{steady}\nimport itertools\n@hookimpl\n"
            "def braggscope_metrics(): return itertools.repeat(1)",
            "braggscope_metrics",
            "more than",
        ),
        (
            "{steady}\n@hookimpl\ndef braggscope_metrics():\n"
            " return [MetricContribution('m', 'M', 'no factory')]",
            "braggscope_metrics",
            "module:attribute",
        ),
        (
            "{steady}\n@hookimpl\ndef braggscope_metrics():\n"
            " return [MetricContribution('m', 'M', 'm:m', format='zz')]",
            "braggscope_metrics",
            "printed",
        ),
        (
            "{steady}\n@hookimpl\ndef braggscope_engines():\n"
            " return [EngineContribution('analysis', 'M', 'm:m')]",
            "braggscope_engines",
            "taken",
        ),
        (
            "{steady}\n@hookimpl\ndef braggscope_engines():\n"
            " return [EngineContribution('../etc', 'M', 'm:m')]",
            "braggscope_engines",
            "no id",
        ),
    ],
)
def test_every_way_to_be_wrong_is_named(
    install: Install, body: str, where: str, words: str
) -> None:
    install("aa_wrong", body.replace("{steady}", STEADY))
    install("zz_steady")
    registry = discovered("aa_wrong", "zz_steady")
    wrong, steady = registry.records
    assert steady.problems == []
    assert "zz_steady-metric" in registry.metrics()
    assert where in {problem.where for problem in wrong.problems}
    assert any(words in problem.message for problem in wrong.problems)


def test_the_later_of_two_equal_ids_is_refused(install: Install) -> None:
    install("aa_one")
    install("bb_two", STEADY.replace('"{name}-metric"', '"aa_one-metric"'))
    install("cc_three", STEADY.replace('id="{name}"', 'id="aa_one"'))
    registry = discovered("aa_one", "bb_two", "cc_three")
    one, two, three = registry.records
    assert one.problems == []
    assert "exists already, from plugin aa_one" in two.problems[0].message
    assert registry.owner_of(registry.metrics()["aa_one-metric"]) is one
    assert "bb_two-engine" in registry.engines()
    assert "has the id 'aa_one' already" in three.problems[0].message
    assert "cc_three-engine" not in registry.engines()


def test_disabled_plugins_are_not_imported(install: Install, tmp_path: Path) -> None:
    install("aa_one", f"open({str(tmp_path / 'imported')!r}, 'w')")
    install("bb_two")
    registry = discovered("aa_one", "bb_two", disabled=["aa_one"])
    assert not (tmp_path / "imported").exists()
    assert [(r.name, r.enabled) for r in registry.records] == [("aa_one", False), ("bb_two", True)]
    safe = discovered("aa_one", "bb_two", safe_mode=True)
    assert not any(record.enabled for record in safe.records)
    assert safe.engines() == {}


def test_a_factory_that_cannot_be_imported_names_its_plugin(install: Install) -> None:
    install("aa_one", STEADY.replace('"{name}:create"', '"aa_one:nothing"'))
    registry = discovered("aa_one")
    engine = registry.engines()["aa_one-engine"]
    for _ in range(2):
        with pytest.raises(BraggscopeError, match=r"plugin aa_one: .*AttributeError") as caught:
            registry.load(engine)
        assert "nothing" in caught.value.details
    assert len(registry.records[0].problems) == 1


def test_runtime_faults_are_noted_once_with_their_traceback(install: Install) -> None:
    install("aa_one")
    registry = discovered("aa_one")
    metric = registry.metrics()["aa_one-metric"]
    for _ in range(3):
        registry.report(metric, "computing", ValueError("odd"))
    registry.report(registry.records[0], "painting", EngineFailed("gone", details="its traceback"))
    problems = registry.records[0].problems
    assert [(p.where, p.message) for p in problems] == [
        ("computing", "ValueError: odd"),
        ("painting", "gone"),
    ]
    assert problems[1].traceback == "its traceback"


def test_an_error_whose_message_fails_is_survived(install: Install) -> None:
    class Nasty(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no message for you")

    install("aa_one")
    registry = discovered("aa_one")
    registry.report(registry.records[0], "somewhere", Nasty())
    assert "cannot be shown" in registry.records[0].problems[0].message


def test_an_unknown_contribution_has_no_owner() -> None:
    with pytest.raises(KeyError):
        PluginRegistry().owner_of(MetricContribution("m", "M", "m:m"))


def test_one_module_is_one_plugin(install: Install) -> None:
    install("aa_one")
    registry = PluginRegistry()
    registry.discover([PluginSource("a", "aa_one"), PluginSource("b", "aa_one")])
    assert [len(record.problems) for record in registry.records] == [0, 1]
    assert list(registry.engines()) == ["aa_one-engine"]


def test_looking_for_plugins_imports_nothing_heavy() -> None:
    code = (
        "import sys; from braggscope.host.plugins import PluginRegistry, PluginSource\n"
        "r = PluginRegistry(); r.discover(); r.discover([PluginSource('t',"
        " 'braggscope_torch.plugin'), PluginSource('p', 'braggscope_parity.plugin')])\n"
        "import braggscope.host.host\n"
        "print([m for m in ('torch', 'scipy', 'gemmi', 'PySide6') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
