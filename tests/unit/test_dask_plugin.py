"""The plugin as Dask's workers load it, also those that have no jupyter_green."""

import pickle
import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")

from jupyter_green.cluster.dask.plugin import AgentPlugin

WORKER = """
import pickle, sys
sys.modules["jupyter_green"] = None
class Worker:
    address = "tcp://one"
    def log_event(self, topic, words):
        print(topic, words)
plugin = pickle.load(sys.stdin.buffer)
plugin.setup(worker=Worker())
plugin.teardown(worker=Worker())
print(plugin.name)
"""


def test_it_loads_where_jupyter_green_is_not_installed_and_says_so():
    sent = pickle.dumps(AgentPlugin("cluster-1", "hosts-of-workers"))
    done = subprocess.run(
        [sys.executable, "-c", WORKER], input=sent, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == [
        "hosts-of-workers ['tcp://one', None]",
        "jupyter-green",
    ]


def test_where_it_is_installed_the_worker_says_its_host_and_starts_its_agent(monkeypatch):
    begun = []
    monkeypatch.setattr(
        "jupyter_green.cluster.dask.presence.begin", lambda *given: begun.append(given)
    )
    plugin = pickle.loads(pickle.dumps(AgentPlugin("cluster-1", "hosts-of-workers")))
    worker = object()
    plugin.setup(worker=worker)
    assert begun == [(worker, "cluster-1")]
