"""The reports themselves, as the ledger keeps them beside what its questions need."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, null, select

from ..report.fields import ReportError
from ..report.report import Report
from .database import Damaged, Database, Empty
from .metered import Metered
from .questions import read
from .row import report_of
from .schema import traces, windows
from .stores import read_from

_COLUMNS = (windows.c.run_id, windows.c.written_ns, windows.c.body)
_AT_ONCE = 500
"""Reports that are in memory together."""


def reports(
    ledger: Path,
    since_s: float | None = None,
    until_s: float | None = None,
    project: str | None = None,
) -> Iterator[tuple[Metered, Report]]:
    """Yield the windows that began within a time with their reports, in the order of their begins.

    The report is as it was handed in; the window beside it has the stage and the notebook that
    hold for it.

    Parameters
    ----------
    ledger, since_s, until_s, project
        As for :func:`~.questions.read`.

    Raises
    ------
    StoreFault
        Where a store cannot be read, or is of another version; ``Damaged`` names a report that
        cannot be.
    """
    yield from with_reports(ledger, read(ledger, since_s, until_s, project))


def with_reports(ledger: Path, metered: Sequence[Metered]) -> Iterator[tuple[Metered, Report]]:
    """Yield windows that were read with their reports, in their order; see :func:`reports`."""
    columns = (*_COLUMNS, traces.c.trace)
    whole = select(*columns).outerjoin(traces, traces.c.run_id == windows.c.run_id)
    yield from _beside(ledger, metered, whole)


def without_curves(ledger: Path, metered: Sequence[Metered]) -> Iterator[tuple[Metered, Report]]:
    """Yield the same with reports whose curve is left out, which is most of their size."""
    yield from _beside(ledger, metered, select(*_COLUMNS, null().label("trace")))


def _beside(
    ledger: Path, metered: Sequence[Metered], query: Select[Any]
) -> Iterator[tuple[Metered, Report]]:
    stores = read_from(ledger)
    for begin in range(0, len(metered), _AT_ONCE):
        some = metered[begin : begin + _AT_ONCE]
        found: dict[str, Any] = {}
        for database in stores:
            for row in _bodies(database, query, some):
                before = found.get(row.run_id)
                if before is None or before.written_ns < row.written_ns:
                    found[row.run_id] = row
        for each in some:
            row = found.get(each.run_id)
            if row is None:
                continue  # forgotten since it was read
            try:
                report = report_of(row.body, row.trace)
            except ReportError as error:
                raise Damaged(
                    f"the report of {each.run_id} cannot be read ({error}): "
                    "`jupyter green ledger check` looks at the ledger"
                ) from error
            yield each, report


def _bodies(database: Database, query: Select[Any], some: Sequence[Metered]) -> list[Any]:
    rows = query.where(windows.c.run_id.in_([each.run_id for each in some]))
    with contextlib.suppress(Empty), database.reading() as connection:
        return list(connection.execute(rows))
    return []
