"""What an agent's process runs: it leaves its worker, takes the host's lock, and joins the cluster.

It bears the samplers' name: its work is a meter's own, and nobody's share.
"""

from __future__ import annotations

import json
import os
import queue
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ...meter.machine_baseline import machine_baseline
from ...meter.meter import Meter
from ...sampler.processes import call_this_a_sampler
from .agent import Agent
from .election import agent_lock, workers_lock
from .link import Inbox, Link


def main() -> None:
    """Meter this host until its cluster has ended."""
    settings = json.loads(sys.stdin.buffer.read())
    if hasattr(os, "fork") and os.fork():
        os._exit(0)
    call_this_a_sampler()
    cluster = settings["cluster"]
    own, workers = agent_lock(cluster), workers_lock(cluster)
    if not own.take():
        return
    inbox: Inbox = queue.SimpleQueue()
    try:
        link = _LINKS[settings["link"]["kind"]](settings["link"], inbox)
        with Meter() as meter:
            meter.baseline = machine_baseline()
            Agent(link, inbox, meter, has_workers=workers.may_be_held).run()
    finally:
        own.remove()
        if not workers.may_be_held():
            workers.remove()
        os._exit(0)  # a link may have threads that wait for a cluster that is gone


def _dask(settings: Mapping[str, Any], inbox: Inbox) -> Link:
    from ..dask.link import DaskLink

    return DaskLink(settings, inbox)


def _ray(settings: Mapping[str, Any], inbox: Inbox) -> Link:
    from ..ray.link import NotebookLink

    return NotebookLink(settings, inbox)


_LINKS: dict[str, Callable[[Mapping[str, Any], Inbox], Link]] = {"dask": _dask, "ray": _ray}


if __name__ == "__main__":
    main()
