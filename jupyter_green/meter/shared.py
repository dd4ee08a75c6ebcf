"""The meter that all of this process shares, and what it can measure."""

from __future__ import annotations

import os

from ..sources.base import Discovery
from .meter import Meter

_shared: Meter | None = None
_shared_pid = 0


def shared_meter() -> Meter:
    """Return this process's meter, made on the first use (and again after a fork)."""
    global _shared, _shared_pid
    if _shared is None or _shared_pid != os.getpid():
        _shared, _shared_pid = Meter(), os.getpid()
    return _shared


def existing_meter() -> Meter | None:
    """Return this process's meter, if it has been made."""
    return _shared if _shared_pid == os.getpid() else None


def close_shared_meter() -> None:
    """End this process's sampler; the next use starts another."""
    global _shared  # noqa: PLW0603  (one sampler per process is the point)
    if _shared is not None and _shared_pid == os.getpid():
        _shared.close()
    _shared = None


def discover() -> Discovery:
    """Return what can be measured here, and what cannot, why, and the remedy."""
    return shared_meter().discover()
