"""The power limits under which runs ran: where these differ, so do the conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..printable import printable
from .fields import ReportFields
from .format import power

PowerLimits = Mapping[str, float]
"""Of each domain that counts, in W, as far as they are known."""


def power_limits(report: ReportFields) -> PowerLimits:
    """Return the limits as they were at a window's begin, with the three digits that are shown."""
    return {
        domain.id: float(f"{domain.conditions['power_limit_w']:.3g}")
        for domain in report.domains.values()
        if domain.counted and "power_limit_w" in domain.conditions
    }


def lasting(reports: Iterable[ReportFields]) -> PowerLimits:
    """Return the limits that all of these windows had."""
    first, *others = map(power_limits, reports)
    return {id_: w for id_, w in first.items() if all(each.get(id_) == w for each in others)}


def unlike(limits: Mapping[str, PowerLimits]) -> Iterator[str]:
    """Say in a sentence for each domain where it had other power limits.

    Parameters
    ----------
    limits
        Those of two or more, by their names.
    """
    ids = dict.fromkeys(id_ for known in limits.values() for id_ in known)
    for id_ in ids:
        names: dict[float, list[str]] = {}
        for name, known in limits.items():
            if id_ in known:
                names.setdefault(known[id_], []).append(printable(name))
        if len(names) > 1:
            whose = [f"{power(watts)} in {' and '.join(of)}" for watts, of in names.items()]
            yield (
                f"The power limit of {printable(id_)} was {', '.join(whose)}: these are different "
                "conditions."
            )
