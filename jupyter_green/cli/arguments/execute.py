"""The arguments of ``execute``."""

from __future__ import annotations

import argparse
from pathlib import Path

from .numbers import seconds
from .parser import Commands

_EXECUTE_EXAMPLES = """\
examples:
  jupyter green execute analysis.ipynb
  jupyter green execute train.ipynb -p epochs 3 -p learning_rate 1e-3 --timeout 600
  jupyter green execute analysis.ipynb --json > cells.json

exit status: 0 on success, 1 if a cell failed, 2 if the input cannot be used.
"""


def add_execute(commands: Commands) -> None:
    """Add ``execute``."""
    parser = commands.add_parser(
        "execute",
        help="run a notebook with every cell metered",
        description="Run a notebook with every cell metered and print what each cell cost.\n"
        "Writes the executed notebook and an HTML page of it to the output folder.",
        epilog=_EXECUTE_EXAMPLES,
    )
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("executed"),
        metavar="DIR",
        help="where the executed notebook goes (default: ./executed)",
    )
    parser.add_argument(
        "-p",
        "--parameters",
        nargs=2,
        action="append",
        metavar=("NAME", "VALUE"),
        help="set NAME in a cell behind the one tagged `parameters`, or at the top; repeatable",
    )
    parser.add_argument(
        "--kernel",
        default="",
        metavar="NAME",
        help="the kernel to run it with (default: the one that the notebook names)",
    )
    parser.add_argument(
        "--allow-errors",
        action="store_true",
        help="run the cells after one that fails; the exit status is then 0",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="interrupt a cell that runs longer (default: none does)",
    )
    printed = parser.add_mutually_exclusive_group()
    for form in ("json", "csv"):
        printed.add_argument(
            f"--{form}",
            dest="form",
            action="store_const",
            const=form,
            default="table",
            help=f"print {form.upper()} instead of the table",
        )
    parser.set_defaults(run=_execute)


def _execute(arguments: argparse.Namespace) -> int:
    from ..execute import Conduct, as_table, execute
    from ..exports import as_csv, as_json
    from ..parameters import parameters

    conduct = Conduct(
        arguments.kernel, arguments.allow_errors, arguments.timeout, parameters(arguments.words)
    )
    renders = {"table": as_table, "json": as_json, "csv": lambda cells, _: as_csv(cells)}
    return execute(arguments.notebook, arguments.output_dir, conduct, renders[arguments.form])
