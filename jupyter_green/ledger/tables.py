"""What the ledger answers, as text for a terminal and as rows for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..printable import folded, shortened
from ..report.format import duration, energy_so_far
from . import emitted
from .answer import Answer
from .emitted import Factor
from .figures import AT_LEAST, estimated, measured, of_window
from .groups import Group, is_at_least
from .kept import SpentKept
from .layout import Layout, ruled
from .metered import Metered

WINDOW_FIELDS = (
    *("run_id", "started_at", "duration_s", "energy_j", "uncertainty_j", "provenance"),
    "is_at_least",
    *("status", "label", "stage", "notebook", "cell_id", "execution_count"),
    *("project", "commit", "job", "session"),
)
"""Of a window, as programs get it."""
_NAME = 40
_TWICE = 1.001
"""From which the plain sum is said to hold joules more than once."""


def history(metered: Sequence[Metered], lay_out: Layout = ruled) -> str:
    """Return windows as a table, the last ones below."""
    if not metered:
        return "The ledger is empty: nothing has been metered yet."
    head = ("when", "energy", "time", "status", "stage", "notebook", "what")
    rows = [
        (
            datetime.fromtimestamp(each.started_s).astimezone().strftime("%Y-%m-%d %H:%M"),
            of_window(each),
            duration(each.duration_s),
            each.status,
            each.stage or "",
            shortened(each.notebook or "", _NAME),
            shortened(each.name, _NAME),
        )
        for each in metered
    ]
    return lay_out([head, *rows], (1, 2), ())


def report(answer: Answer, way: str, factor: Factor | None = None, lay_out: Layout = ruled) -> str:
    """Return groups as a table, with the total below, and what it holds; with a factor CO2e.

    Below the total stands what was used between cells, which is not in it. :func:`~.groups.few`
    makes a table of many groups readable.
    """
    groups, total, _, pauses, _ = answer
    if not groups:
        return "Nothing was metered then."
    co2e = ("CO2e",) if factor else ()
    head = (way, "measured", *co2e, "estimated", *co2e, "time", "windows", "not ok")
    rows = [_cells(group, factor) for group in groups]
    below = [_cells(total, factor)]
    if pauses.windows:
        *figures, _, _ = _cells(pauses, factor)
        below.append((*figures, "", ""))
    table = lay_out([head, *rows], range(1, len(head)), below)
    said = [*remarks(total), *emitted.remarks(factor)]
    return "\n".join([table, *(map(folded, said) if lay_out is ruled else said)])


def record(group: Group, factor: Factor | None = None) -> dict[str, Any]:
    """Return a group as JSON types: joules and seconds, and with a factor grams of CO2e."""
    return {
        "name": group.name,
        "measured_j": group.measured.energy_j,
        "measured_uncertainty_j": group.measured.uncertainty_j,
        "estimated_j": group.estimated.energy_j,
        "estimated_uncertainty_j": group.estimated.uncertainty_j,
        "sum_j": group.sum_j,
        "duration_s": group.duration_s,
        "windows": group.windows,
        "not_ok": group.failed,
        "not_measured": group.unmeasured,
        "is_at_least": is_at_least(group),
        **(emitted.record(group, factor) if factor else {}),
    }


def pauses_record(pauses: Group, factor: Factor | None = None) -> dict[str, Any]:
    """Return what was used between cells as JSON types, as :func:`record`."""
    found = record(pauses, factor)
    of_pauses = {
        name: value
        for name, value in found.items()
        if name == "duration_s" or name.startswith("measured_")
    }
    return {"pauses": pauses.windows, **of_pauses}


def between_line(pauses: Group) -> str:
    """Return what was used between cells, as a clause."""
    joules = measured(pauses.measured)
    return f"Between cells, in no group and not in the total: {joules} measured"


def kept_line(found: SpentKept) -> str:
    """Return what was kept of all that was spent, as a sentence."""
    kept = found.kept
    joules = [
        f"{shown(each)} {word}"
        for each, shown, word in (
            (kept.measured, measured, "measured"),
            (kept.estimated, estimated, "estimated"),
        )
        if each.shares
    ]
    of = f"{kept.windows} of {found.spent.windows} windows"
    return f"Kept, the last good run of each cell: {' and '.join(joules) or 'no joules'} ({of})."


def kept_record(found: SpentKept) -> dict[str, Any]:
    """Return what was kept as JSON types."""
    kept = found.kept
    return {
        "measured_j": kept.measured.energy_j,
        "measured_uncertainty_j": kept.measured.uncertainty_j,
        "estimated_j": kept.estimated.energy_j,
        "estimated_uncertainty_j": kept.estimated.uncertainty_j,
        "windows": kept.windows,
        "is_at_least": is_at_least(kept),
    }


def window_record(each: Metered) -> Mapping[str, Any]:
    """Return a window as JSON types."""
    return {name: getattr(each, name) for name in WINDOW_FIELDS}


def _cells(group: Group, factor: Factor | None) -> tuple[str, ...]:
    return (
        shortened(group.name, _NAME),
        measured(group.measured),
        *((emitted.cell(group.measured, factor),) if factor else ()),
        estimated(group.estimated),
        *((emitted.cell(group.estimated, factor),) if factor else ()),
        duration(group.duration_s),
        str(group.windows),
        str(group.failed or ""),
    )


def remarks(total: Group) -> list[str]:
    """Return what a total holds more than once, and what it lacks."""
    once_j = total.measured.energy_j + total.estimated.energy_j
    said = []
    if total.sum_j > once_j * _TWICE:
        plain = energy_so_far(total.sum_j, None)
        said.append(
            f"Windows that were open at the same time hold the same joules, which count once here; "
            f"the windows' own figures add up to {plain}."
        )
    if total.unmeasured:
        of = "1 window has" if total.unmeasured == 1 else f"{total.unmeasured} windows have"
        said.append(f"{of} no joules, as nothing could be read, and none count for them.")
    if is_at_least(total):
        said.append(AT_LEAST)
    return said
