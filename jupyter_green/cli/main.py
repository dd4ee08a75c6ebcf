"""The commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .._version import __version__
from .errors import InputError
from .execute import execute

BAD_INPUT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "±" and "≈"
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except InputError as error:
        print(f"jupyter green: {error}", file=sys.stderr)
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
        "Leaves the executed notebook and an HTML page of it in the output folder. "
        "Exit status: 0, 1 where a cell failed, 2 where the input cannot be used.",
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
    run.set_defaults(run=lambda a: execute(a.notebook, a.output_dir, a.kernel))
    return parser
