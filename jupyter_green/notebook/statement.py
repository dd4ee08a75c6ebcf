"""``%green statement``: what this project used, as the ledger has it, or else this session."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from IPython.core.error import UsageError

from ..intake.places import ledger_folder
from ..intake.project import project_of
from ..report.fields import ReportTrace
from ..report.report import Report
from .command import output_of

MAGIC = "%green statement"
FORM = "--format"
_WHOSE = ("--project", "--all", "--reports")


def statement(words: Sequence[str], reports: Sequence[Report], form: str) -> str:
    """Return the statement.

    Parameters
    ----------
    words
        Options of ``jupyter green statement``. Without a project it is that of this program's
        folder.
    reports
        Those of the session, which are taken where there is no ledger.
    form
        The form where the options name none.

    Raises
    ------
    UsageError
        For options that cannot be used, and where nothing was metered.
    """
    try:
        options = shlex.split(" ".join(words))
    except ValueError as error:
        raise UsageError(f"{MAGIC} {' '.join(words)}: {error}") from None
    names = {option.partition("=")[0] for option in options}
    if FORM not in names:
        options += [FORM, form]
    if not names.isdisjoint(_WHOSE):
        return output_of(MAGIC, "statement", *options)
    if ledger_folder() is not None:
        here = project_of(Path.cwd()).folder
        return output_of(MAGIC, "statement", *options, "--project", here)
    if not reports:
        raise UsageError(f"{MAGIC}: nothing has been metered yet, and there is no ledger")
    given = "\n".join(_line(report) for report in reports)
    return output_of(MAGIC, "statement", *options, "--reports", "-", given=given)


def _line(report: Report) -> str:
    return json.dumps(replace(report, trace=ReportTrace()).to_dict())
