"""The limited container that a kernel is in, as the CPU estimate sees it."""

from __future__ import annotations

import math

from ..sources import cpu_busy
from .host_load import Container


def limited_container(busy: cpu_busy.BusyTime | None = None) -> Container | None:
    """Return the container whose time the CPU estimate counts, ``None`` where it is the machine's.

    Parameters
    ----------
    busy
        Where busy time is read, if not as :func:`.cpu_busy.find` says.
    """
    busy = busy or cpu_busy.find()
    if busy is None or not busy.is_container:
        return None
    return Container(lambda: busy.read().busy_s, math.ceil(busy.vcpus))
