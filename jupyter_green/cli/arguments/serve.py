"""The arguments of ``serve``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...service.quantum import QUANTUM_J
from ...sources.variables import BASELINE_VARIABLE, USUAL_BASELINE, USUAL_SOCKET
from .parser import Commands

HOW_BASELINE = (
    "as `jupyter green baseline` keeps it\n"
    f"(default: ${BASELINE_VARIABLE}, else {USUAL_BASELINE}, if it is there)"
)

_SERVE_EXAMPLES = """\
examples:
  jupyter green serve
  jupyter green serve --socket /tmp/mine/sock
  jupyter green serve --group jupyter

exit status: 0 if a signal ended it, 2 if it cannot listen, 75 if it wants to be started again:
its sensors have changed, or its sampler has ended.
"""


def add_serve(commands: Commands) -> None:
    """Add ``serve``."""
    parser = commands.add_parser(
        "serve",
        help="read the sensors for all programs of this host",
        description="Read the sensors of this host for every program that measures on it. It\n"
        "opens them, gives up all rights, and answers on a socket until a signal ends it.\n"
        "Kernels and commands find it there by themselves.",
        epilog=_SERVE_EXAMPLES,
    )
    parser.add_argument(
        "--socket",
        default=USUAL_SOCKET,
        metavar="PATH",
        help="where to listen, unless systemd has opened a socket (default: %(default)s)",
    )
    parser.add_argument(
        "--group",
        metavar="NAME",
        help="whose members may connect, by name or number (default: this user's group)",
    )
    parser.add_argument(
        "--quantum",
        type=float,
        default=QUANTUM_J,
        metavar="J",
        help="the step of a processor's joules as clients see them (default: %(default)g)",
    )
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help=f"the idle power, {HOW_BASELINE}",
    )
    parser.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    from ..serve import serve

    if not 0 < arguments.quantum <= 1000:
        arguments.parser.error("--quantum: give a number of joules above 0, such as 0.01")
    return serve(arguments.socket, arguments.group, arguments.quantum, arguments.baseline)
