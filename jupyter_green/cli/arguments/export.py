"""The arguments of ``export``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...exports.forms import FORMS
from ..errors import InputError
from .names import name
from .parser import Commands
from .place import add_place, chosen_place

_EXPORT_EXAMPLES = """\
examples:
  jupyter green export csv --since 2026-05-01 -o may.csv
  jupyter green export cyclonedx --project thesis --place DE --pue 1.2 -o bom.json
  jupyter green export prometheus -o /var/lib/node_exporter/jupyter_green.prom
  jupyter green export --mlflow

exit status: 0 on success, 2 if the input cannot be used or the output cannot be written.
"""


def add_export(commands: Commands) -> None:
    """Add ``export``."""
    parser = commands.add_parser(
        "export",
        help="write the ledger in the form of another tool",
        usage="jupyter green export [options] FORM\n       jupyter green export [options] --mlflow",
        description="Write the windows of the ledger in the form of another tool:\n"
        + "\n".join(f"  {name:<11} {form.summary}" for name, form in FORMS.items()),
        epilog=_EXPORT_EXAMPLES,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("form", nargs="?", choices=FORMS, metavar="FORM", help="one of the above")
    where.add_argument(
        "--mlflow", action="store_true", help="log each window as a run of MLflow instead"
    )
    parser.add_argument("--since", metavar="DATE", help="only what began on that day or later")
    parser.add_argument("--until", metavar="DATE", help="only what began on that day or before")
    parser.add_argument(
        "--project", type=name, metavar="NAME", help="only that project: its folder's name"
    )
    add_place(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write to FILE, as a whole or not at all"
    )
    parser.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    from ..export import export, export_to_mlflow, select

    if arguments.mlflow and arguments.output:
        raise InputError("--mlflow writes no file: leave -o out")
    place = chosen_place(arguments)
    selection = select(arguments.since, arguments.until, arguments.project, place)
    if arguments.mlflow:
        return export_to_mlflow(selection)
    return export(arguments.form, selection, arguments.output)
