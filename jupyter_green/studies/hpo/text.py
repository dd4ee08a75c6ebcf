"""A search's joules in words, the same in text and on a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...report import words
from ...report.format import duration, is_below_resolution, metric, percent
from ...report.report import Report
from .parts import SearchParts, TrialEnergy


class Row(NamedTuple):
    """What part, how many joules, what share of all, and what it was."""

    part: str
    joules: str
    share: str
    remark: str


def heading(search: SearchParts) -> str:
    """Return the number of trials, the best value and all joules, as one line."""
    count = len(search.trials)
    parts = [f"{count} trial{'' if count == 1 else 's'}"]
    if search.best is not None and search.best_trial is not None:
        parts.append(f"best {metric(search.best)} (trial {search.best_trial.number})")
    whole = search.total
    if whole is None or whole.energy_j is None:
        return ", ".join([*parts, "joules not measured"])
    figures = f"{words.joules(whole)} in {duration(whole.duration_s)}"
    how = f", {words.how(whole.provenance)}" if whole.provenance else ""
    return f"{', '.join(parts)}: {figures}{how}"


def rows(search: SearchParts) -> list[Row]:
    """Return the parts that are known, in the order in which they are read."""
    return list(_rows(search))


def lines(search: SearchParts) -> list[str]:
    """Return the parts as lines of text, in columns."""
    found = rows(search)
    widths = [max((len(row[i]) for row in found), default=0) for i in range(3)]
    return [
        f"  {row.part:<{widths[0]}}  {row.joules:>{widths[1]}}  {row.share:>{widths[2]}}"
        f"  {row.remark}".rstrip()
        for row in found
    ]


def _rows(search: SearchParts) -> Iterator[Row]:
    whole = search.total
    if whole is None or whole.energy_j is None:
        return
    if search.target is not None:
        yield _target(search, search.target)
    if (knee := search.knee_trial) is not None and search.is_divided:
        within = f"trial {knee.number}: within {metric(search.within)} of the best"
        if search.past_knee is None:
            yield Row("past the knee", "nothing", "", within)
        else:
            yield _row(search, "past the knee", search.past_knee, within)
    for name, report in (("pruned", search.pruned), ("failed", search.failed)):
        if report is not None:
            number = sum(trial.state == name for trial in search.trials)
            yield _row(search, f"{name} trials", report, f"{number}")
    if search.between is not None:
        yield _row(search, "between trials", search.between, "sampler, callbacks, storage")
    if search.refit is not None:
        yield _row(search, "refit", search.refit, "the best candidate once more")


def _target(search: SearchParts, target: float) -> Row:
    name = f"to {metric(target)}"
    trial: TrialEnergy | None = search.target_trial
    if trial is None:
        return Row(name, "not reached", "", "")
    if search.to_target is None:
        return Row(name, "not known", "", f"reached by trial {trial.number}")
    return _row(search, name, search.to_target, f"reached by trial {trial.number}")


def _row(search: SearchParts, name: str, part: Report, remark: str) -> Row:
    share = search.share(part)
    is_bound = is_below_resolution(part.energy_j, part.uncertainty_j)
    shown = "" if share is None or is_bound else percent(share)
    return Row(name, words.joules(part), shown, remark)
