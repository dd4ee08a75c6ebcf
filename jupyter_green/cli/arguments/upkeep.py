"""The arguments of ``ledger``, which looks after it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InputError
from .names import name
from .parser import Commands, Parser

_LEDGER_EXAMPLES = """\
examples:
  jupyter green ledger check
  jupyter green ledger repair
  jupyter green ledger import emissions.csv windows.jsonl
  jupyter green ledger migrate
  jupyter green ledger forget --notebook thesis.ipynb --dry-run

exit status: 0 on success, 1 if check finds a fault, 2 if the input or the ledger cannot be used.
"""


def add_upkeep(commands: Commands) -> None:
    """Add ``ledger``."""
    ledger = commands.add_parser(
        "ledger",
        help="look after the ledger: where it is, whether it is sound, repair, imports, forgetting",
        description="Look after the ledger.",
        epilog=_LEDGER_EXAMPLES,
    )
    parts = ledger.add_subparsers(metavar="WHAT", required=True, parser_class=Parser)
    where = parts.add_parser(
        "path",
        help="print its folder",
        description="Print its folder.",
        epilog="example: cd $(jupyter green ledger path)\n\n"
        "exit status: 0 on success, 2 if there is none.",
    )
    where.set_defaults(run=lambda _: _place().path())
    look = parts.add_parser(
        "check",
        help="say whether it is sound, and what waits to be booked",
        description="Book what waits, look at each store, and say what is wrong with it.",
        epilog="example: jupyter green ledger check\n\nexit status: 0 if it is sound, 1 if not.",
    )
    look.add_argument("--json", action="store_true", help="JSON instead of text")
    look.set_defaults(run=_check)
    mend = parts.add_parser(
        "repair",
        help="save what can be read of a damaged store",
        description="Look at all of this host's store. One that is damaged is set aside as\n"
        "damaged-..., with all its bytes, and what can be read of it is saved row by row.",
        epilog="example: jupyter green ledger repair\n\n"
        "exit status: 0 if the ledger can be used now, 2 if not.",
    )
    mend.set_defaults(run=lambda _: _upkeep().repair_ledger())
    bring = parts.add_parser(
        "import",
        help="bring in the windows of a file: exported JSON lines, CodeCarbon's emissions.csv",
        description="Bring in the windows of files: JSON lines of `jupyter green export jsonl`, a\n"
        "report's JSON, CodeCarbon's emissions.csv. Importing a file twice changes nothing.",
        epilog="example: jupyter green ledger import emissions.csv windows.jsonl\n\n"
        "exit status: 0 if all were imported, 2 if a file cannot be read; nothing of it is\n"
        "imported then.",
    )
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    bring.set_defaults(run=lambda a: _upkeep().import_files(a.files))
    migrate = parts.add_parser(
        "migrate",
        help="bring it to the schema of this version, after a backup",
        description="Bring each store to the schema of this version. A file is copied to\n"
        "ledger-backup-... first; of a server's store make a copy yourself.",
        epilog="example: jupyter green ledger migrate\n\n"
        "exit status: 0 if it has this version's schema now, 2 if it cannot be changed.",
    )
    migrate.add_argument("--sql", action="store_true", help="print the SQL, and change nothing")
    migrate.add_argument(
        "--backed-up", action="store_true", help="you have a copy of the server's store"
    )
    migrate.set_defaults(
        run=lambda a: _upkeep().migrate_ledger(prints_sql=a.sql, is_backed_up=a.backed_up)
    )
    _add_forget(parts)


def _add_forget(parts: Commands) -> None:
    parser = parts.add_parser(
        "forget",
        help="forget what was metered, of a notebook, a project, a time, or all of it",
        description="Forget windows, so that no file of the ledger holds anything of them:\n"
        "no row, no free page, no log, no copy. Windows that are open now are forgotten too. It\n"
        "cannot be undone, and you are asked before. Several conditions must all hold.",
        epilog="example: jupyter green ledger forget --project ~/old --before 2026-01-01\n\n"
        "exit status: 0 if it is forgotten, 1 if you said no, 2 if it cannot be done now.",
    )
    parser.add_argument(
        "--notebook", type=name, metavar="PATH", help="what that notebook's cells used"
    )
    parser.add_argument(
        "--project", type=name, metavar="FOLDER", help="what was metered in that project"
    )
    parser.add_argument("--before", metavar="DATE", help="what began before that day")
    parser.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--dry-run", action="store_true", help="only say how many windows")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=_forget)


def _forget(arguments: argparse.Namespace) -> int:
    from ..forget import forget_windows

    which = (arguments.notebook, arguments.project, arguments.before)
    if arguments.all == any(each is not None for each in which):
        raise InputError("say which windows: --notebook, --project or --before, or else --all")
    if any(each is not None and not each.strip("/. ") for each in which):
        raise InputError("an empty name says nothing of which windows: use --all for all of them")
    return forget_windows(*which, asks=not arguments.yes, is_dry=arguments.dry_run)


def _check(arguments: argparse.Namespace) -> int:
    upkeep = _upkeep()
    render = upkeep.check_as_json if arguments.json else str
    status: int = upkeep.check_ledger(render)
    return status


def _place() -> Any:
    from .. import ledger

    return ledger


def _upkeep() -> Any:
    from .. import upkeep

    return upkeep
