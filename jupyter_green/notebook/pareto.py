"""``%green pareto``: the session's runs by a metric and joules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from ..printable import printable
from ..report.report import Report
from ..studies.pareto.front import Front, pareto

FLAGS = ("--per", "--lowest")


def session_front(
    reports: Sequence[Report], name_of: Callable[[Report], str], words: Sequence[str]
) -> Front:
    """Return the front of what a session metered.

    Parameters
    ----------
    reports
        All of them, in the order in which they ended.
    name_of
        Says what a cell is called that has no label.
    words
        The metric's name, or nothing for the one that most reports have, and any of the flags:
        ``--per`` for joules per unit of work, ``--lowest`` where a lower metric is better.

    Raises
    ------
    ValueError
        Where no report has the metric and joules.
    """
    names = [word for word in words if word not in FLAGS]
    metric = " ".join(names) or _usual(reports)
    runs = {
        f"{_numbered(report, name_of)}{_again(index, reports, name_of)}": report
        for index, report in enumerate(reports)
        if metric in report.metric
    }
    if not runs:
        raise ValueError(_unknown(metric, reports))
    return pareto(
        runs,
        metric,
        "per" if "--per" in words else "energy_j",
        best="lowest" if "--lowest" in words else "highest",
    )


def _usual(reports: Sequence[Report]) -> str:
    """Return the metric that most reports have, the first one of several."""
    counts = Counter(name for report in reports for name in report.metric)
    if not counts:
        raise ValueError(_unknown("a metric", reports))
    return counts.most_common(1)[0][0]


def _unknown(metric: str, reports: Sequence[Report]) -> str:
    known = dict.fromkeys(printable(name) for report in reports for name in report.metric)
    there_are = f"; there are {', '.join(known)}" if known else ""
    return (
        f"no report has {printable(metric)}{there_are}. `%%energy --metric acc` reads the variable "
        "acc when the cell ends"
    )


def _numbered(report: Report, name_of: Callable[[Report], str]) -> str:
    count = report.execution_count
    return f"[{count}] {name_of(report)}" if count else name_of(report)


def _again(index: int, reports: Sequence[Report], name_of: Callable[[Report], str]) -> str:
    """Return what tells a run from those before it that are called the same."""
    name = _numbered(reports[index], name_of)
    before = sum(_numbered(report, name_of) == name for report in reports[:index])
    return f" ({before + 1})" if before else ""
