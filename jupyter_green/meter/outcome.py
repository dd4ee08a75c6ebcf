"""What the program has said so far of what it achieved in a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..printable import printable, shortened
from ..report import outcome
from ..report.fields import MAX_NOTE, MAX_NOTES


class Outcome:
    """The metrics of one window, the units of work done in it, and what could not be told."""

    def __init__(self) -> None:
        self._metric: dict[str, float] = {}
        self._count: float | None = None
        self._unit: str | None = None
        self._notes: list[str] = []

    def log(self, found: Mapping[str, object]) -> None:
        """Take metrics; a later value of one takes the place of the earlier."""
        self._metric = outcome.metrics({**self._metric, **found})

    def count(self, number: object, unit: object) -> None:
        """Add units of work to those that were done before.

        Raises
        ------
        ValueError
            For another unit than before.
        """
        found, name = outcome.work(number, unit)
        if self._unit not in (None, name):
            raise ValueError(
                f"{shortened(printable(str(self._unit)), 80)} is counted already, so joules per "
                f"{shortened(printable(name), 80)} cannot be: count one unit in a window"
            )
        self._count, _ = outcome.work((self._count or 0.0) + found, name)
        self._unit = name

    def note(self, sentence: str) -> None:
        """Take a sentence on what could not be told."""
        if len(self._notes) < MAX_NOTES:
            self._notes.append(shortened(printable(sentence), MAX_NOTE))

    def fields(self) -> dict[str, Any]:
        """Return the report's fields that it fills."""
        return {
            "metric": dict(self._metric),
            "per_count": self._count,
            "per_unit": self._unit,
            "notes": tuple(self._notes),
        }
