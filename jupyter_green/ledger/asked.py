"""``jg.ledger.query`` and ``jg.ledger.frame``: the ledger, for a program of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..intake.places import LEDGER_VARIABLE, ledger_folder
from ..report.frames import imported_pandas
from ..report.report import Report
from .days import moment_s
from .metered import Metered
from .questions import read
from .reports import with_reports
from .tables import WINDOW_FIELDS, window_record

if TYPE_CHECKING:
    from pandas import DataFrame

STATUSES = ("ok", "error", "interrupted", "died")


def query(
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    project: str | None = None,
    label: str | None = None,
    notebook: str | None = None,
    status: str | None = None,
) -> Iterator[Report]:
    """Return the reports of what was metered, in the order in which it began.

    They are read as they are needed: a ledger may hold a million.

    Parameters
    ----------
    since, until
        The first and the last day, as ``"2026-01-31"`` or a date; or times, by the local clock.
    project
        The folder of a project, such as ``~/work/thesis``, or its last part.
    label, notebook
        Only those of this label, or of this notebook.
    status
        ``"ok"``, ``"error"``, ``"interrupted"`` or ``"died"``.

    Raises
    ------
    ValueError
        For what is no date or status, and where there is no ledger.
    StoreFault
        Where the ledger cannot be read.
    """
    ledger = _ledger()
    more = {"label": label, "notebook": notebook, "status": status}
    found = _windows(ledger, since, until, project, **more)
    return (report for _, report in with_reports(ledger, found))


def frame(
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    project: str | None = None,
    label: str | None = None,
    notebook: str | None = None,
    status: str | None = None,
) -> DataFrame:
    """Return a row for each window that was metered, in the order in which they began.

    Windows that were open at the same time hold the same joules: their sum counts those more than
    once. ``jupyter green report`` counts each joule once.

    Parameters
    ----------
    since, until, project, label, notebook, status
        As for :func:`query`.

    Raises
    ------
    ImportError
        Without pandas.
    ValueError, StoreFault
        As :func:`query`.
    """
    pandas = imported_pandas()
    more = {"label": label, "notebook": notebook, "status": status}
    found = _windows(_ledger(), since, until, project, **more)
    made: DataFrame = pandas.DataFrame(map(window_record, found), columns=list(WINDOW_FIELDS))
    made["started_at"] = pandas.to_datetime(made["started_at"], utc=True, format="ISO8601")
    return made


def _ledger() -> Path:
    found = ledger_folder()
    if found is None:
        raise ValueError(f"there is no ledger: {LEDGER_VARIABLE} switches it off; set it to `on`")
    return found


def _windows(
    ledger: Path,
    since: str | date | None,
    until: str | date | None,
    project: str | None,
    **asked: str | None,
) -> list[Metered]:
    status = asked["status"]
    if status is not None and status not in STATUSES:
        raise ValueError(f"status {status!r}: give one of {', '.join(STATUSES)}")
    since_s, until_s = _moment_s("since", since), _moment_s("until", until, ends=True)
    if since_s is not None and until_s is not None and since_s >= until_s:
        raise ValueError(f"since {since} is not before until {until}: swap them")
    wanted = {name: value for name, value in asked.items() if value is not None}
    return [
        each
        for each in read(ledger, since_s, until_s, project)
        if all(getattr(each, name) == value for name, value in wanted.items())
    ]


def _moment_s(name: str, when: str | date | None, *, ends: bool = False) -> float | None:
    if when is None:
        return None
    try:
        return moment_s(when, ends=ends)
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f'{name} {when!r} is no date: give one as "2026-01-31"') from None
