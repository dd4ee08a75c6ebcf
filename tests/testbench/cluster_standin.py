"""A cluster whose agents answer as they are told to, at once, each by its own clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_green.clock import now_ns
from jupyter_green.cluster import words as said
from jupyter_green.cluster.engine import TaskCounts
from jupyter_green.report.report import Report


@dataclass
class StandInAgent:
    """The agent of a host: `report` is what it tells of any window."""

    host: str
    id: str
    report: Report
    ahead_ns: int = 0
    silent_to: set[str] = field(default_factory=set)
    """What it does not answer."""
    edges_ns: list[int] | None = None
    """What it was told of the window that ended last."""

    def answers(self, words: Sequence[Any]) -> list[list[Any]]:
        """Return what it says to a message."""
        kind, rest = words[0], words[1:]
        if kind in self.silent_to:
            return []
        if kind == said.PING:
            return [[said.PONG, rest[1], now_ns() + self.ahead_ns, now_ns() + self.ahead_ns]]
        if kind == said.END:
            self.edges_ns = rest[2].get(self.host)
            return [[said.ENDED, rest[1], json.dumps(self.report.to_dict())]]
        known = {
            said.WHO: [said.HERE],
            said.OPEN: [said.OPENED, *rest[1:2]],
            said.BEGIN: [said.BEGUN, *rest[1:2]],
        }
        return [known[kind]] if kind in known else []


class StandInEngine:
    """What has the agents, and carries messages; it keeps what it was told."""

    notebook = "notebook-1"
    fault: str | None = None
    lacking: str | None = None
    tasks: TaskCounts | None = None

    def __init__(self, *agents: StandInAgent, workers: Mapping[str, str | None]) -> None:
        self.agents = list(agents)
        self.workers = workers
        self.told: list[Sequence[Any]] = []
        self.is_down = False
        self.heard: Callable[[Sequence[Any]], None] = lambda _: None

    def start(self, heard: Callable[[Sequence[Any]], None]) -> None:
        """Have what agents say heard."""
        self.heard = heard

    def hosts(self) -> Mapping[str, str | None]:
        """Return the workers."""
        if self.is_down:
            raise OSError("the scheduler does not answer")
        return self.workers

    def mark(self, words: Sequence[Any]) -> None:
        """Tell all agents."""
        if self.is_down:
            raise OSError("the scheduler does not answer")
        self.told.append(words)
        for agent in self.agents:
            for kind, *rest in agent.answers(words):
                self.say(agent, kind, *rest)

    def say(self, agent: StandInAgent, kind: str, *rest: object) -> None:
        """Have an agent say something."""
        self.heard([kind, agent.host, agent.id, *rest])

    def stop(self) -> None:
        """Do nothing."""
