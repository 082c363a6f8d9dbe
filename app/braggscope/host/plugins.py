"""The plugin registry: finds plugins, guards each by itself, and keeps what went wrong.

pluggy's own loader lets one bad plugin end the call for all, so each entry point and each hook
implementation is called alone here.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from importlib import import_module, invalidate_caches
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Final, TypeVar, cast

import pluggy

from braggscope.api import (
    API_VERSION,
    DifferenceMapContribution,
    EngineContribution,
    Manifest,
    MetricContribution,
    OverlayContribution,
    ViewContribution,
)
from braggscope.api.plugin import ENTRY_POINT_GROUP, HOOK_NAMES, Hooks
from braggscope.errors import BraggscopeError
from braggscope.host.contributions import HOOK_TYPES, Contribution, checked
from braggscope.host.guarded import attempt, describe, traceback_of

BUILT_IN: Final = "braggscope"
_MOST_PROBLEMS = 100
_MOST_CONTRIBUTIONS = 1000
C = TypeVar("C", bound=Contribution)


@dataclass(frozen=True)
class PluginSource:
    """Where a plugin comes from.

    Attributes:
        name: of its entry point.
        value: of its entry point: the module.
        distribution: what was installed, such as "braggscope"; "" if unknown.
        version: of the distribution.
    """

    name: str
    value: str
    distribution: str = ""
    version: str = ""

    @classmethod
    def of(cls, entry_point: EntryPoint) -> PluginSource:
        """The source that an entry point describes."""
        dist, _ = attempt(lambda: entry_point.dist)
        name, _ = attempt(lambda: dist.name if dist else "")
        version, _ = attempt(lambda: dist.version if dist else "")
        return cls(entry_point.name, entry_point.value, name or "", version or "")


@dataclass(frozen=True)
class PluginProblem:
    """Something that went wrong in a plugin.

    Attributes:
        where: "import", "manifest", a hook's name, or what was being used.
        message: one line.
        traceback: text to copy into a report; "" where there is none.
    """

    where: str
    message: str
    traceback: str = ""


@dataclass(eq=False)
class PluginRecord:
    """One plugin: where it comes from, what it says about itself, what went wrong.

    Attributes:
        name: of its entry point.
        distribution: what was installed, such as "braggscope".
        version: of the distribution.
        origin: the entry point's value.
        manifest: None as long as it could not be read.
        problems: in the order they were met; equal ones once.
        enabled: False when settings or safe mode keep it out; it is not imported then.
    """

    name: str
    distribution: str
    version: str
    origin: str
    manifest: Manifest | None = None
    problems: list[PluginProblem] = field(default_factory=list)
    enabled: bool = True

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.manifest.title if self.manifest else self.name

    @property
    def source(self) -> PluginSource:
        """Where it comes from."""
        return PluginSource(self.name, self.origin, self.distribution, self.version)


class PluginRegistry:
    """The plugins and what they contribute.

    Args:
        disabled: names (of entry points or manifests) of plugins to leave out.
        safe_mode: load only what comes with Braggscope itself.
    """

    def __init__(self, disabled: Collection[str] = (), safe_mode: bool = False) -> None:
        self._disabled = frozenset(disabled)
        self._safe_mode = safe_mode
        self._lock = threading.Lock()
        self._manager = pluggy.PluginManager("braggscope")
        self._manager.add_hookspecs(Hooks)
        self._records: list[PluginRecord] = []
        self._contributions: dict[type, dict[str, Contribution]] = {
            kind: {} for kind in HOOK_TYPES.values()
        }
        self._owners: dict[tuple[type, str], PluginRecord] = {}

    def discover(self, sources: Iterable[EntryPoint | PluginSource] | None = None) -> None:
        """Load plugins: those installed, or the given ones. What fails is noted and left out."""
        if sources is None:
            # A folder changed within the file clock's tick of the last look would seem unchanged.
            invalidate_caches()
            sources = entry_points(group=ENTRY_POINT_GROUP)
        found = (PluginSource.of(s) if isinstance(s, EntryPoint) else s for s in sources)
        unique = dict.fromkeys(found)
        for source in sorted(unique, key=lambda s: (s.distribution != BUILT_IN, s.name)):
            record = PluginRecord(source.name, source.distribution, source.version, source.value)
            self._records.append(record)
            self._load_plugin(record)

    @property
    def records(self) -> tuple[PluginRecord, ...]:
        """All plugins that were found: built-in ones first, then by name."""
        return tuple(self._records)

    def engines(self) -> dict[str, EngineContribution]:
        """id -> engine, in the order of the plugins."""
        return self._of_kind(EngineContribution)

    def metrics(self) -> dict[str, MetricContribution]:
        """id -> metric, in the order of the plugins."""
        return self._of_kind(MetricContribution)

    def difference_maps(self) -> dict[str, DifferenceMapContribution]:
        """id -> difference map, in the order of the plugins."""
        return self._of_kind(DifferenceMapContribution)

    def views(self) -> dict[str, ViewContribution]:
        """id -> dock, in the order of the plugins."""
        return self._of_kind(ViewContribution)

    def overlays(self) -> dict[str, OverlayContribution]:
        """id -> overlay, in the order of the plugins."""
        return self._of_kind(OverlayContribution)

    def owner_of(self, contribution: Contribution) -> PluginRecord:
        """The plugin that made a contribution.

        Raises:
            KeyError: it is none of this registry's.
        """
        return self._owners[type(contribution), contribution.id]

    def load(self, contribution: Contribution) -> Any:
        """Import what a contribution's factory names.

        Raises:
            BraggscopeError: that failed; names the plugin, and its record holds the problem.
        """
        value, error = attempt(_imported, contribution.factory)
        if error is None:
            return value
        self.report(contribution, contribution.factory, error)
        owner = self.owner_of(contribution)
        raise BraggscopeError(
            f"{contribution.title} cannot be loaded",
            where=f"plugin {owner.name}",
            why=describe(error),
            remedy="Update or disable the plugin",
            details=traceback_of(error),
        ) from (error if isinstance(error, Exception) else None)

    def report(
        self, subject: Contribution | PluginRecord, where: str, error: BaseException
    ) -> PluginProblem:
        """Note a fault that showed while a plugin was used; an equal one is noted once."""
        record = subject if isinstance(subject, PluginRecord) else self.owner_of(subject)
        # A fault from a worker brings the traceback of over there in its details.
        details = error.details if isinstance(error, BraggscopeError) else ""
        message = error.what if isinstance(error, BraggscopeError) else describe(error)
        return self._note(record, where, message, details or traceback_of(error))

    def _note(
        self, record: PluginRecord, where: str, message: str, traceback: str = ""
    ) -> PluginProblem:
        problem = PluginProblem(where, message, traceback)
        with self._lock:
            known = any((p.where, p.message) == (where, message) for p in record.problems)
            if not known and len(record.problems) < _MOST_PROBLEMS:
                record.problems.append(problem)
        return problem

    def _of_kind(self, kind: type[C]) -> dict[str, C]:
        return cast("dict[str, C]", dict(self._contributions[kind]))

    def _load_plugin(self, record: PluginRecord) -> None:
        foreign = self._safe_mode and record.distribution != BUILT_IN
        if foreign or record.name in self._disabled:
            record.enabled = False
            return
        module, error = attempt(_imported, record.origin)
        if error is not None:
            self.report(record, "import", error)
            return
        manifest, error = attempt(lambda: getattr(module, "MANIFEST", None))
        fault = describe(error) if error is not None else self._manifest_fault(manifest)
        if fault:
            self._note(record, "manifest", fault)
            return
        record.manifest = cast(Manifest, manifest)
        if record.manifest.id in self._disabled:
            record.enabled = False
            return
        self._register(record, cast(ModuleType, module))

    def _manifest_fault(self, manifest: object) -> str:
        if not isinstance(manifest, Manifest):
            return f"MANIFEST is {manifest!r:.100}, no braggscope.api.Manifest"
        if not isinstance(manifest.id, str) or not isinstance(manifest.title, str):
            return "MANIFEST has no id or no title"
        if any(r.manifest is not None and r.manifest.id == manifest.id for r in self._records):
            return f"another plugin has the id {manifest.id!r} already"
        version, ours = manifest.api_version, ".".join(map(str, API_VERSION))
        numbers, _ = attempt(lambda: tuple(map(int, version)))
        if numbers is None or len(numbers) != 2:
            return f"api_version is {version!r:.100}, no pair of numbers"
        if numbers[0] != API_VERSION[0] or numbers[1] > API_VERSION[1]:
            return f"it was made for API {numbers[0]}.{numbers[1]}, this Braggscope has {ours}"
        return ""

    def _register(self, record: PluginRecord, module: ModuleType) -> None:
        if self._manager.is_registered(module):
            self._note(record, "hooks", f"the module {record.origin} is loaded as a plugin already")
            return
        name = f"{record.distribution}:{record.name}"
        _, error = attempt(lambda: self._manager.register(module, name=name))
        if error is not None:
            self.report(record, "hooks", error)
            return
        self._note_unknown_hooks(record, module)
        for hook in HOOK_NAMES:
            self._call_hook(record, module, hook)

    def _note_unknown_hooks(self, record: PluginRecord, module: ModuleType) -> None:
        implemented = {caller.name for caller in self._manager.get_hookcallers(module) or ()}
        for name in sorted(implemented.difference(HOOK_NAMES)):
            self._note(record, name, f"there is no hook {name}")

    def _call_hook(self, record: PluginRecord, module: ModuleType, hook: str) -> None:
        caller = getattr(self._manager.hook, hook)
        for implementation in caller.get_hookimpls():
            if implementation.plugin is not module:
                continue
            if implementation.wrapper or implementation.hookwrapper:
                self._note(record, hook, "hook wrappers are not supported")
                continue
            made, error = attempt(_called, implementation.function)
            if error is not None:
                self.report(record, hook, error)
                continue
            for item in made or ():
                self._add(record, hook, item)

    def _add(self, record: PluginRecord, hook: str, item: object) -> None:
        kind = HOOK_TYPES[hook]
        fault = checked(item, kind)
        if fault:
            self._note(record, hook, fault)
            return
        contribution = cast(Contribution, item)
        owner = self._owners.get((kind, contribution.id))
        if owner is not None:
            self._note(record, hook, f"{contribution.id} exists already, from plugin {owner.name}")
            return
        self._contributions[kind][contribution.id] = contribution
        self._owners[kind, contribution.id] = record


def _imported(target: str) -> Any:
    """What "module" or "module:attribute.attribute" names."""
    module_name, _, attributes = target.partition(":")
    value: Any = import_module(module_name.strip())
    for name in filter(None, attributes.strip().split(".")):
        value = getattr(value, name)
    return value


def _called(hook: Callable[[], Any]) -> list[object]:
    made = hook()
    if made is None:
        return []
    items = list(itertools.islice(iter(made), _MOST_CONTRIBUTIONS + 1))
    if len(items) > _MOST_CONTRIBUTIONS:
        raise ValueError(f"more than {_MOST_CONTRIBUTIONS} contributions")
    return items
