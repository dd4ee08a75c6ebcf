"""The ``%%energy`` line: where it stands in a cell, what its flags say, how it is taken away.

The body of a metered cell runs as the ordinary cell that it is, so the line is
replaced by a comment before IPython sees the cell: tracebacks number the lines as
the cell does. A transformer is called for cells that never run as well: everything
here is a pure function of the text. A cell that is to be repeated (``-n``, ``-r``)
keeps its line: it runs as a loop, which is the cell magic's business.
"""

from __future__ import annotations

import keyword
import re
import shlex
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import (
    classic_prompt,
    ipython_prompt,
    leading_empty_lines,
    leading_indent,
)
from IPython.core.magic_arguments import MagicArgumentParser

from ...meter.summary import Subject

MAGIC = "%%energy"
IN_ITS_PLACE = f"# {MAGIC}\n"
"""Without the flags: some words in a cell's text mean something to IPython's history."""

_REPEATS = re.compile("-[qo]*[nr]")
"""How a word begins that asks for loops or repeats, the flags before it in one word with it."""


@dataclass(frozen=True)
class Options:
    """What the flags of an ``%%energy`` or ``%energy`` line ask for."""

    label: str | None = None
    stage: str | None = None
    quiet: bool = False
    compact: bool = False
    """A line instead of the live view and its report."""
    as_output: bool = False
    variable: str | None = None
    loops: int | None = None
    repeats: int | None = None
    digits: int = 3


@dataclass(frozen=True)
class MagicLine:
    """A ``%%energy`` line in a cell: its number from 0, its flags, and whether it comes first.

    It may stand below other cell magics (``%%time``); then these run the body,
    and only the hooks meter it.
    """

    number: int
    flags: str
    first: bool


def find(lines: Sequence[str]) -> MagicLine | None:
    """Return the ``%%energy`` line among the magics at the top of a cell.

    The line of a repeated cell is not for us to take away, and so not found.
    """
    first = True
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not line.startswith("%%"):
            return None
        name, _, flags = text.partition(" ")
        if name == MAGIC:
            if is_repeated(flags):
                return None
            return MagicLine(number, flags, first)
        first = False
    return None


def repeated_at(lines: Sequence[str]) -> int | None:
    """Return the number of an ``%%energy`` line that asks for loops or repeats, above all code."""
    for number, line in enumerate(lines):
        text = line.strip()
        if text and not text.startswith("#"):
            name, _, flags = text.partition(" ")
            return number if name == MAGIC and is_repeated(flags) else None
    return None


def is_repeated(flags: str) -> bool:
    """Whether the flags of a ``%%energy`` line ask for loops or repeats."""
    try:
        return any(_REPEATS.match(word) for word in shlex.split(flags))
    except ValueError:
        return False


def options(flags: str, parser: MagicArgumentParser) -> Options:
    """Return what `flags` ask for.

    Raises
    ------
    UsageError
        With the usage, where a flag is unknown or a value does not fit.
    """
    try:
        return _checked(parser.parse_args(shlex.split(flags)))
    except ValueError as error:
        raise UsageError(f"{MAGIC}: {error}\n{usage(parser)}") from None
    except UsageError as error:
        raise UsageError(f"{MAGIC}: {error}\n{usage(parser)}") from None


def usage(parser: MagicArgumentParser) -> str:
    """Return the usage in one line."""
    _, _, flags = " ".join(parser.format_usage().split()).partition(" [")
    return f"usage: {MAGIC} [{flags}"


def body_below(lines: Sequence[str], line: MagicLine) -> list[str]:
    """Return what is below the ``%%energy`` line, cleaned up by IPython as a cell of its own."""
    body = list(lines[line.number + 1 :])
    if not any(text.strip() for text in body):
        return body or ["\n"]
    for transform in (leading_empty_lines, leading_indent, classic_prompt, ipython_prompt):
        body = transform(body)
    return body


def lines_above(lines: Sequence[str], line: MagicLine, body: Sequence[str]) -> list[str]:
    """Return the lines that give those of the body the numbers that they have in the cell.

    Another cell magic's body is numbered on its own: above that there are none.
    """
    if body[0].startswith("%%"):
        return []
    below = line.number + 1
    return [*lines[: line.number], IN_ITS_PLACE, *lines[below : max(below, len(lines) - len(body))]]


def variable(name: str | None) -> str | None:
    """Return the name of a variable.

    Raises
    ------
    ValueError
        Where it cannot be one.
    """
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise ValueError(f"-v takes the name of a variable, not {name!r}")
    return name


def count(flag: str, text: str) -> int | None:
    """Return a number of 1 or more; ``None`` for 0, which leaves the choice to the meter.

    Raises
    ------
    ValueError
        Where it is no such number.
    """
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{flag} takes a whole number, not {text!r}")
    return int(text) or None


def _checked(parsed: Namespace) -> Options:
    label = " ".join(parsed.label) if parsed.label else None
    Subject(label=label, stage=parsed.stage)  # says what is too long
    return Options(
        label=label,
        stage=parsed.stage,
        quiet=parsed.q,
        as_output=parsed.o,
        variable=variable(parsed.v),
        loops=None if parsed.n is None else count("-n", parsed.n),
        repeats=None if parsed.r is None else count("-r", parsed.r),
    )
