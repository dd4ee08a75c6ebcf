"""``jupyter green history``, ``report`` and ``ledger``: what was metered before."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..exports.texts import spreadsheet_safe
from ..intake.places import LEDGER_VARIABLE, ledger_folder, server_of, unwritable
from ..ledger import tables
from ..ledger.answer import Answer, Range, of_windows, summed
from ..ledger.database import StoreFault
from ..ledger.groups import Group
from ..ledger.layout import markdown, ruled
from ..ledger.questions import Metered, newest, read, read_pauses
from ..printable import printable
from .dates import between, whole_days
from .errors import InputError
from .place import Chosen

NO_LEDGER = (
    f"there is no ledger: {LEDGER_VARIABLE} switches it off, or there is no home; "
    "set it to `on` or to a folder before metering"
)

_FOR_PROGRAMS = ("json", "csv")
_LAYOUTS = {"markdown": markdown}


class Asked(NamedTuple):
    """Which windows a question is about."""

    since: str | None = None
    until: str | None = None
    """The first and the last day, as ``2026-01-31``."""
    project: str | None = None


def history(number: int, project: str | None, form: str) -> int:
    """Print the last windows."""
    try:
        metered = newest(folder(), number, project)
    except StoreFault as error:
        raise InputError(str(error)) from None
    if form in _FOR_PROGRAMS:
        rows = [tables.window_record(each) for each in metered]
        _print(form, rows, rows)
    else:
        print(tables.history(metered, _LAYOUTS.get(form, ruled)))
    return 0


def report(way: str, asked: Asked, form: str, place: Chosen | None, most: int | None = None) -> int:
    """Print what groups of windows used and, of a place, emitted, and all of them together.

    Parameters
    ----------
    way
        Of grouping.
    asked
        Which windows.
    form
        ``json`` or ``csv`` for programs, ``markdown``, or else a table for a terminal.
    place
        Where the electricity was from.
    most
        Groups of a table, ``None`` for all. Programs get all.
    """
    answer = _answer(way, asked, None if form in _FOR_PROGRAMS else most)
    groups, total, kept, pauses, count = answer
    # A provider alone asks for the time; its answer takes longer than all windows.
    metered = read_metered(asked) if place and place.provider else ()
    factor, who = place.at(metered, folder()) if place else (None, "")
    if form in _FOR_PROGRAMS:
        rows = [tables.record(group, factor) for group in groups]
        whole = {"by": way, "groups": rows, "total": tables.record(total, factor)}
        whole["between_cells"] = tables.pauses_record(pauses, factor)
        whole["kept"] = tables.kept_record(kept)
        if who:
            whole["co2e_by"] = who
        _print(form, rows, whole)
        if form == "csv":
            said = [who] if who else []
            if pauses.windows:  # no row: whoever adds up the rows has the total
                said.append(f"{tables.between_line(pauses)}.")
            for line in said:
                print(printable(line), file=sys.stderr)
        return 0
    lines = [tables.report(answer, way, factor, _LAYOUTS.get(form, ruled))]
    if len(groups) < count:
        lines.append(f"The table has {most} of {count}: `--all` shows each.")
    if groups:
        lines.append(tables.kept_line(kept))
    print("\n".join([*lines, who] if who else lines))
    return 0


def path() -> int:
    """Print the ledger's folder."""
    print(_folder())
    return 0


def folder() -> Path:
    """Return the ledger's folder, to be asked.

    Raises
    ------
    InputError
        Where there is no ledger, nor can be one.
    """
    found = _folder()
    if not found.is_dir() and not server_of(found) and (reason := unwritable(found)):
        raise InputError(
            f"no ledger can be kept in {found}: {reason}; set {LEDGER_VARIABLE} to a folder that "
            "can be written before metering"
        )
    return found


def _folder() -> Path:
    found = ledger_folder()
    if found is None:
        raise InputError(NO_LEDGER)
    return found


def read_metered(asked: Asked) -> list[Metered]:
    """Return the windows that are asked for.

    Raises
    ------
    InputError
        For what is no date, and where there is no ledger, or none that can be read.
    """
    since_s, until_s = between(asked.since, asked.until)
    try:
        return read(folder(), since_s, until_s, asked.project)
    except StoreFault as error:
        raise InputError(str(error)) from None


def between_cells(asked: Asked) -> Group:
    """Return what sessions used between the windows that are asked for; see :func:`report`."""
    return _answer("status", asked, None).between


def _answer(way: str, asked: Asked, most: int | None) -> Answer:
    days = whole_days(asked.since, asked.until)
    if days is None:  # a time of day: no sums end there
        metered = read_metered(asked)
        pauses = read_pauses(folder(), *between(asked.since, asked.until), asked.project)
        return of_windows(metered, pauses, way, most)
    try:
        return summed(folder(), way, Range(*days, asked.project), most)
    except StoreFault as error:
        raise InputError(str(error)) from None


def _print(form: str, rows: Sequence[Mapping[str, Any]], whole: Any) -> None:
    if form == "json":
        print(json.dumps(whole, indent=2))
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({k: spreadsheet_safe(v) for k, v in row.items()} for row in rows)
    sys.stdout.write(out.getvalue())
