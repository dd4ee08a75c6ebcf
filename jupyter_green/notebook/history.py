"""``%green history``, ``%green report --by day``: all that was metered before, by the ledger."""

from __future__ import annotations

from IPython.core.error import UsageError

from .command import output_of

WAYS = ("notebook", "project", "commit", "day", "label", "status")
"""The groups that only the ledger can tell: a session is one notebook's."""


def history(number: str = "20") -> str:
    """Return the table of the last windows.

    Raises
    ------
    UsageError
        For what is no number, and where the ledger cannot be read.
    """
    if not (number.isascii() and number.isdigit() and int(number)):
        raise UsageError(f"%green history {number}: give a number of windows, 1 or more")
    return output_of("%green history", "history", number)


def grouped(*words: str) -> str:
    """Return the table of all that was metered in any notebook or program, in groups.

    Parameters
    ----------
    words
        The options of ``jupyter green report``.

    Raises
    ------
    UsageError
        For options that cannot be used, and where the ledger cannot be read.
    """
    table = output_of("%green report", "report", *words)
    return f"Of the ledger, with all notebooks and programs:\n\n{table}"
