"""The commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._version import __version__
from ..doctor.examination import SECONDS
from ..doctor.text import text
from ..printable import LONGEST_MESSAGE, printable, shortened
from ..terminal import SPELLED
from .doctor import as_json as diagnosis_as_json
from .doctor import doctor
from .errors import InputError
from .execute import Conduct, as_table, execute
from .exports import as_csv, as_json
from .table import MeteredCell

BAD_INPUT = 2
WAYS = ("notebook", "project", "commit", "day", "label", "status", "stage", "cell")
"""The groups of ``jupyter green report``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELLED)
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except InputError as error:
        line = printable(f"jupyter green: {error}")
        print(shortened(line, LONGEST_MESSAGE), file=sys.stderr)
        return BAD_INPUT
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter green", description="Joules and watts of notebooks and programs."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = commands.add_parser(
        "execute",
        help="run a notebook with every cell metered",
        description="Run a notebook with every cell metered and print what each cell cost. "
        "Writes the executed notebook and an HTML page of it to the output folder. "
        "Exit status: 0 on success, 1 if a cell failed, 2 if the input cannot be used.",
    )
    run.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    run.add_argument(
        "--output-dir",
        type=Path,
        default=Path("executed"),
        metavar="DIR",
        help="where the executed notebook goes (default: ./executed)",
    )
    run.add_argument(
        "--kernel",
        default="",
        metavar="NAME",
        help="the kernel to run it with (default: the one that the notebook names)",
    )
    run.add_argument(
        "--allow-errors",
        action="store_true",
        help="run the cells after one that fails; the exit status is then 0",
    )
    run.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="interrupt a cell that runs longer (default: none does)",
    )
    printed = run.add_mutually_exclusive_group()
    for name, render in (("json", as_json), ("csv", _as_csv)):
        printed.add_argument(
            f"--{name}",
            dest="render",
            action="store_const",
            const=render,
            default=as_table,
            help=f"print {name.upper()} instead of the table",
        )
    run.set_defaults(
        run=lambda a: execute(
            a.notebook, a.output_dir, Conduct(a.kernel, a.allow_errors, a.timeout), a.render
        )
    )
    diagnose = commands.add_parser(
        "doctor",
        help="say what can be measured here, what cannot be, why, and what to do",
        description="Read every sensor for some seconds and say what was seen: power, refresh "
        "period, whether counter and power agree; and for each sensor that cannot be read the "
        "reason and the remedies. Exit status: 0 if energy is measured, 1 if it is only "
        "estimated, 2 if nothing can be read.",
    )
    diagnose.add_argument("--json", action="store_true", help="print JSON instead of text")
    diagnose.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="N",
        help="how long to measure (default: %(default)g)",
    )
    diagnose.set_defaults(run=lambda a: doctor(a.seconds, diagnosis_as_json if a.json else text))
    _add_ledger(commands)
    return parser


def _add_ledger(commands: Any) -> None:
    """Add the commands that ask the ledger, whose database is loaded by none of the others."""
    past = commands.add_parser(
        "history",
        help="list what was metered last, in all notebooks and programs",
        description="List the windows of the ledger that were metered last. "
        "Example: jupyter green history 20 --format json",
    )
    past.add_argument(
        "number", nargs="?", type=_number, default=20, metavar="N", help="how many (default: 20)"
    )
    past.set_defaults(run=lambda a: _ledger().history(a.number, a.format))
    groups = commands.add_parser(
        "report",
        help="add up what was metered, by notebook, project, day, label, status or stage",
        description="Add up the windows of the ledger, each joule once. "
        "Example: jupyter green report --by day --since 2026-01-01 --until 2026-01-31",
    )
    groups.add_argument(
        "--by", choices=WAYS, default="notebook", help="the groups (default: notebook)"
    )
    groups.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    groups.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    groups.set_defaults(run=lambda a: _ledger().report(a.by, a.since, a.until, a.format))
    for command in (past, groups):
        command.add_argument(
            "--format", choices=("table", "csv", "json"), default="table", help="(default: table)"
        )
    ledger = commands.add_parser(
        "ledger",
        help="say where the ledger is, and whether it is sound",
        description="Say where the ledger is (path), or look at it (check). Exit status of check: "
        "0 if it is sound, 1 if not.",
    )
    ledger.add_argument("what", choices=("path", "check"))
    ledger.set_defaults(
        run=lambda a: _ledger().path() if a.what == "path" else _ledger().check_ledger()
    )


def _ledger() -> Any:
    from . import ledger

    return ledger


def _number(text: str) -> int:
    """Return a number of windows, of 1 or more."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of windows, 1 or more")
    return int(text)


def _as_csv(cells: Sequence[MeteredCell], _: str) -> str:
    return as_csv(cells)


def _seconds(text: str) -> int:
    """Return a number of seconds, of 1 or more."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds, 1 or more")
    return int(text)
