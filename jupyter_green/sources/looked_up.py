"""A source that finds all its figures by one look at another program's page."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from .base import Domain, Reading, Source
from .page import PageError

TOGETHER_S = 0.002
"""One look serves every domain that is asked for within 2 ms of it, each once: a second time it
would say that a counter has not moved, of which nobody has looked."""

_TOGETHER_NS = int(TOGETHER_S * 1e9)

MOST_DOMAINS = 256
"""More than these no host has: a page with more is none of its."""

K = TypeVar("K", bound=Hashable)


class LookedUp(Source, Generic[K]):
    """Looks for all counters at once and hands them out by domain.

    Parameters
    ----------
    name
        What the source is called.
    domains
        Each domain with what it is called on the page.
    look
        Returns the counters, in the domains' own units; raises PageError where there are none.
    fresh_s
        How long after a look none needs to be taken: the page is as old anyway.
    """

    def __init__(
        self,
        name: str,
        domains: Sequence[tuple[K, Domain]],
        look: Callable[[], Mapping[K, int]],
        fresh_s: float = 0.0,
    ) -> None:
        self.name = name
        self._domains = list(domains)
        self._look = look
        self._fresh_ns = int(fresh_s * 1e9)
        self._counters: Mapping[K, int] = {}
        self._error: str | None = None
        self._before_ns = self._after_ns = 0
        self._served: set[int] = set()
        """The domains that have had the last look."""

    @property
    def domains(self) -> Sequence[Domain]:
        """The domains that the page shows and nothing else reads."""
        return [domain for _, domain in self._domains]

    def read(self, index: int) -> Reading:
        """Return one counter; it was read some time between the look's begin and its end."""
        if not self._after_ns or time.monotonic_ns() - self._after_ns >= self._lasts_ns(index):
            self._look_again()
        self._served.add(index)
        t_ns = (self._before_ns + self._after_ns) // 2
        key, domain = self._domains[index]
        counter = self._counters.get(key)
        if counter is None:
            error = self._error or f"{self.name} shows {domain.id} no more"
            return Reading(t_ns, error=error)
        return Reading(t_ns, counter, took_ns=self._after_ns - self._before_ns)

    def close(self) -> None:
        """There is nothing to close: each look has a connection of its own."""

    def _lasts_ns(self, index: int) -> int:
        """Return for how long the last look is good enough for a domain."""
        return self._fresh_ns if index in self._served else max(self._fresh_ns, _TOGETHER_NS)

    def _look_again(self) -> None:
        self._served.clear()
        self._before_ns = time.monotonic_ns()
        try:
            self._counters, self._error = self._look(), None
        except PageError as error:
            self._counters, self._error = {}, str(error)
        self._after_ns = time.monotonic_ns()
