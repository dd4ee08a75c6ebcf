"""The arguments of ``ledger``, which looks after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .parser import Commands, Parser

_LEDGER_EXAMPLES = """\
examples:
  jupyter green ledger check
  jupyter green ledger repair
  jupyter green ledger import emissions.csv windows.jsonl
  jupyter green ledger migrate

exit status: 0 on success, 1 if check finds a fault, 2 if the input or the ledger cannot be used.
"""


def add_upkeep(commands: Commands) -> None:
    """Add ``ledger``."""
    ledger = commands.add_parser(
        "ledger",
        help="look after the ledger: where it is, whether it is sound, repair, migration, imports",
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
    look.set_defaults(run=lambda _: _upkeep().check_ledger())
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


def _place() -> Any:
    from .. import ledger

    return ledger


def _upkeep() -> Any:
    from .. import upkeep

    return upkeep
