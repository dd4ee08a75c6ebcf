"""``%green history``: what was metered before, in all notebooks, as the ledger has it."""

from __future__ import annotations

from IPython.core.error import UsageError

from .command import output_of


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
