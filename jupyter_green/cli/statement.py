"""``jupyter green statement``: what a project used, for a paper or a regulator."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..ledger.database import StoreFault
from ..ledger.emitted import Factor
from ..ledger.metered import Metered
from ..ledger.questions import projects, read
from ..ledger.reports import without_curves
from ..printable import printable, shortened
from ..report.fields import ReportError
from ..report.report import Report
from ..statements import latex, markdown, text
from ..statements.facts import Facts, Scope, facts_of
from ..statements.record import record
from ..statements.sections import document
from ..statements.source import here, windows_of
from .dates import between
from .errors import InputError
from .ledger import Asked, between_cells, folder
from .place import Chosen

_FORMS = {"text": text.text, "markdown": markdown.markdown, "latex": latex.latex}
_MOST_NAMED = 8
_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Wanted:
    """What a statement is to be of."""

    project: str | None = None
    """A project's folder, or the last part of it; ``None`` for the one of this folder."""
    is_of_all: bool = False
    since: str | None = None
    until: str | None = None
    reports: str | None = None
    """A file with a report in JSON on each line, not the ledger; ``-`` for standard input."""
    place: Chosen | None = None


def statement(wanted: Wanted, form: str) -> int:
    """Print a statement."""
    try:
        facts, factor, who = _of_ledger(wanted) if wanted.reports is None else _of_file(wanted)
    except StoreFault as error:
        raise InputError(str(error)) from None
    if who:
        print(printable(who), file=sys.stderr)
    print(_written(facts, factor, form))
    return 0


def _written(facts: Facts, factor: Factor | None, form: str) -> str:
    if form == "json":
        return json.dumps(record(facts, factor), indent=2)
    return _FORMS[form](document(facts, factor))


def _of_file(wanted: Wanted) -> tuple[Facts, Factor | None, str]:
    windows = windows_of(_reports(wanted.reports or _STANDARD_INPUT))
    if not windows:
        raise InputError(f"{wanted.reports} holds no report")
    metered = [window for window, _ in windows]
    return facts_of(windows), *_factor(wanted.place, metered)


def _of_ledger(wanted: Wanted) -> tuple[Facts, Factor | None, str]:
    since_s, until_s = between(wanted.since, wanted.until)
    ledger = folder()
    project = None if wanted.is_of_all else wanted.project or here()
    metered = read(ledger, since_s, until_s, project)
    if not metered:
        raise InputError(_nothing(ledger, project, since_s, until_s))
    scope = Scope(project, wanted.since, wanted.until)
    pauses = between_cells(Asked(wanted.since, wanted.until, project))
    facts = facts_of(without_curves(ledger, metered), scope, pauses)
    return facts, *_factor(wanted.place, metered)


def _factor(place: Chosen | None, metered: Sequence[Metered]) -> tuple[Factor | None, str]:
    """Return by what joules become grams, and who says it."""
    if place is None:
        return None, ""
    # What a provider has said before is kept in the ledger's folder.
    return place.at(metered, folder() if place.provider else Path())


def _nothing(
    ledger: Path, project: str | None, since_s: float | None, until_s: float | None
) -> str:
    """Return why there is no run, and which ones there are."""
    if project is None:
        return "nothing was metered then" if since_s or until_s else "nothing has been metered yet"
    others = sorted(projects(ledger, since_s, until_s))
    if not others:
        return f"nothing was metered in the project {project}, nor in another one"
    named = ", ".join(shortened(other, 80) for other in others[:_MOST_NAMED])
    return (
        f"nothing was metered in the project {project}: --project names one of {named}; --all "
        "takes all"
    )


def _reports(name: str) -> Iterator[Report]:
    """Yield the reports of a file.

    Raises
    ------
    InputError
        For a file that cannot be read, and for a line that holds no report.
    """
    try:
        if name == _STANDARD_INPUT:
            yield from _of_lines(sys.stdin, "standard input")
        else:
            with Path(name).open(encoding="utf-8") as stream:
                yield from _of_lines(stream, name)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{name} is no text of reports: it is not UTF-8") from None


def _of_lines(lines: Iterable[str], name: str) -> Iterator[Report]:
    """Yield the report of each line; those that ``export jsonl`` writes hold one."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            is_export = isinstance(entry, dict) and "report" in entry
            yield Report.from_dict(entry["report"] if is_export else entry)
        except (ReportError, ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: {error}") from None
