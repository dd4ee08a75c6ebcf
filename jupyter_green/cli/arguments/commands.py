"""All commands."""

from __future__ import annotations

import argparse

from ..._version import __version__
from .baseline import add_baseline
from .compare import add_compare
from .completion import add_completion
from .doctor import add_doctor
from .execute import add_execute
from .export import add_export
from .merge import add_merge
from .metrics import add_metrics
from .parser import Parser
from .questions import add_questions
from .run import add_run
from .serve import add_serve
from .statement import add_statement
from .upkeep import add_upkeep

_EXAMPLES = """\
examples:
  jupyter green run -- python train.py
  jupyter green report --by project
  jupyter green COMMAND --help

exit status: 0 on success, 2 if the input cannot be used; each command says its own.
"""


def parser() -> argparse.ArgumentParser:
    """Return what reads the words of all commands."""
    found = Parser(
        prog="jupyter green",
        description="Joules and watts of notebooks and programs.",
        epilog=_EXAMPLES,
    )
    found.add_argument("--version", action="version", version=__version__)
    commands = found.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for add in (add_run, add_merge, add_execute, add_doctor, add_questions, add_upkeep):
        add(commands)
    for add in (add_compare, add_export, add_statement, add_serve, add_metrics, add_baseline):
        add(commands)
    add_completion(commands)
    return found
