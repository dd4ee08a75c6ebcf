"""Bringing windows from files into the ledger: our own JSON, and CodeCarbon's CSV.

They take the way of all others: into the intake, from where the booker books them. A window's own
id is its key, so importing a file twice changes nothing.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ..intake import lines
from ..intake.owner import owner_of
from ..intake.places import intake_folder
from ..intake.start import refused
from ..intake.writer import METER, Writer
from ..report.record import SCHEMA as REPORT_SCHEMA
from ..report.report import Report
from . import codecarbon
from .questions import book_what_waits
from .row import pause_row_of, row_of
from .stores import read_from

_CONTEXT = ("project", "commit", "job", "session", "parent", "origin")
_EDGES = ("begin_ns", "end_ns")
_AT_ONCE = 500
_OURS = "jupyter-green"
_FORMS = "JSON lines of `jupyter green export`, a report's JSON, or CodeCarbon's emissions.csv"


class ImportFault(ValueError):  # noqa: N818  (as the stores' faults)
    """A file that cannot be imported. The message says which line, and why."""


@dataclass(frozen=True)
class Imported:
    """What became of the windows of a file."""

    windows: int
    new: int
    """Those that are in the ledger now, and were not before."""
    known: int
    """Those that were in it before."""
    waiting: str
    """What keeps them in the intake; empty where they are booked."""

    def __str__(self) -> str:
        """Return it as text."""
        windows = "1 window" if self.windows == 1 else f"{self.windows} windows"
        if self.waiting:
            return f"{windows} read, and waiting to be booked: {self.waiting}"
        said = [f"{windows} read, {self.new} of them new"]
        if self.known:
            said.append(f"{self.known} had been in the ledger")
        if left_out := self.windows - self.new - self.known:
            said.append(f"{left_out} left out, as it was said to forget them")
        return "; ".join(said)


def import_file(ledger: Path, path: Path) -> Imported:
    """Bring the windows of a file into the ledger: all of them, or none.

    Raises
    ------
    ImportFault
        For a file that cannot be read, or a window in it; nothing is imported then.
    OSError
        Where it cannot be opened, or the intake cannot be written.
    StoreFault
        Where the ledger cannot be read.
    """
    ids = {str(entry["run_id"]) for entry in _entries(path)}  # all of it is read before any
    book_what_waits(ledger)
    before = _known(ledger, ids)
    writer = Writer(intake_folder(ledger), owner_of(os.getpid()), METER)
    for some in _in_parts(lines.pack(lines.CLOSED, **entry) for entry in _entries(path)):
        writer.write(some)
        writer.seal()  # the booker reads each file as a whole
    book_what_waits(ledger)
    if waiting := refused(ledger):
        return Imported(len(ids), len(ids - before), len(before), waiting)
    return Imported(len(ids), len(_known(ledger, ids) - before), len(before), "")


def _in_parts(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    for entry in entries:
        some.append(entry)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _known(ledger: Path, ids: set[str]) -> set[str]:
    found: set[str] = set()
    for database in read_from(ledger):
        found |= database.known(ids)
    return found


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what a meter would have handed in."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        head = file.read(1 << 16)
        file.seek(0)
        found = _of_json(file) if head.lstrip()[:1] in {"{", "["} else _of_csv(file)
        try:
            for entry in found:
                pause_row_of(entry, row_of(entry, {}))
                yield entry
        except (ValueError, TypeError, KeyError, csv.Error, RecursionError) as error:
            raise ImportFault(f"{path}: {error}") from None


def _of_csv(file: TextIO) -> Iterator[dict[str, Any]]:
    rows = csv.DictReader(file, strict=True)
    names = set(rows.fieldnames or ())
    if codecarbon.TASKS in names:
        raise ValueError("it has the tasks of a run: import the emissions.csv beside it")
    if not names.issuperset(codecarbon.NEEDED):
        raise ValueError(f"it is none of the files that can be imported: {_FORMS}")
    for run in codecarbon.runs(rows):
        if run.context["origin"].startswith(f"codecarbon {_OURS}"):
            raise ValueError(
                "it was exported from a ledger: import `jupyter green export jsonl`, which has all"
            )
        yield {**run.context, "run_id": run.report.run_id, "report": run.report.to_dict()}


def _of_json(file: TextIO) -> Iterator[dict[str, Any]]:
    """Yield the windows of lines of JSON, or of one that may have any number of lines."""
    first = file.readline()
    try:
        line = json.loads(first)
    except ValueError:
        yield from _of_whole(json.loads(first + file.read()))
        return
    if not (isinstance(line, dict) and "report" in line):
        yield from _of_whole(json.loads(first + file.read()))
        return
    yield _entry(line["report"], line)
    for number, text in enumerate(file, start=2):
        yield _of_line(number, text)


def _of_line(number: int, text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
        return _entry(line["report"], line)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"line {number}: {error}") from None


def _of_whole(found: Any) -> Iterator[dict[str, Any]]:
    """Yield the windows of a report, of a list of reports, or of what holds one."""
    if isinstance(found, Mapping) and found.get("schema") == REPORT_SCHEMA:
        found = [found]
    elif isinstance(found, Mapping):
        found = found.get("reports")
    if not isinstance(found, list):
        raise ValueError(f"it is none of the files that can be imported: {_FORMS}")  # noqa: TRY004
    for record in found:
        yield _entry(record, {})


def _entry(record: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    report = Report.from_dict(record)
    kept: dict[str, Any] = {
        name: context[name] for name in _CONTEXT if isinstance(context.get(name), str)
    }
    kept |= {name: context[name] for name in _EDGES if isinstance(context.get(name), int)}
    if isinstance(context.get("pause"), dict):
        kept["pause"] = context["pause"]
    # Earlier than any report that this ledger's own meters write of the same window.
    return {**kept, "run_id": report.run_id, "written_ns": 1, "report": report.to_dict()}
