"""What the window asks of the host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from braggscope.api import Run


class HostLike(Protocol):
    """What the session asks of the host; see `braggscope.host.host.Host`."""

    def availability(self, engine_id: str) -> Any: ...
    def render(self, run: Run, on_progress: Any = None, *, use_cache: bool = True) -> Any: ...
    def trace(self, run: Run, pixels: Any, image: Any = None) -> Any: ...
    def analyse(
        self,
        a: Any,
        b: Any,
        metrics: Any = None,
        difference: Any = None,
        bounds: Any = None,
        *,
        regions: Any = (),
        whole: bool = True,
        on_found: Any = None,
    ) -> Any: ...
    def noise_floor(self, run: Run, image: Any) -> Any: ...
    def worker_logs(self) -> Mapping[str, Path]: ...
    def close(self) -> None: ...
