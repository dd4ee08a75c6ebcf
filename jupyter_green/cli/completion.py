"""``jupyter green completion SHELL``: what a shell reads so that Tab completes our words."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import shtab

PROGRAM = "jupyter-green"
"""Shells complete the words of a program; those of `jupyter` are not ours."""


def completion(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script of a shell.

    Parameters
    ----------
    shell
        ``"bash"``, ``"zsh"`` or ``"tcsh"``.
    parser
        Of all commands; it is changed.
    """
    parser.prog = PROGRAM
    for action in _actions(parser):
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action._choices_actions:  # noqa: SLF001
                action.choices[command.dest].description = command.help  # in one line
        elif action.choices is not None:
            action.choices = tuple(action.choices)  # shtab takes a mapping for that of commands
        if action.type is Path:
            is_folder = action.metavar == "DIR"
            action.complete = shtab.DIRECTORY if is_folder else shtab.FILE  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield all arguments, those of the commands as well."""
    for action in parser._actions:  # noqa: SLF001  (argparse has no public list of them)
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from _actions(command)
