"""The arguments of ``doctor``."""

from __future__ import annotations

import argparse

from ...doctor.seconds import SECONDS
from .parser import Commands

_DOCTOR_EXAMPLES = """\
examples:
  jupyter green doctor
  jupyter green doctor --seconds 10 --json

exit status: 0 if energy is measured, 1 if it is only estimated, 2 if nothing can be read.
"""


def add_doctor(commands: Commands) -> None:
    """Add ``doctor``."""
    parser = commands.add_parser(
        "doctor",
        help="say what can be measured here, what cannot be, why, and what to do",
        description="Read every sensor for some seconds and say what was seen: power, refresh\n"
        "period, whether counter and power agree; and for each sensor that cannot be read the\n"
        "reason and the remedies.",
        epilog=_DOCTOR_EXAMPLES,
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="N",
        help="how long to measure (default: %(default)g)",
    )
    parser.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    from ...doctor.text import text
    from ..doctor import as_json, doctor

    return doctor(arguments.seconds, as_json if arguments.json else text)
