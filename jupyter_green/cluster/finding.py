"""Which engine an object belongs to, without loading any that the program does not use."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from ..printable import printable, shortened
from .agents import Agents
from .cluster_window import ClusterWindow
from .engine import Engine

KNOWN = "a client of dask.distributed or the module ray"

_agents: WeakKeyDictionary[Any, Agents] = WeakKeyDictionary()
"""Of each cluster that was metered: agents are at work from one window to the next."""


def window_of(cluster: object) -> ClusterWindow:
    """Return a window, not begun, on the hosts of a cluster.

    Parameters
    ----------
    cluster
        A client of Dask's, or the module ``ray``.

    Raises
    ------
    TypeError
        For anything else.
    """
    engine_of = _kind(cluster)
    if engine_of is None:
        what = f"{shortened(printable(repr(cluster)), 80)} ({type(cluster).__name__})"
        raise TypeError(f"a cluster is given by {KNOWN}, not by {what}")
    if cluster not in _agents:
        _agents[cluster] = Agents(engine_of(cluster))
    return ClusterWindow(_agents[cluster])


def _kind(cluster: object) -> Callable[[object], Engine] | None:
    """Return what makes an engine of it, by the module that its type comes from."""
    if isinstance(cluster, ModuleType):
        return _ray if cluster.__name__ == "ray" else None
    modules = {kind.__module__ for kind in type(cluster).__mro__}
    return next((_ENGINES[name] for name in modules if name in _ENGINES), None)


def _dask(client: object) -> Engine:
    from .dask.engine import DaskEngine

    return DaskEngine(client)


def _ray(module: object) -> Engine:
    from .ray.engine import RayEngine

    return RayEngine(module)


_ENGINES: dict[str, Callable[[object], Engine]] = {"distributed.client": _dask}
