"""The arguments of ``baseline``."""

from __future__ import annotations

import argparse
from pathlib import Path

from .parser import Commands

SECONDS = 10.0

_BASELINE_EXAMPLES = """\
examples:
  jupyter green baseline
  jupyter green baseline --seconds 60 --output /etc/jupyter-green/baseline.json

exit status: 0 if it was measured, 1 if the machine was not idle, 2 if the input cannot be used.
"""


def add_baseline(commands: Commands) -> None:
    """Add ``baseline``."""
    parser = commands.add_parser(
        "baseline",
        help="measure what this machine draws while nothing runs",
        description="Measure the idle power of this machine, while nothing else runs on it. With\n"
        "it the host's service tells each program how many of the joules idle power has.",
        epilog=_BASELINE_EXAMPLES,
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="N",
        help="how long to measure (default: %(default)g)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="keep it as JSON, for `jupyter green serve`"
    )
    parser.set_defaults(run=_baseline)


def _baseline(arguments: argparse.Namespace) -> int:
    from ..baseline import baseline

    return baseline(arguments.seconds, arguments.output)
