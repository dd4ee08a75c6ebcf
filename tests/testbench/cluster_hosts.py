"""Hosts of a cluster on one machine: each a boot of its own, with counters of known truth."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_green.meter.baseline import Baseline
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.machine import host
from jupyter_green.sources.variables import (
    BASELINE_VARIABLE,
    BOOT_ID_VARIABLE,
    POWERCAP_VARIABLE,
    SOCKET_VARIABLE,
)

from .powercap import fuse_missing, serve_fuse, serve_tree
from .truth import Device, Truth

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ClusterHost:
    """A host, as what runs on it sees it."""

    folder: Path
    truth: Truth

    @property
    def id(self) -> str:
        """What its reports call it."""
        return host(self.folder / "boot_id")

    @property
    def package(self) -> Device:
        """Its one processor."""
        return self.truth["cpu:0/package"]

    @property
    def env(self) -> dict[str, str]:
        """What is different in the environment of a process on it."""
        return {
            BASELINE_VARIABLE: str(self.folder / "baseline.json"),
            BOOT_ID_VARIABLE: str(self.folder / "boot_id"),
            POWERCAP_VARIABLE: str(self.folder / "powercap"),
            RUNTIME_VARIABLE: str(self.folder / "runtime"),
            SOCKET_VARIABLE: "",
        }

    def keep_baseline(self, power_w: float) -> None:
        """Have its processor's idle power known there."""
        known = Baseline(
            "2026-01-01T00:00:00Z", 60.0, {self.package.name: power_w}, {self.package.name: 0.5}
        )
        (self.folder / "baseline.json").write_text(json.dumps(known.to_dict()))

    def energy_j(self, window: Any) -> float:
        """Return what it has truly used in a window of this machine's clock."""
        return sum(device.energy_j(window.begin_ns, window.end_ns) for device in self.truth.devices)


@contextmanager
def cluster_hosts(folder: Path, *powers_w: float) -> Iterator[list[ClusterHost]]:
    """Yield hosts whose processors draw so much."""
    serve = serve_tree if fuse_missing() else serve_fuse
    with ExitStack() as served:
        made = []
        for number, power_w in enumerate(powers_w, start=1):
            own = folder / f"host-{number}"
            own.mkdir(parents=True)
            (own / "boot_id").write_text(f"{uuid.uuid4()}\n")
            truth = served.enter_context(Truth.create(own / "truth"))
            truth.add("cpu:0/package", power_w=power_w, offset=number * 1_000_000)
            served.enter_context(serve(truth, own / "powercap"))
            made.append(ClusterHost(own, truth))
        yield made


def agents_of(host: ClusterHost) -> list[int]:
    """Return the process ids of the agents on a host."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes()
                environ = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            named = f"{BOOT_ID_VARIABLE}={host.folder / 'boot_id'}".encode()
            if b"jupyter_green.cluster.agent" in words and named in environ:
                found.append(int(folder.name))
    return found


def lives(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended_within(seconds: float, pids: Iterable[int]) -> bool:
    """Return whether all these processes end in time."""
    until_s = time.monotonic() + seconds
    while alive := [pid for pid in pids if lives(pid)]:
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05 * min(1, len(alive)))
    return True
