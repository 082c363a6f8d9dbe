"""The host, for one piece of work that can be cancelled as a whole. No Qt."""

from __future__ import annotations

from typing import Any

from braggscope.host.jobs import CancelToken


class HostUntil:
    """Jobs of the host that end when the work is cancelled that they are for.

    Args:
        host: see `braggscope.gui.host_like.HostLike`.
        token: of the work.
    """

    def __init__(self, host: Any, token: CancelToken) -> None:
        self._host, self._token = host, token

    def render(self, *arguments: Any, **named: Any) -> Any:
        """As the host's."""
        return self._until(self._host.render, *arguments, **named)

    def trace(self, *arguments: Any, **named: Any) -> Any:
        """As the host's."""
        return self._until(self._host.trace, *arguments, **named)

    def analyse(self, *arguments: Any, **named: Any) -> Any:
        """As the host's."""
        return self._until(self._host.analyse, *arguments, **named)

    def _until(self, start: Any, *arguments: Any, **named: Any) -> Any:
        self._token.check()
        job = start(*arguments, **named)
        wish = self._token.calling(job.cancel)
        wish.__enter__()
        job.add_done_callback(lambda _: wish.__exit__(None, None, None))
        return job
