"""The power limits of a comparison's runs: whether all of them ran under the same ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ...report.format import power
from ...report.power_limits import PowerLimits
from .run import Run

_MOST = 3
"""Changes of one domain that are told one by one."""

Limits = Mapping[str, PowerLimits]
"""Of a round: those of each variant, by its name."""


def usual(runs: Sequence[Run]) -> Limits:
    """Return what most rounds had; a variant may have limits of its own, as of its ``setup``."""
    by_round = _by_round(runs)
    counts = Counter(map(_key, by_round.values()))
    return max(by_round.values(), key=lambda limits: counts[_key(limits)], default={})


def unusual_rounds(runs: Sequence[Run]) -> set[int]:
    """Return the rounds in which a variant had another limit than in most."""
    expected = usual(runs)
    return {
        number
        for number, limits in _by_round(runs).items()
        if any(_differ(limits[name], expected[name]) for name in limits)
    }


def changes(runs: Sequence[Run]) -> Iterator[str]:
    """Say, as sentences, from which round on a domain had another limit."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    last: dict[tuple[str, str], float] = {}
    for run in runs:
        for id_, watts in run.power_limits.items():
            before = last.get((run.variant, id_), watts)
            last[run.variant, id_] = watts
            if watts == before:
                continue
            of_domain = found.setdefault(id_, {})
            # A change within a round shows in its later runs, and in the others a round later.
            if of_domain.get(run.round - 1) != (before, watts):
                of_domain.setdefault(run.round, (before, watts))
    for id_, steps in found.items():
        if len(steps) > _MOST:
            lowest, highest = min(map(min, steps.values())), max(map(max, steps.values()))
            yield (
                f"The power limit of {id_} changed in {len(steps)} rounds, between "
                f"{power(lowest)} and {power(highest)}."
            )
            continue
        for number, (before, watts) in steps.items():
            yield (
                f"The power limit of {id_} changed from {power(before)} to {power(watts)} in "
                f"round {number}."
            )


def _by_round(runs: Sequence[Run]) -> dict[int, dict[str, PowerLimits]]:
    found: dict[int, dict[str, PowerLimits]] = {}
    for run in runs:
        found.setdefault(run.round, {})[run.variant] = run.power_limits
    return found


def _key(limits: Limits) -> frozenset[tuple[str, str, float]]:
    return frozenset(
        (name, id_, watts) for name, known in limits.items() for id_, watts in known.items()
    )


def _differ(limits: PowerLimits, expected: PowerLimits) -> bool:
    """Whether one of them is another; one that is not known differs from none."""
    return any(expected.get(id_, watts) != watts for id_, watts in limits.items())
