"""Hosts on this machine, the first of which is the one where the tests run."""

import pytest

from jupyter_green.meter.shared import close_shared_meter
from tests.testbench.cluster_hosts import cluster_hosts


@pytest.fixture
def hosts(tmp_path, monkeypatch):
    """This one, one for four workers, and one for a single one."""
    with cluster_hosts(tmp_path, 20.0, 50.0, 80.0) as made:
        for name, value in made[0].env.items():
            monkeypatch.setenv(name, value)
        close_shared_meter()
        yield made
        close_shared_meter()
