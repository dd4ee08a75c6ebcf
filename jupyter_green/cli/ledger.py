"""``jupyter green history``, ``report`` and ``ledger``: what was metered before."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..exports.texts import spreadsheet_safe
from ..intake.places import LEDGER_VARIABLE, ledger_folder
from ..ledger import tables
from ..ledger.database import StoreFault
from ..ledger.query import grouped, read
from ..printable import printable
from .dates import between
from .errors import InputError
from .place import Chosen

NO_LEDGER = (
    f"there is no ledger: {LEDGER_VARIABLE} switches it off, or there is no home; "
    "set it to `on` or to a folder before metering"
)


def history(number: int, form: str) -> int:
    """Print the last windows."""
    metered = _read(None, None)[-number:]
    rows = [tables.window_record(each) for each in metered]
    _print(form, tables.history(metered), rows, rows)
    return 0


def report(way: str, since: str | None, until: str | None, form: str, place: Chosen | None) -> int:
    """Print what groups of windows used and, of a place, emitted, and all of them together."""
    metered = _read(*between(since, until))
    groups, total = grouped(metered, way)
    factor, who = place.at(metered, folder()) if place else (None, "")
    rows = [tables.record(group, factor) for group in groups]
    whole = {"by": way, "groups": rows, "total": tables.record(total, factor)}
    if who:
        whole["co2e_by"] = who
    table = tables.report(groups, total, way, factor)
    _print(form, f"{table}\n{who}".rstrip(), rows, whole)
    if who and form == "csv":
        print(printable(who), file=sys.stderr)
    return 0


def path() -> int:
    """Print the ledger's folder."""
    print(folder())
    return 0


def folder() -> Path:
    """Return the ledger's folder.

    Raises
    ------
    InputError
        Where there is no ledger.
    """
    found = ledger_folder()
    if found is None:
        raise InputError(NO_LEDGER)
    return found


def _read(since_s: float | None, until_s: float | None) -> Sequence[Any]:
    try:
        return read(folder(), since_s, until_s)
    except StoreFault as error:
        raise InputError(str(error)) from None


def _print(form: str, table: str, rows: Sequence[Mapping[str, Any]], whole: Any) -> None:
    if form == "json":
        print(json.dumps(whole, indent=2))
    elif form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows({k: spreadsheet_safe(v) for k, v in row.items()} for row in rows)
        sys.stdout.write(out.getvalue())
    else:
        print(table)
