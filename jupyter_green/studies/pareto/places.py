"""Where the names of points stand in a figure: beside their points, and off each other."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

Place = tuple[int, int]
"""1 or -1 each: to the right or the left of the point, above or below it."""
_PLACES: tuple[Place, ...] = ((1, -1), (-1, -1), (1, 1), (-1, 1))
"""Those that there are, the one that is taken first where all are free."""
_PASSES = 3
_OUTSIDE = 100
"""How many overlaps a name that leaves the frame is as bad as."""


@dataclass(frozen=True)
class Box:
    """A rectangle, in any unit."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two have room in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, other: Box) -> bool:
        """Whether the other one is nowhere outside of this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )


def name_box(point: tuple[float, float], width: float, size: float, place: Place) -> Box:
    """Return where a name stands that is so wide, in letters of this size, beside its point."""
    across, _ = place
    x, y = point[0] + across * 0.6 * size, point[1] + baseline(size, place)
    left = x if across > 0 else x - width
    return Box(left, y - 0.25 * size, left + width, y + 0.8 * size)


def baseline(size: float, place: Place) -> float:
    """Return how far above its point a name's line is."""
    return 0.55 * size if place[1] > 0 else -1.2 * size


def places(
    points: Sequence[tuple[float, float]], widths: Sequence[float], size: float, frame: Box
) -> list[Place]:
    """Return where each name stands so that few cover another name or a point.

    Parameters
    ----------
    points
        Across and up, in the unit of all that follows.
    widths
        Of the names.
    size
        Of their letters, and about that of the points.
    frame
        What no name should leave.
    """
    half = 0.4 * size
    dots = [Box(x - half, y - half, x + half, y + half) for x, y in points]
    found: dict[int, Place] = {}

    def box(number: int, place: Place) -> Box:
        return name_box(points[number], widths[number], size, place)

    def cost(number: int, place: Place) -> int:
        wanted = box(number, place)
        others = [box(other, at) for other, at in found.items() if other != number]
        covered = sum(wanted.overlaps(each) for each in (*others, *dots))
        return covered + (0 if frame.holds(wanted) else _OUTSIDE)

    for _ in range(_PASSES):  # an early one may give way to a later one that has no other place
        for number in range(len(points)):
            found[number] = min(_PLACES, key=functools.partial(cost, number))
    return list(found.values())
