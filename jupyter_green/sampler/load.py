"""CPU seconds that were used, as procfs has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

PROC_ROOT = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
"""The step of the times in procfs: 10 ms. Windows has neither."""


@dataclass(frozen=True)
class Load:
    """CPU seconds used so far. Only the difference of two of them means anything."""

    t_ns: int
    """CLOCK_MONOTONIC, nanoseconds."""
    host_busy_s: float
    """By the whole host. Time that a hypervisor took away (steal) is not in it."""
    tree_busy_s: float
    """By the process tree, ended children included."""
    cpus: int
    unclear_busy_s: float = 0.0
    """By processes of which it is not known whether the tree has started them."""
    container_busy_s: float | None = None
    """By the limited container in which the tree is, ``None`` where there is none."""
    container_cpus: int = 0
    standing_busy_s: float = 0.0
    """By the tree's threads and processes that there were at a window's begin, since then."""
    throttling: Mapping[str, int] = field(default_factory=dict)
    """Of each processor package by its number: how much it was throttled so far."""

    def throttled_since(self, before: Load) -> frozenset[int]:
        """Return the packages that were throttled since then, of those that are known of both."""
        return frozenset(
            int(package)
            for package, count in self.throttling.items()
            if count > before.throttling.get(package, count)
        )

    def in_container(self) -> Load:
        """Return the same with the container in the place of the host, where there is one."""
        if self.container_busy_s is None:
            return self
        return replace(self, host_busy_s=self.container_busy_s, cpus=self.container_cpus)
