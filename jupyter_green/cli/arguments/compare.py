"""The arguments of ``compare``."""

from __future__ import annotations

import argparse

from .names import name
from .parser import Commands

_EXAMPLES = """\
examples:
  jupyter green compare float32 bfloat16
  jupyter green compare 4c1d2e7 9b0a113 --json

exit status: 0 on success, 2 if the input cannot be used.
"""


def add_compare(commands: Commands) -> None:
    """Add ``compare``."""
    parser = commands.add_parser(
        "compare",
        help="compare what two labels, commits or runs used",
        description="Say how much more or less joules B used than A, with a 95 % interval, and\n"
        "what makes the two unlike. A and B are labels, ids of runs or commits of the ledger.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("reference", type=name, metavar="A")
    parser.add_argument("other", type=name, metavar="B")
    parser.add_argument(
        "--json", dest="format", action="store_const", const="json", default="text", help="as JSON"
    )
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    from ..compare import print_comparison

    return print_comparison(arguments.reference, arguments.other, arguments.format)
