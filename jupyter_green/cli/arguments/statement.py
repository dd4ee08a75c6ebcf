"""The arguments of ``statement``."""

from __future__ import annotations

import argparse

from .names import name
from .parser import Commands
from .place import add_place, chosen_place

_STATEMENT_EXAMPLES = """\
examples:
  jupyter green statement --place DE
  jupyter green statement --project thesis --since 2026-01-01 --format latex > energy.tex
  jupyter green statement --reports runs.jsonl --format json

exit status: 0 on success, 2 if the input cannot be used or nothing was metered.
"""


def add_statement(commands: Commands) -> None:
    """Add ``statement``."""
    parser = commands.add_parser(
        "statement",
        help="state what a project used, for a paper, a model card or a regulator",
        description="State what a project used: all runs, failed ones too, and the last good\n"
        "ones; joules with intervals, measured and estimated ones apart; hardware, sensors and\n"
        "what they do not cover; CO2e where a place is given; a paragraph for the NeurIPS\n"
        "checklist, and megawatt-hours for the EU AI Act.",
        epilog=_STATEMENT_EXAMPLES,
    )
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--project",
        type=name,
        metavar="NAME",
        help="the project's folder, or the last part of it (default: that of this folder)",
    )
    whose.add_argument("--all", action="store_true", help="all projects of the ledger")
    whose.add_argument(
        "--reports",
        metavar="FILE",
        help="reports in FILE (- for standard input), one in JSON on each line, as `export jsonl` "
        "has them too, and no ledger",
    )
    parser.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    parser.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    add_place(parser)
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "latex", "json"),
        default="text",
        help="(default: text)",
    )
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", help="--format json"
    )
    parser.set_defaults(run=_statement)


def _statement(arguments: argparse.Namespace) -> int:
    from ..statement import Wanted, statement

    wanted = Wanted(
        arguments.project,
        arguments.all,
        arguments.since,
        arguments.until,
        arguments.reports,
        chosen_place(arguments),
    )
    return statement(wanted, arguments.format)
