"""What Dask runs in each worker when it starts: it has an agent meter the worker's host.

A worker is sent the text of this file. It could not load the plugin by its name where jupyter_green
is not installed, and a worker that cannot load a plugin does not start.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from typing import Any

from distributed import WorkerPlugin


class AgentPlugin(WorkerPlugin):
    """Starts the agent, says which host this is, and never fails: the worker has other work.

    Parameters
    ----------
    cluster
        What tells this cluster from others.
    workers
        The topic where a worker says on which host it is; ``None`` without jupyter_green.
    """

    name = "jupyter-green"

    def __init__(self, cluster: str, workers: str) -> None:
        self._cluster = cluster
        self._workers = workers
        self._presence: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Be made of text, which any Python reads."""
        names = {
            "text": inspect.getsource(sys.modules[__name__]),
            "cluster": self._cluster,
            "workers": self._workers,
        }
        return eval, ("(exec(text), AgentPlugin(cluster, workers))[1]", names)

    def setup(self, worker: Any) -> None:
        """Start the agent of this host unless one is at work."""
        with contextlib.suppress(Exception):
            try:
                presence = importlib.import_module("jupyter_green.cluster.dask.presence")
            except Exception:  # noqa: BLE001  (what is half installed may raise anything)
                worker.log_event(self._workers, [worker.address, None])
            else:
                self._presence = presence.begin(worker, self._cluster)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  (Dask's interface)
        """Need the agent no more."""
        if self._presence is not None:
            self._presence.end()
