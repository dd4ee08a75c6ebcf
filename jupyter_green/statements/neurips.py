"""A paragraph for the question of the NeurIPS checklist on compute.

The question (item 8 of the 2024 checklist, neurips.cc/public/guides/PaperChecklist) is whether a
paper says what hardware each experiment needs and for how long, what all of them took together,
and whether the whole project took more, such as failed and preliminary experiments.
"""

from __future__ import annotations

from ..ledger.emitted import Factor, cell
from ..ledger.figures import estimated, measured
from ..ledger.groups import BothKinds
from ..report.format import duration
from . import boundary
from .facts import Facts
from .quantities import counted

_TO_ADD = (
    "Work that was not metered is not included. [Add: the memory of the machines, and whether they "
    "are your own, a cluster's or a cloud's.]"
)


def paragraph(facts: Facts, factor: Factor | None = None) -> str:
    """Return what a paper can say of its compute."""
    devices = boundary.hardware(facts)
    runs, time = counted(facts.runs, "metered run"), duration(facts.machine_s)
    spent = _used(facts.spent_kept.spent, factor)
    said = [
        f"The experiments ran on {devices}." if devices else "No sensor told of the hardware.",
        _each(facts),
        f"The whole project took {runs} and {time} of machine time, and used {spent}.",
    ]
    if facts.total.failed == 0 and all(each.runs == 1 for each in facts.experiments):
        said.append("Each experiment ran once, and no run failed.")
    else:
        kept = _used(facts.spent_kept.kept, None)
        said.append(
            f"This includes {_failed(facts.total.failed)}, and all that were repeated, tuned or "
            f"given up; the last good run of each experiment alone used {kept}."
        )
    return " ".join([*said, _TO_ADD])


def _each(facts: Facts) -> str:
    good = [each.last_good for each in facts.experiments if each.last_good is not None]
    if not good:
        return "No run ended well."
    dearest = f"{duration(good[0].duration_s)} and used {_used(good[0], None)}"
    if len(good) == 1:
        return f"One run of the experiment took {dearest}."
    longest_s = max(last.duration_s for last in good)
    return (
        f"One run of each of the {len(good)} experiments took {duration(longest_s)} at most; that "
        f"of the one that used most took {dearest}, and the others stand in the table."
    )


def _used(spent: BothKinds, factor: Factor | None) -> str:
    parts = []
    for joules, shown, how in (
        (spent.measured, measured, "measured"),
        (spent.estimated, estimated, "estimated by a model"),
    ):
        if joules.shares:
            grams = f", {cell(joules, factor)} of CO2e" if factor else ""
            parts.append(f"{shown(joules)} ({how}{grams})")
    return " and ".join(parts) or "energy that is not known"


def _failed(count: int) -> str:
    if count == 1:
        return "one run that failed, was interrupted or died"
    return f"{count or 'no'} runs that failed, were interrupted or died"
