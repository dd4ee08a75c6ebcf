"""Ray as the meter sees it before it is connected, and once it is."""

from types import SimpleNamespace

import pytest

from jupyter_green.cluster.ray.engine import RayEngine


class StandInRay:
    """The module: like Ray it starts by itself where it is asked for more than whether it runs."""

    def __init__(self):
        self.runs = False
        self.has_started_itself = False
        self.util = SimpleNamespace(get_node_ip_address=lambda: "127.0.0.1")

    def is_initialized(self):
        return self.runs

    def get_runtime_context(self):
        self.has_started_itself |= not self.runs
        return SimpleNamespace(get_job_id=lambda: "01")

    def nodes(self):
        return []


def started(engine):
    """Have it look for nodes, and wait until it has."""
    engine.start(lambda _: None)
    engine._starting.join(timeout=10.0)


def test_ray_is_not_started_before_the_program_does_so():
    ray = StandInRay()
    engine = RayEngine(ray)
    started(engine)
    assert not ray.has_started_itself
    assert "call ray.init() first" in engine.fault
    with pytest.raises(OSError, match="not connected"):
        engine.hosts()


def test_what_was_wrong_before_is_forgotten_when_it_is_tried_again():
    ray = StandInRay()
    engine = RayEngine(ray)
    started(engine)
    ray.runs = True
    faults = []
    ray.nodes = lambda: faults.append(engine.fault) or []
    started(engine)
    engine.stop()
    assert faults
    assert set(faults) == {None}
    assert engine.fault is None
