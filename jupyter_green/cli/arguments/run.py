"""The arguments of ``run``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from .numbers import rest_s, whole_number
from .parser import Commands

BAD_INPUT_OF_RUN = 125
"""Its other exit codes are the command's: as those of env(1) and timeout(1)."""

_RUN_EXAMPLES = """\
examples:
  jupyter green run -- python train.py --epochs 3
  jupyter green run --label big --stage training --project thesis -- ./train.sh
  jupyter green run --repeat 10 --warmup 2 -o joules.txt -- make -B
  jupyter green run --json -o run.json --wait-descendants -- ./start_workers.sh

exit status: that of the command; if a signal ended it, this ends by the same signal. 127 if there
is no such command, 126 if it cannot be executed, 125 if the options cannot be used.
"""


def add_run(commands: Commands) -> None:
    """Add ``run``."""
    parser = commands.add_parser(
        "run",
        help="run a command and say what it used",
        usage="jupyter green run [options] -- COMMAND [ARGUMENT ...]",
        description="Run a command as it runs without this, and say on standard error what it\n"
        "used. There is no shell between; input, output, terminal, Ctrl-C and Ctrl-Z are the\n"
        "command's, and signals sent to this program are passed on to it.",
        epilog=_RUN_EXAMPLES,
        bad_input=BAD_INPUT_OF_RUN,
    )
    parser.add_argument("--label", metavar="TEXT", help="a name for the report")
    parser.add_argument("--stage", metavar="TEXT", help="what it belongs to, such as training")
    parser.add_argument(
        "--project", metavar="TEXT", help="a name for its project (default: the folder of .git)"
    )
    parser.add_argument(
        "--repeat",
        type=whole_number(1),
        metavar="N",
        help="run it N times and say the mean with its 95 %% interval; one that fails is the last",
    )
    parser.add_argument(
        "--warmup",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="with --repeat, N runs before that, which do not count",
    )
    parser.add_argument(
        "--cooldown",
        type=rest_s,
        default=0.0,
        metavar="SECONDS",
        help="with --repeat, rest that long between runs",
    )
    parser.add_argument(
        "--wait-descendants",
        action="store_true",
        help="meter until the last process that the command leaves behind has ended (Linux)",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write the result to FILE instead of standard error",
    )
    parser.set_defaults(run=_run, hint="; the command goes behind --")


def _run(arguments: argparse.Namespace) -> int:
    from ..run import run
    from ..running.order import Order

    if not arguments.words:
        raise InputError(
            "no command: put it behind --, as in `jupyter green run -- python train.py`"
        )
    if arguments.repeat is None and (arguments.warmup or arguments.cooldown):
        raise InputError("--warmup and --cooldown are for several runs: add --repeat N")
    return run(
        Order(
            arguments.words,
            arguments.label,
            arguments.stage,
            arguments.project,
            arguments.repeat,
            arguments.warmup,
            arguments.cooldown,
            arguments.wait_descendants,
            arguments.json,
            arguments.output,
        )
    )
