"""What metering a Dask cluster of many hosts costs the notebook and the scheduler.

``python -m benchmarks.cluster [HOSTS [SECONDS]]``: a real scheduler, and as many simulated agents
as there are to be hosts, in a process beside. They are clients of the scheduler's as real ones are,
and say what these say: records of a processor and a board each second, and a curve at the end.
"""

from __future__ import annotations

import json
import queue
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
from distributed import Client

from jupyter_green.clock import now_ns
from jupyter_green.cluster import words as said
from jupyter_green.cluster.agent.agent import ASKED_EACH_S
from jupyter_green.cluster.agent.link import Heard, Inbox
from jupyter_green.cluster.agents import Agents
from jupyter_green.cluster.cluster_window import ClusterWindow
from jupyter_green.cluster.dask.engine import DaskEngine
from jupyter_green.cluster.dask.link import DaskLink
from jupyter_green.notebook.live import elsewhere
from jupyter_green.notebook.live.messages import ELSEWHERE_S
from tests.testbench.reports import domain, report

HOSTS, SECONDS = 50, 20.0
AIMS = {"notebook": 2.0, "scheduler": 5.0}
"""Share of a core, in percent."""
SCHEDULER = """
import asyncio
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
SECURITY = {"require_encryption": False}


def agents(address: str, count: int) -> None:
    """Be the agents of so many hosts until the input ends."""
    for number in range(count):
        inbox: Inbox = queue.SimpleQueue()
        link = DaskLink({"address": address, "security": SECURITY}, inbox)
        agent = SimulatedAgent(f"{number:08x}", link, inbox)
        threading.Thread(target=agent.run, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


class SimulatedAgent:
    """Says what the agent of a host says that reads a processor and a board."""

    def __init__(self, host: str, link: DaskLink, inbox: Inbox) -> None:
        self._host = host
        self._link = link
        self._inbox = inbox
        domains = domain("cpu:0/package"), domain("gpu:0", board=f"GPU-{host}")
        self._final = json.dumps(report(*domains, host=host, points=240).to_dict())
        self._each_second = json.dumps(report(*domains, host=host, points=2).to_dict())
        self._notebook = self._window = ""
        self._tick: list[int] | None = None
        self._due_s = float("inf")

    def run(self) -> None:
        """Answer, and tell each second while a window is open."""
        asks_s = time.monotonic() + ASKED_EACH_S * random.random()
        while True:
            try:
                wait_s = max(0.0, min(self._due_s, asks_s) - time.monotonic())
                heard = self._inbox.get(timeout=wait_s)
            except queue.Empty:
                heard = None
            if isinstance(heard, Heard):
                kind, self._notebook, *rest = heard.words
                self._answer(heard.t_ns, kind, rest)
            if time.monotonic() >= asks_s:
                self._link.is_up()
                asks_s += ASKED_EACH_S
            if time.monotonic() >= self._due_s:
                self._due_s += said.EACH_S
                answer = [*self._tick, now_ns()] if self._tick else None
                self._say(said.SO_FAR, answer, {self._window: self._each_second})

    def _answer(self, t_ns: int, kind: str, rest: list[Any]) -> None:
        if kind == said.WHO:
            self._say(said.HERE)
        elif kind == said.PING:
            self._say(said.PONG, rest[0], t_ns, now_ns())
        elif kind == said.TICK:
            self._tick = [rest[0], t_ns]
        elif kind == said.OPEN:
            self._window, self._due_s = rest[0], time.monotonic() + said.EACH_S
            self._say(said.OPENED, self._window)
        elif kind == said.BEGIN:
            self._say(said.BEGUN, self._window)
        elif kind == said.END:
            self._due_s = float("inf")
            self._say(said.ENDED, self._window, self._final)

    def _say(self, kind: str, *rest: object) -> None:
        self._link.say(self._notebook, [kind, self._host, self._link.id, *rest])


def cost(count: int, seconds: float) -> None:
    """Print what a window of so many seconds on so many hosts costs."""

    def started(*command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Dask says of each of them that it comes and goes
            text=True,
        )

    scheduler = started("-c", SCHEDULER)
    assert scheduler.stdout is not None
    address = scheduler.stdout.readline().strip()
    hosts = started("-m", "benchmarks.cluster", "agents", address, str(count))
    try:
        assert hosts.stdout is not None
        hosts.stdout.readline()
        with Client(address) as client:
            _measure(
                client,
                {"notebook": psutil.Process(), "scheduler": psutil.Process(scheduler.pid)},
                count,
                seconds,
            )
    finally:
        for each in (hosts, scheduler):
            each.kill()
            each.wait()


def _measure(client: Any, processes: dict[str, psutil.Process], count: int, seconds: float) -> None:
    all_agents = Agents(DaskEngine(client))
    all_agents.gather()
    until_s = time.monotonic() + 30.0
    while len(all_agents.present) < count and time.monotonic() < until_s:
        all_agents.engine.mark([said.WHO, all_agents.engine.notebook, "here"])
        time.sleep(0.5)
    print(f"{len(all_agents.present)} hosts")
    time.sleep(1.0)
    idle = _shares(processes, seconds)
    window = ClusterWindow(all_agents)
    begun_s = time.monotonic()
    window.open("run-1")
    begin_ns = now_ns()
    opened_s = time.monotonic()
    window.begin(begin_ns)
    read_s = time.monotonic()
    metered = _shares(processes, seconds)
    watched = _shares(processes, seconds, lambda: elsewhere.record(window.so_far(())))
    ended_s = time.monotonic()
    window.end(begin_ns, now_ns())
    is_whole = window.wait(10.0)
    told_s = time.monotonic()
    found = window.joined(report(domain(energy_j=1.0), host="own"))
    joined_s = time.monotonic()
    for name, share in metered.items():
        print(
            f"{name}: {share:.2f} % of a core, {watched[name]:.2f} % with a live view, "
            f"{idle[name]:.2f} % without a window; aim {AIMS[name]:g} %"
        )
    print(f"begin: {1e3 * (opened_s - begun_s):.0f} ms, and {1e3 * (read_s - opened_s):.0f} in it")
    print(f"end: {1e3 * (told_s - ended_s):.0f} ms, all told: {is_whole}")
    took_ms = 1e3 * (joined_s - told_s)
    print(f"the report of {len(found.hosts)} hosts: {took_ms:.0f} ms")


def _shares(
    processes: dict[str, psutil.Process],
    seconds: float,
    shows: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Return what each process uses in so many seconds, in percent of a core.

    `shows` is called as often as a live view tells of other hosts.
    """
    before = {name: sum(each.cpu_times()[:2]) for name, each in processes.items()}
    begun_s = time.monotonic()
    while time.monotonic() < begun_s + seconds:
        shows()
        time.sleep(ELSEWHERE_S)
    took_s = time.monotonic() - begun_s
    return {
        name: 100 * (sum(each.cpu_times()[:2]) - before[name]) / took_s
        for name, each in processes.items()
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["agents"]:
        agents(sys.argv[2], int(sys.argv[3]))
    else:
        numbers = [*map(float, sys.argv[1:])]
        cost(int((numbers or [HOSTS])[0]), (numbers[1:] or [SECONDS])[0])
