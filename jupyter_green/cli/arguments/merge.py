"""The arguments of ``merge``."""

from __future__ import annotations

import argparse
from pathlib import Path

from .parser import Commands

_MERGE_EXAMPLES = """\
examples:
  srun jupyter green run --json -o energy-%h.json -- python train.py
  jupyter green merge energy-*.json
  jupyter green merge energy-*.json -o energy.json

exit status: 0 on success, 2 if the files cannot be used.
"""


def add_merge(commands: Commands) -> None:
    """Add ``merge``."""
    parser = commands.add_parser(
        "merge",
        help="add up the reports of several hosts",
        description="Add up the reports that `run --json -o FILE` has written on several hosts.\n"
        "What lies inside another window of its host is counted once.",
        epilog=_MERGE_EXAMPLES,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write it to FILE, as JSON, and print nothing",
    )
    parser.set_defaults(run=_merge)


def _merge(arguments: argparse.Namespace) -> int:
    from ..merge import merge

    return merge(arguments.files, arguments.output, as_json=arguments.json)
