"""``%green report``: what this session metered, by cell, stage or domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...report import words
from ...report.report import Report
from .by_cell import by_cell
from .by_domain import by_domain
from .by_stage import stage_table
from .co2e import Co2eColumn, Grams
from .layout import SessionTable, total_of
from .reports import Metered, SessionReports, outermost

WAYS = ("cell", "stage", "domain")


def session_table(
    session: SessionReports,
    by: str,
    name_of: Callable[[Report], str],
    emitted: Callable[[Report], str] | None = None,
    grams: Grams | None = None,
) -> SessionTable | None:
    """Return the table of a session, ``None`` where nothing was metered in it.

    Parameters
    ----------
    session
        What was metered.
    by
        One of :data:`WAYS`.
    name_of
        Says what a cell is called that has no label.
    emitted
        Says what the total emitted; nothing does without it.
    grams
        Says what the joules of a row emitted, which then has a column.
    """
    metered = session.all()
    if not metered:
        return None
    apart, crossing = outermost(metered)
    total = total_of(apart)
    remarks = list(_remarks(session, metered, apart, crossing))
    if emitted is not None:
        remarks.append(emitted(total))
    co2e = Co2eColumn(grams)
    if by == "stage":
        return stage_table(metered, apart, total, remarks, co2e)
    if by == "domain":
        return by_domain(total, remarks, co2e)
    return by_cell(metered, apart, total, remarks, name_of, co2e=co2e)


def _remarks(
    session: SessionReports,
    metered: Sequence[Metered],
    apart: Sequence[Metered],
    crossing: Sequence[Metered],
) -> Iterator[str]:
    if len(metered) > len(apart) + len(crossing):
        yield "Nested windows are part of the outer one's joules; the total counts them once."
    if crossing:
        windows = f"{len(crossing)} windows overlap an earlier one and end after it"
        if len(crossing) == 1:
            windows = "1 window overlaps an earlier one and ends after it"
        yield (
            f"{windows}: sensors see the whole machine, so the total does not count these "
            "joules again."
        )
    if session.forgotten:
        gone = f"{session.forgotten} oldest reports are"
        if session.forgotten == 1:
            gone = "oldest report is"
        yield f"The {gone} gone: only {len(metered)} are kept."
    if any(words.is_replayed(each.report) for each in metered):
        yield f"{words.REPLAY}: some of it was replayed, not measured."
