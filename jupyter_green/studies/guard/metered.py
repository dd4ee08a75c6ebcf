"""A test as a window: its joules go into its report, and with that into JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...meter.measure import status_of
from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...report import format as figures
from ...report import words
from ...report.fields import MAX_LABEL
from ...report.report import Report

Properties = list[tuple[str, object]]

NAMES = frozenset({"energy", "energy_time", "energy_j", "energy_result"})
"""What is kept of a test, among its own properties."""


class Metered:
    """A test that was metered."""

    report: Report | None = None
    """Of the test's call without its fixtures; ``None`` where the meter failed."""

    def __init__(self, properties: Properties) -> None:
        self.properties = properties

    def say(self, sentence: str) -> None:
        """Keep a sentence for the table at the end."""
        self.properties.append(("energy_result", sentence))


@contextmanager
def metered(name: str, properties: Properties) -> Iterator[Metered]:
    """Meter a test, whose exceptions pass through; a meter that fails costs the figures alone.

    Parameters
    ----------
    name
        Of the test.
    properties
        Where its joules are kept: ``energy`` and ``energy_time`` for people, ``energy_j`` in J.
    """
    test = Metered(properties)
    window, status = None, "ok"
    try:
        window = shared_meter().window(Subject(label=name[-MAX_LABEL:]))
        window.begin()
    except Exception as error:  # noqa: BLE001  (the test runs, whatever happens here)
        test.say(f"not metered: {error}")
    try:
        yield test
    except BaseException as error:
        status = status_of(error)
        raise
    finally:
        try:
            if window is not None and window.begin_ns is not None:
                test.report = window.end(status)
        except Exception as error:  # noqa: BLE001
            test.say(f"not metered: {error}")
        properties += _properties(test.report)


def _properties(report: Report | None) -> Properties:
    if report is None:
        return [("energy", "not measured")]
    found: Properties = [("energy", words.joules(report))]
    found.append(("energy_time", figures.duration(report.duration_s)))
    if report.energy_j is not None:
        found.append(("energy_j", report.energy_j))
    return found
