"""The arguments of ``history`` and ``report``, which ask the ledger."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path
from typing import Any

from ..errors import InputError
from .names import name
from .numbers import number
from .parser import Commands
from .place import add_place, chosen_place

WAYS = ("notebook", "project", "commit", "day", "label", "status", "stage", "cell", "domain")
"""The groups of ``report``."""
MOST_GROUPS = 100
"""Of its table: the dearest, or the last days."""

_HISTORY_EXAMPLES = """\
examples:
  jupyter green history
  jupyter green history 100 --project thesis --json

exit status: 0 on success, 2 if the input cannot be used.
"""

_REPORT_EXAMPLES = """\
examples:
  jupyter green report
  jupyter green report --by day --since 2026-01-01 --until 2026-01-31
  jupyter green report --project thesis --by stage --format markdown
  jupyter green report --html energy.html

exit status: 0 on success, 2 if the input cannot be used.
"""


def add_questions(commands: Commands) -> None:
    """Add ``history`` and ``report``."""
    past = commands.add_parser(
        "history",
        help="list what was metered last, in all notebooks and programs",
        description="List the windows of the ledger that were metered last.",
        epilog=_HISTORY_EXAMPLES,
    )
    past.add_argument(
        "number", nargs="?", type=number, default=20, metavar="N", help="how many (default: 20)"
    )
    past.set_defaults(run=lambda a: _ledger().history(a.number, a.project, a.format))
    groups = commands.add_parser(
        "report",
        help="add up what was metered, by notebook, project, day, label, status or stage",
        description="Add up the windows of the ledger, each joule once.",
        epilog=_REPORT_EXAMPLES,
    )
    groups.add_argument("--by", choices=WAYS, help="the groups (default: notebook)")
    groups.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    groups.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    groups.add_argument(
        "--all",
        action="store_true",
        help=f"a table of all groups, not only of {MOST_GROUPS}; CSV and JSON always have all",
    )
    add_place(groups)
    groups.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write a page with all groups, spent and kept, and the dearest cells instead",
    )
    groups.set_defaults(run=_report)
    for command in (past, groups):
        command.add_argument(
            "--project",
            type=name,
            metavar="NAME",
            help="only of this project: its folder, or its last part",
        )
        command.add_argument(
            "--format", choices=("table", "csv", "json", "markdown"), help="(default: table)"
        )
        command.add_argument(
            "--json", dest="format", action="store_const", const="json", help="--format json"
        )


def _report(arguments: argparse.Namespace) -> int:
    ledger = _ledger()
    asked = ledger.Asked(arguments.since, arguments.until, arguments.project)
    place = chosen_place(arguments)
    if arguments.html is not None:
        from ..ledger_page import write_page

        if arguments.by or arguments.format:
            raise InputError("--html writes all groups as one page: leave --by and --format out")
        return write_page(arguments.html, asked, place)
    most = None if arguments.all else MOST_GROUPS
    way, form = arguments.by or "notebook", arguments.format
    status: int = ledger.report(way, asked, form, place, most)
    return status


def _ledger() -> Any:
    gc.disable()  # until all is loaded: there is no rubbish in it
    try:
        from .. import ledger
    finally:
        gc.freeze()
        gc.enable()
    return ledger
