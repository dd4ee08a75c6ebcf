"""For how long tasks ran on the hosts of a Dask cluster, as its scheduler tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from ...clock import now_ns
from ..engine import HostTasks, TaskTime
from .task_seconds import BUSY, OTHERS, OWN
from .topics import TASKS

NOT_INSTALLED = (
    "jupyter_green is not installed where the scheduler is: install it there as well, to see which "
    "tasks used how much"
)


class DaskTasks:
    """Asks the scheduler's plugin, which the first window has it run.

    Parameters
    ----------
    ask
        Asks the scheduler; raises OSError where it does not answer, or cannot.
    notebook
        The client whose tasks are its own.
    hosts
        Returns on which host each worker is, as far as they have said so.
    """

    def __init__(
        self,
        ask: Callable[..., Any],
        notebook: str,
        hosts: Callable[[], Mapping[str, str]],
    ) -> None:
        self._ask = ask
        self._notebook = notebook
        self._hosts = hosts

    def begin(self, window: str) -> None:
        """Count from now on."""
        from distributed.protocol.pickle import dumps

        from .scheduler_plugin import TaskPlugin

        plugin = TaskPlugin()
        try:
            self._ask(
                "register_scheduler_plugin", plugin=dumps(plugin), name=plugin.name, idempotent=True
            )
        except OSError as error:
            if isinstance(error.__cause__, ModuleNotFoundError):
                raise OSError(NOT_INSTALLED) from error
            raise
        hosts = dict(self._hosts())
        self._ask(TASKS, window=window, client=self._notebook, ago_s=0.0, hosts=hosts)

    def end(self, window: str, end_ns: int) -> dict[str, HostTasks]:
        """Return what was counted until a time of this host's clock."""
        ago_s = (now_ns() - end_ns) * 1e-9
        told = self._ask(TASKS, window=window, client=self._notebook, ago_s=ago_s)
        return host_tasks(told, self._hosts()) if told else {}


def host_tasks(told: Mapping[str, Any], hosts: Mapping[str, str]) -> dict[str, HostTasks]:
    """Return by host what a scheduler has told of a window, see :meth:`.TaskSeconds.close`.

    A worker that has joined within it stands there by its address: `hosts` says where it is.
    """
    times: defaultdict[tuple[str, str], defaultdict[str, TaskTime]]
    times = defaultdict(lambda: defaultdict(TaskTime))
    for where, whose, prefix, tasks, seconds in told["rows"]:
        times[hosts.get(where, where), whose][prefix] += TaskTime(tasks, seconds)
    known = {hosts.get(where, where) for where in told["hosts"]} | {host for host, _ in times}
    return {
        host: HostTasks(
            slice_s=told["slice_s"],
            busy_s=times[host, BUSY][""].seconds,
            own=dict(times[host, OWN]),
            others=times[host, OTHERS][""],
        )
        for host in known
    }
