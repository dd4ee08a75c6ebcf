"""``--cluster``: the hosts that are metered beside the notebook's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...meter.elsewhere import Elsewhere


def elsewhere(name: str | None, namespace: Mapping[str, Any]) -> Elsewhere | None:
    """Return a cell's window on the cluster whose client this variable holds; ``None`` without one.

    Where there is no such variable, or no cluster in it, the cell runs, and its report says that.
    """
    if name is None:
        return None
    from ...cluster.finding import window_of
    from ...cluster.without import WithoutCluster

    if name not in namespace:
        return WithoutCluster(f"there is no variable {name}")
    try:
        return window_of(namespace[name])
    except TypeError as error:
        return WithoutCluster(str(error))
