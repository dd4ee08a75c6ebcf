"""Joules that several windows of a host metered at the same time, counted once.

A device's joules of a stretch of time are the same for every window that was open then. Windows
are taken in the order of their begins, the longer first, then the one with more joules. Each adds
to the total that part of its joules which its time outside of all earlier windows is of its whole
time: all of them where it overlaps none, nothing where it lies within another one.

What a window within another one of its own session used is taken out of that one's and is its
own, so that a cell's stages have joules of their own. All windows' own joules add up to the total.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """What a window says of one device."""

    device: Hashable
    """The host's boot and its device: spans of different ones never overlap."""
    session: Hashable
    begin_ns: int
    end_ns: int
    energy_j: float


class _Open(NamedTuple):
    number: int
    span: Span


def own_joules(spans: Sequence[Span]) -> list[float]:
    """Return the joules of each span that are its own; their sum counts nothing twice.

    Takes n log n steps. Parameters and result are in the same order.
    """
    own = [0.0] * len(spans)
    of_device: dict[Hashable, list[int]] = {}
    for index, span in enumerate(spans):
        of_device.setdefault(span.device, []).append(index)
    for indices in of_device.values():
        indices.sort(key=lambda n: (spans[n].begin_ns, -spans[n].end_ns, -spans[n].energy_j))
        _share_out((_Open(index, spans[index]) for index in indices), own)
    return own


def total_joules(spans: Iterable[Span]) -> float:
    """Return the joules of all spans, each counted once."""
    return sum(own_joules(list(spans)))


def _share_out(in_order: Iterable[_Open], own: list[float]) -> None:
    """Set the own joules of one device's spans."""
    covered_ns: int | None = None
    around: list[_Open] = []
    """The spans that are not over, the outer ones first."""
    for each in in_order:
        span = each.span
        if covered_ns is None:
            covered_ns = span.begin_ns
        while around and around[-1].span.end_ns <= span.begin_ns < span.end_ns:
            around.pop()
        own[each.number] = _part(span, covered_ns)
        place = _parent(around, span)
        if place is not None:
            parent = around[place].number
            # Of the time in the parent a sibling that crosses this one has taken some.
            within = max((other.span.end_ns for other in around[place + 1 :]), default=0)
            taken_j = min(_part(span, within), own[parent])
            own[parent] -= taken_j
            own[each.number] += taken_j
        covered_ns = max(covered_ns, span.end_ns)
        around.append(each)


def _parent(around: Sequence[_Open], span: Span) -> int | None:
    """Return the place of the innermost span of the same session that holds this one."""
    for place in range(len(around) - 1, -1, -1):
        other = around[place].span
        if other.session == span.session and other.end_ns >= span.end_ns:
            return place
    return None


def _part(span: Span, covered_ns: int) -> float:
    """Return the joules of the time after `covered_ns`, at the span's mean power."""
    if span.end_ns <= span.begin_ns:  # no time, all the same some joules
        return span.energy_j if span.begin_ns >= covered_ns else 0.0
    left_ns = span.end_ns - max(span.begin_ns, covered_ns)
    return span.energy_j * max(0, left_ns) / (span.end_ns - span.begin_ns)
