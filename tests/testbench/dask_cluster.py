"""A real Dask cluster whose workers are on stand-in hosts: nannies, and a scheduler on loopback."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from jupyter_green.sources.variables import BOOT_ID_VARIABLE

from .cluster_hosts import ClusterHost

LOOPBACK = "127.0.0.1"


def on(host: ClusterHost, **more: Any) -> dict[str, Any]:
    """Return how a worker on a host is started, for ``SpecCluster``."""
    from distributed import Nanny

    options = {"nthreads": 1, "env": host.env, "memory_limit": 0, "host": LOOPBACK}
    return {"cls": Nanny, "options": {**options, "dashboard": False, **more}}


@contextmanager
def dask_cluster(hosts: Sequence[ClusterHost], **options: Any) -> Iterator[Any]:
    """Yield a client of a cluster with a worker on each of these hosts, which may be the same."""
    from distributed import Client, Scheduler, SpecCluster

    scheduler = {"cls": Scheduler, "options": {"host": LOOPBACK, "dashboard": False, **options}}
    workers = {number: on(host, **options) for number, host in enumerate(hosts)}
    with (
        SpecCluster(scheduler=scheduler, workers=workers, silence_logs=50, **options) as cluster,
        Client(cluster, **options) as client,
    ):
        client.wait_for_workers(len(hosts))
        yield client


def temporary_security() -> Any:
    """Return certificates for a cluster that is gone soon."""
    from distributed import Security

    return Security.temporary()


def hold_lock(numbers: int) -> int:
    """Hold Python's lock of a worker for a while, as a long call of an extension does."""
    return sum(range(numbers))


def spin(seconds: float, *_: Any) -> None:
    """Keep a thread busy for so long."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        pass


def spin_more(seconds: float, *_: Any) -> None:
    """Do the same, as a task of another prefix."""
    spin(seconds)


def worker_pids(client: Any, host: ClusterHost) -> list[int]:
    """Return the processes of the workers on a host."""
    found: dict[str, tuple[int, str | None]] = client.run(_process)
    return [pid for pid, boot_id in found.values() if boot_id == host.env[BOOT_ID_VARIABLE]]


def _process() -> tuple[int, str | None]:
    return os.getpid(), os.environ.get(BOOT_ID_VARIABLE)
