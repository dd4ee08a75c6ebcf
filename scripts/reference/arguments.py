"""The arguments of a parser as a table, alike in every version of Python."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from jupyter_green.markdown import table


def arguments(parser: argparse.ArgumentParser) -> str:
    """Return a table of what a command takes, empty where that is nothing but ``--help``."""
    rows = [(_name(action), _help(action, parser)) for action in _told(parser)]
    return table([("argument", "what it says"), *rows], ()) if rows else ""


def _told(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001  (argparse shows them nowhere else)
        is_help = isinstance(action, (argparse._HelpAction, argparse._SubParsersAction))  # noqa: SLF001
        if not is_help and action.help != argparse.SUPPRESS:
            yield action


def _name(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return f"`{value}`"
    names = (f"{name} {value}".strip() for name in action.option_strings)
    return ", ".join(f"`{name}`" for name in names)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is None and action.choices is not None:
        return "\\|".join(str(choice) for choice in action.choices)
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    value = action.metavar or action.dest.upper()
    return f"[{value}]" if action.nargs == "?" else value


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    words = action.help or ""
    known = {**vars(action), "prog": parser.prog}
    said = words % known if "%" in words else words
    return re.sub(r"\s+", " ", said).replace("|", "\\|").replace("<", "\\<")
