"""Which runs a function of Python is about: given reports, the ledger's, or the session's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..intake.places import LEDGER_VARIABLE, ledger_folder
from ..report.report import Report
from .facts import Facts, NothingMetered, Scope, facts_of
from .sessions import sessions
from .source import here, windows_of

NO_JOULES = "no joules are known of what was metered: `jupyter green doctor` says why"


def gathered(reports: Report | Iterable[Report] | None, project: str | None) -> Facts:
    """Return what reports say; without them what the ledger says, or this session.

    Parameters
    ----------
    reports
        One or more reports.
    project
        A project of the ledger; ``None`` for the one that this program runs in.

    Raises
    ------
    TypeError
        For what is no report.
    ValueError
        Where nothing was metered, and where both are given.
    """
    if reports is not None:
        if project is not None:
            raise ValueError("give reports, or a project of the ledger, not both")
        return facts_of(windows_of(_checked(reports)))
    ledger = ledger_folder()
    if ledger is not None:
        from ..ledger.answer import Range, summed
        from ..ledger.questions import read
        from ..ledger.reports import without_curves

        project = here() if project is None else project
        metered = read(ledger, project=project)
        between = summed(ledger, "status", Range(project=project)).between
        return facts_of(without_curves(ledger, metered), Scope(project), between)
    if project is not None:
        raise ValueError(f"there is no ledger with a project: set {LEDGER_VARIABLE} to `on`")
    found = [report for session in sessions for report in session()]
    if not found:
        raise NothingMetered(
            "nothing was metered in this session, and there is no ledger: give reports, or set "
            f"{LEDGER_VARIABLE} to `on` before metering"
        )
    return facts_of(windows_of(found))


def _checked(reports: Report | Iterable[Report]) -> Sequence[Report]:
    several = [reports] if isinstance(reports, Report) else list(reports)
    for each in several:
        if not isinstance(each, Report):
            raise TypeError(f"reports are expected, not {type(each).__name__}: give m.report")
    return several
