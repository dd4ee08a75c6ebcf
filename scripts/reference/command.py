"""The page of ``jupyter green``, made from the parsers of its commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from jupyter_green.cli.arguments.commands import parser

from .arguments import arguments

HEAD = """\
# The command

`jupyter green COMMAND`, the same as `jupyter-green COMMAND`.
[What they are for, with what they print](../command.md).
"""


def page() -> str:
    """Return the page."""
    whole = parser()
    return "\n".join([HEAD, *(_section(each, "##") for each in _commands(whole))])


def _commands(whole: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in whole._actions:  # noqa: SLF001  (argparse shows them nowhere else)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.values()


def _section(command: argparse.ArgumentParser, level: str) -> str:
    said = " ".join((command.description or "").split("\n\n")[0].split())
    is_list = "\n  " in (command.description or "")
    parts = [
        f"{level} {command.prog.removeprefix('jupyter green ')}",
        f"```\n{command.description}\n```" if is_list else said,
        arguments(command),
        f"```\n{command.epilog.strip()}\n```" if command.epilog else "",
        *(_section(each, f"{level}#") for each in _commands(command)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
