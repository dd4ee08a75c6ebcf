"""The ``%%energy`` line: where it stands in a cell, what its flags say, how it is taken away.

The body of a metered cell runs as the ordinary cell that it is, so the line is
removed by an input transformer before IPython sees the cell. A transformer is
called several times for one cell, and for cells that never run: everything here
is a pure function of the text.
"""

from __future__ import annotations

import keyword
import shlex
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from ..meter.summary import Subject

MAGIC = "%%energy"


@dataclass(frozen=True)
class Options:
    """What the flags of a ``%%energy`` line ask for."""

    label: str | None = None
    stage: str | None = None
    quiet: bool = False
    as_output: bool = False
    variable: str | None = None


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
    """Return the ``%%energy`` line among the magics at the top of a cell."""
    first = True
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not line.startswith("%%"):
            return None
        name, _, flags = text.partition(" ")
        if name == MAGIC:
            return MagicLine(number, flags, first)
        first = False
    return None


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


def without(lines: Sequence[str], line: MagicLine) -> list[str]:
    """Return the cell without its ``%%energy`` line, the numbers of the others kept.

    Another cell magic must be the first line, so that one moves up.
    """
    body = list(lines[line.number + 1 :])
    if body and body[0].startswith("%%"):
        return body
    return [*lines[: line.number], "\n", *body]


def _checked(parsed: Namespace) -> Options:
    name = parsed.v
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise ValueError(f"-v takes the name of a variable, not {name!r}")
    label = " ".join(parsed.label) if parsed.label else None
    Subject(label=label, stage=parsed.stage)  # says what is too long
    return Options(label, parsed.stage, parsed.q, parsed.o, name)
