"""What whoever hands in a report starts: the booker, as a process that is nobody's child.

It counts as a meter's own work, and not as work of the program that is metered: it bears the
samplers' name, and its starter is waited for instead of it.
"""

from __future__ import annotations

import os

from ..intake.places import ledger_folder
from ..intake.start import failed, refuse
from ..sampler.processes import call_this_a_sampler


def main() -> None:
    """Leave the starter, and book until nothing comes any more."""
    call_this_a_sampler()
    if hasattr(os, "fork") and os.fork():
        os._exit(0)
    ledger = ledger_folder()
    if ledger is None:
        return
    try:
        from .book import main as book

        book()
    except Exception as error:
        refuse(ledger, failed(f"{type(error).__name__}: {error}"))
        raise
