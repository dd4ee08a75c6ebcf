"""Metering one run of code, as ``timeit`` times one: with garbage collection off."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from ..meter.measure import status_of
from ..meter.window import Window


@contextmanager
def collection_off() -> Iterator[None]:
    """Keep garbage collection off, so that no run pays for what another has left."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def open_window(window: Window) -> Iterator[None]:
    """Begin a window, and end it without waiting; what is raised within passes through."""
    try:
        window.begin()
        yield
    except BaseException as error:
        if window.is_open:
            window.end(status_of(error), wait=False)
        raise
    window.end(wait=False)
