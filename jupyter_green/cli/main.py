"""The command line: its words are read, and the command that they name is run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..printable import LONGEST_MESSAGE, printable, shortened
from ..terminal import SPELLED
from .arguments.commands import parser
from .errors import InputError

_UNREAD = 141
"""What a shell shows for SIGPIPE, by which programs end whose output nobody reads."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELLED)
    words, command = _split(list(sys.argv[1:] if argv is None else argv))
    whole = parser()
    given = argparse.Namespace(words=command, whole=whole)
    arguments, unknown = whole.parse_known_args(words, given)
    if unknown:
        arguments.parser.error(f"not understood: {' '.join(unknown)}{arguments.hint}")
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except InputError as error:
        line = printable(f"jupyter green: {error}")
        print(shortened(line, LONGEST_MESSAGE), file=sys.stderr)
        return int(arguments.parser.bad_input)
    return status


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our own words, and those that are not looked at here.

    They are the command that ``run`` is given behind ``--``, and the parameters of ``execute``,
    whose values may begin with a hyphen.
    """
    if words[:1] == ["execute"]:
        from .parameters import split

        return split(words)
    if words[:1] != ["run"] or "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]
