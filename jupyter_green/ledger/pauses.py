"""What sessions used between their windows, without what other sessions metered meanwhile.

A pause is a row like that of a window, from the end of one window to the begin of the session's
next one, with what the counters went on by. It takes nothing from a window: what any window
metered in that time is taken out of it. Of several sessions' pauses the one that began first has
what is left of the time in common.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from .groups import Group
from .metered import Metered

BETWEEN = "between cells"


class _Stretch(NamedTuple):
    """A time in which some window was open, and what the device used meanwhile."""

    begin_ns: int
    end_ns: int
    energy_j: float


def own_of_pauses(pauses: Sequence[Metered], windows: Iterable[Metered]) -> list[list[float]]:
    """Return the joules of each pause's parts that are in no window and no earlier pause.

    Parameters
    ----------
    pauses
        In any order.
    windows
        All those that were open in some of their time.
    """
    metered = _metered(windows)
    covered: dict[Hashable, int] = {}
    found: list[list[float]] = [[] for _ in pauses]
    for place in sorted(range(len(pauses)), key=lambda place: _order(pauses[place])):
        each = pauses[place]
        if each.span is None:
            found[place] = [part.energy_j for part in each.parts]
            continue
        host, begin_ns, end_ns = each.span
        for part in each.parts:
            device = host, part.device
            some = metered.get(device, ())
            free_from_ns = max(begin_ns, covered.get(device, begin_ns))
            metered_j, metered_ns = _within(some, begin_ns, end_ns)
            _, late_ns = _within(some, free_from_ns, end_ns)
            left_ns, free_ns = end_ns - begin_ns - metered_ns, end_ns - free_from_ns - late_ns
            left_j = max(0.0, part.energy_j - metered_j)
            found[place].append(left_j * free_ns / left_ns if free_ns > 0 else 0.0)
            covered[device] = max(end_ns, covered.get(device, end_ns))
    return found


def pause_id(run_id: str) -> str:
    """Return the id of the pause before a window."""
    return hashlib.sha256(f"pause before {run_id}".encode()).hexdigest()[:32]


def add_pause(group: Group, each: Metered, own: Sequence[float]) -> None:
    """Add a pause, of whose parts so many joules are its own, to a group."""
    group.windows += 1
    group.sum_j += each.energy_j or 0.0
    group.duration_s += each.duration_s
    for part, own_j in zip(each.parts, own, strict=True):
        group.measured.add(part, own_j)


def between_cells(pauses: Sequence[Metered], windows: Iterable[Metered]) -> Group:
    """Return what all of these pauses used."""
    group = Group(BETWEEN)
    for each, own in zip(pauses, own_of_pauses(pauses, windows), strict=True):
        add_pause(group, each, own)
    return group


def _order(each: Metered) -> tuple[int, int, str]:
    _, begin_ns, end_ns = each.span or ("", 0, 0)
    return begin_ns, -end_ns, each.run_id


def _metered(windows: Iterable[Metered]) -> dict[Hashable, list[_Stretch]]:
    """Return by device the times in which a window was open, apart from each other."""
    spans: dict[Hashable, list[tuple[int, int, float, str, float]]] = {}
    for each in windows:
        if each.span is None:
            continue
        host, begin_ns, end_ns = each.span
        for part in each.parts:
            if not part.is_estimate and begin_ns < end_ns:
                of_device = spans.setdefault((host, part.device), [])
                of_device.append((begin_ns, -end_ns, -part.energy_j, each.run_id, part.energy_j))
    return {device: _apart(sorted(found)) for device, found in spans.items()}


def _apart(spans: Iterable[tuple[int, int, float, str, float]]) -> list[_Stretch]:
    """Return times that do not overlap: what several windows share is the first one's."""
    found: list[_Stretch] = []
    for begin_ns, minus_end_ns, _, _, energy_j in spans:
        end_ns = -minus_end_ns
        from_ns = max(begin_ns, found[-1].end_ns) if found else begin_ns
        if from_ns < end_ns:
            part_j = energy_j * (end_ns - from_ns) / (end_ns - begin_ns)
            found.append(_Stretch(from_ns, end_ns, part_j))
    return found


def _within(stretches: Sequence[_Stretch], begin_ns: int, end_ns: int) -> tuple[float, int]:
    """Return the joules and the nanoseconds of stretches that are between two times."""
    energy_j, duration_ns = 0.0, 0
    first = bisect_right(stretches, begin_ns, key=lambda each: each.end_ns)
    for place in range(first, len(stretches)):
        each = stretches[place]
        if each.begin_ns >= end_ns:
            break
        shared_ns = min(end_ns, each.end_ns) - max(begin_ns, each.begin_ns)
        energy_j += each.energy_j * shared_ns / (each.end_ns - each.begin_ns)
        duration_ns += shared_ns
    return energy_j, duration_ns
