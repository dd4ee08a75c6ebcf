"""What is read while windows are open, kept once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..meter.readings import Readings
from ..sampler.accumulator import DomainSample


@dataclass
class _Course:
    """The readings of one domain, as they came."""

    first: int = 0
    """The place of the first one that is kept."""
    kept: list[DomainSample] = field(default_factory=list)
    disorder: int = 0
    """The place of the last one that came after a later one."""

    @property
    def end(self) -> int:
        return self.first + len(self.kept)


class Stream:
    """The readings of all domains, each of which has a place in its domain's row."""

    def __init__(self) -> None:
        self._courses: dict[str, _Course] = {}

    def __len__(self) -> int:
        """Return how many readings are kept of the domain that has most."""
        return max((len(course.kept) for course in self._courses.values()), default=0)

    @property
    def places(self) -> Mapping[str, int]:
        """Where the next reading of each domain comes."""
        return {id_: course.end for id_, course in self._courses.items()}

    def add(self, id_: str, readings: Iterable[DomainSample]) -> None:
        """Take in readings of a domain."""
        course = self._courses.setdefault(id_, _Course())
        kept = course.kept
        for reading in readings:
            if kept and reading.t_ns <= kept[-1].t_ns:
                if reading.t_ns == kept[-1].t_ns:
                    continue  # the reading at an edge of two windows comes for each of them
                course.disorder = course.end
            kept.append(reading)

    def pour(self, into: Readings, places: Mapping[str, int]) -> None:
        """Add to a window's readings those from these places on."""
        for id_, course in self._courses.items():
            place = max(places.get(id_, 0), course.first)
            if place == course.end:
                continue
            come = course.kept[place - course.first :]
            if course.disorder <= place:
                into.add_in_order(id_, come)
            else:
                into.add_readings(id_, come)

    def forget(self) -> None:
        """Forget the readings that there are."""
        for course in self._courses.values():
            course.first = course.end
            course.kept = []
