"""The curve of a sum: that of each part behind the one before it.

A sum of many reports is made by adding one after the other, and few look at its curve: the
parts' curves are joined when somebody does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from .curve import MAX_TRACE_POINTS, thin
from .fields import ReportTrace

_Points = tuple[tuple[float, ...], Mapping[str, tuple[float | None, ...]]]


class _Piece(NamedTuple):
    """A curve, when it begins and ends, and what its domains are called in the sum."""

    trace: ReportTrace
    begin_s: float
    end_s: float
    places: Mapping[str, str]


class ChainedTrace(ReportTrace):
    """One curve after the other, over the time that was metered."""

    def __init__(
        self,
        first: ReportTrace,
        first_s: float,
        second: ReportTrace,
        places: Mapping[str, str],
    ) -> None:
        """Chain two curves, the first of a window of so many seconds.

        Parameters
        ----------
        places
            What the second one's domains are called in the sum, where that differs.
        """
        pieces = _Piece(first, 0.0, first_s, {}), _Piece(second, first_s, float("inf"), places)
        vars(self)["pieces"] = pieces  # the class is frozen

    @cached_property
    def _points(self) -> _Points:
        pieces = [piece for piece in _leaves(self) if piece.trace.t_s]
        ids = dict.fromkeys(
            piece.places.get(id_, id_) for piece in pieces for id_ in piece.trace.power_w
        )
        t_s: list[float] = []
        power_w: dict[str, list[float | None]] = {id_: [] for id_ in ids}
        for trace, begin_s, end_s, places in pieces:
            unknown = ids.keys() - {places.get(id_, id_) for id_ in trace.power_w}
            # A last sample may lie behind the end: times do not go back.
            t_s += (min(begin_s + t, end_s) for t in trace.t_s)
            for id_, values in trace.power_w.items():
                power_w[places.get(id_, id_)] += values
            for id_ in unknown:
                power_w[id_] += [None] * len(trace.t_s)
        whole = ReportTrace(tuple(t_s), {id_: tuple(values) for id_, values in power_w.items()})
        thinned = thin(whole, MAX_TRACE_POINTS)
        return thinned.t_s, thinned.power_w

    @property
    def t_s(self) -> tuple[float, ...]:
        """As those of every curve."""
        return self._points[0]

    @property
    def power_w(self) -> Mapping[str, tuple[float | None, ...]]:
        """As those of every curve."""
        return self._points[1]

    def __eq__(self, other: object) -> bool:
        """Whether the curve is the same, however it came about."""
        if not isinstance(other, ReportTrace):
            return NotImplemented
        return (self.t_s, self.power_w) == (other.t_s, other.power_w)

    def __reduce__(self) -> tuple[type[ReportTrace], _Points]:
        """Copy it, or send it to another process, as the curve that it is."""
        return ReportTrace, self._points

    __hash__ = None  # type: ignore[assignment]  # as that of every curve, which holds a dict


def _leaves(chain: ChainedTrace) -> Iterator[_Piece]:
    """Go through the curves that a chain consists of, from first to last."""
    waiting = [_Piece(chain, 0.0, float("inf"), {})]
    while waiting:
        trace, begin_s, end_s, places = waiting.pop()
        if not isinstance(trace, ChainedTrace):
            yield _Piece(trace, begin_s, end_s, places)
            continue
        for piece in reversed(vars(trace)["pieces"]):
            inner = {id_: places.get(place, place) for id_, place in piece.places.items()}
            waiting.append(
                _Piece(
                    piece.trace,
                    begin_s + piece.begin_s,
                    min(begin_s + piece.end_s, end_s),
                    {**places, **inner},
                )
            )
