"""``%green report --by stage``: a row for each stage, and what lies between the windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...report import words
from ...report.format import at_least, bounds, duration, energy_of_sum, mean_power
from ...report.report import Report
from ...report.scale import EXACT, ScaleRange
from ...report.stages import UNTAGGED
from .co2e import Co2eColumn
from .layout import SessionTable, share
from .reports import Metered
from .rollup import Pauses, Spent, between_windows, by_stage, together

_BY_READINGS = (
    "Stages are compared by their readings alone; the error that the sensors share is in the total."
)
_LEAST_UNKNOWN_S = 0.01


def stage_table(
    metered: Sequence[Metered],
    apart: Sequence[Metered],
    total: Report,
    remarks: Sequence[str],
    co2e: Co2eColumn,
) -> SessionTable:
    """Return a row for each stage, one for what has none, and what all windows used.

    Below stand what was used between the windows, as far as counters tell, and the sum of both.
    """
    rows = [
        _row(stage or UNTAGGED, spent, share(spent.energy_j, total.energy_j), co2e)
        for stage, spent in by_stage(metered).items()
    ]
    windows = (
        "all windows",
        words.joules(total),
        *co2e.cell(total, is_at_least=total.is_at_least),
        share(total.energy_j, total.energy_j),
        mean_power(total),
        duration(total.duration_s),
        str(len(apart)),
    )
    pauses = between_windows(apart)
    by_readings = (_BY_READINGS,) if total.scales else ()
    head = ("stage", "spent", *co2e.head, "share", "mean", "time", "windows")
    return SessionTable(
        head=head,
        rows=rows,
        total=windows,
        remarks=(*remarks, *by_readings, *(_remarks(pauses) if pauses else ())),
        figures=frozenset(range(1, len(head))),
        below=_below(total, pauses.spent, co2e) if pauses and pauses.spent else (),
    )


def _below(total: Report, between: Spent, co2e: Co2eColumn) -> tuple[tuple[str, ...], ...]:
    whole = together(total, between)
    return (
        _row("between cells", between, "", co2e, between.scale_range),
        _row("session's counter", whole, "", co2e, whole.scale_range),
    )


def _row(
    name: str, spent: Spent, share_of: str, co2e: Co2eColumn, scale_range: ScaleRange = EXACT
) -> tuple[str, ...]:
    energy_j, uncertainty_j = spent.energy_j, spent.uncertainty_j
    known = bounds([(energy_j or 0.0, uncertainty_j or 0.0)])
    figure = energy_of_sum(energy_j, uncertainty_j, known, spent.provenance, scale_range)
    return (
        name,
        at_least(figure) if spent.is_at_least else figure,
        *co2e.cell(spent, is_at_least=spent.is_at_least),
        share_of,
        mean_power(spent),
        duration(spent.duration_s),
        str(spent.windows or ""),
    )


def _remarks(pauses: Pauses) -> Iterator[str]:
    """Say what is not known of the time between cells."""
    if pauses.spent is None:
        yield "Between cells no counter could be followed: what was used there is not known."
        return
    if pauses.unknown_s > _LEAST_UNKNOWN_S:
        yield (
            f"For {duration(pauses.unknown_s)} between cells no counter could be followed: "
            "these joules are not in the session's counter."
        )
    if pauses.unknown_domains:
        yield (
            f"Between cells not all that {', '.join(pauses.unknown_domains)} used is known: only "
            "counters go on there, and only while it is sure that they did not go round unseen."
        )
