"""Interrupts of a magic: the cell counts as interrupted, and the meter's inside is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_traceback() -> Iterator[None]:
    """Let IPython show an interrupt as one line.

    It is raised again all the same, so that the cells after this one do not run.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        show_as_one_line(interrupt)
        raise


def show_as_one_line(interrupt: KeyboardInterrupt) -> None:
    """Give an interrupt what IPython asks exceptions for that render themselves."""
    interrupt._render_traceback_ = lambda: ["KeyboardInterrupt"]  # type: ignore[attr-defined]
