"""``jupyter green ledger forget``: windows of the ledger, taken out of all its files."""

from __future__ import annotations

import sys
from pathlib import Path

from ..intake.project import as_kept
from ..ledger.forget import Chosen, Found, find, forget
from .dates import seconds_of
from .errors import InputError
from .ledger import folder
from .upkeep import clean_errors


def forget_windows(
    notebook: str | None, project: str | None, before: str | None, *, asks: bool, is_dry: bool
) -> int:
    """Forget the windows for which all that is given holds; return 1 where the answer is no."""
    named = as_kept(Path(project)) if project is not None else None
    chosen = Chosen(notebook, named, seconds_of("--before", before))
    if asks and not is_dry and not sys.stdin.isatty():
        raise InputError("there is nobody to ask: add --yes, or --dry-run to see how many")
    ledger = folder()
    with clean_errors():
        if asks or is_dry:
            found = find(ledger, chosen)
            print(f"{_said(found)} would be forgotten.")
            _say_elsewhere(found)
            if is_dry:
                return 0
            if not _is_yes():
                print("Nothing was forgotten.")
                return 1
        found = forget(ledger, chosen)
    print(f"{_said(found)} {'was' if found.windows == 1 else 'were'} forgotten.")
    _say_elsewhere(found)
    return 0


def _is_yes() -> bool:
    try:
        answer = input("This cannot be undone. Forget them? [y/N] ")
    except EOFError:
        print()
        return False
    return answer.strip().lower() in {"y", "yes"}


def _said(found: Found) -> str:
    said = f"{found.windows} window{'' if found.windows == 1 else 's'}"
    if found.open:
        said += f" ({len(found.open)} of them open now)"
    if found.copies:
        number = len(found.copies)
        said += f" and {number} file{'' if number == 1 else 's'} with copies, or set aside,"
    return said


def _say_elsewhere(found: Found) -> None:
    for name in found.elsewhere:
        print(f"{name} is another machine's: run this there as well.")
