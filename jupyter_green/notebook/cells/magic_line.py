"""The ``%%energy`` line: where it is in a cell, what its flags mean, how it is removed.

The body of a metered cell runs as the ordinary cell that it is, so the line is
replaced by a comment before IPython sees the cell: tracebacks number the lines as
the cell does. A transformer is also called for cells that never run: everything
here is a pure function of the text. A cell that is to be repeated (``-n``, ``-r``)
keeps its line: it runs as a loop, which is the cell magic's business.
"""

from __future__ import annotations

import functools
import keyword
import shlex
from argparse import REMAINDER, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import (
    classic_prompt,
    ipython_prompt,
    leading_empty_lines,
    leading_indent,
)
from IPython.core.magic_arguments import MagicArgumentParser, argument, magic_arguments

from ...meter.summary import Subject
from ...report.amount import energy_j_of
from ...report.stages import KNOWN, stage_of
from .asked import NOTHING_ASKED, Asked, asked_for

MAGIC = "%%energy"
IN_ITS_PLACE = f"# {MAGIC}\n"
"""Without the flags: some words in a cell's text mean something to IPython's history."""

_LABELS = (
    argument("--label", nargs="+", metavar="L", help="what to call the cell in reports"),
    argument(
        "--stage",
        action="append",
        metavar="S",
        help=f"stage: {', '.join(KNOWN)}, or a tag of your own; may be given several times",
    ),
)
_OUTCOMES = (
    argument(
        "--metric",
        action="append",
        metavar="NAME[=EXPR]",
        help="read this variable, or this expression under a name, when the cell ends; may be "
        "given several times",
    ),
    argument(
        "--per",
        nargs=2,
        metavar=("N", "UNIT"),
        help="show joules per unit of work, N of which the cell does: --per 512 token; N may be "
        "an expression, read when the cell ends",
    ),
)
_BUDGETS = (
    argument(
        "--budget",
        metavar="ENERGY",
        help="warn when so much is spent: --budget 5kJ; units are J, kJ, MJ, mWh, Wh, kWh, MWh",
    ),
    argument("--stop", action="store_true", help="interrupt the cell when its budget is spent"),
)
_CLUSTERS = (
    argument(
        "--cluster",
        metavar="CLIENT",
        help="meter the hosts of a cluster as well: the variable of Dask's Client, or ray",
    ),
)
_RESULTS = (
    argument("-q", action="store_true", help="quiet: show nothing"),
    argument("-o", action="store_true", help="return the result (Out[n] and _)"),
    argument("-v", metavar="NAME", help="store the result in this variable"),
)
_ONE_LOOP = "1"
_RUNS = (
    argument(
        "-n",
        metavar="N",
        help="loops in a run; 0 for as many as the sensors need (a cell's default is 1)",
    ),
    argument("-r", metavar="N", help="runs; 7, or as many (at least 3) as fit in 10 s"),
)
_STATEMENT = (
    argument("-p", metavar="N", help="significant digits of the joules (3)"),
    argument("statement", nargs=REMAINDER, help="the code to measure"),
)


def _with(name: str, *flags: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a decorator that gives a magic these flags, in this order, and its parser."""

    def decorate(magic: Any) -> Any:
        for flag in reversed(flags):
            magic = flag(magic)
        return magic_arguments(name)(magic)

    return decorate


cell_flags = _with("%energy", *_LABELS, *_OUTCOMES, *_BUDGETS, *_CLUSTERS, *_RESULTS, *_RUNS)
"""Gives the magic ``%%energy`` its flags."""
statement_flags = _with("energy", *_RUNS, *_STATEMENT[:1], *_RESULTS, *_STATEMENT[1:])
"""Gives the magic ``%energy`` its flags and the statement behind them."""


@functools.cache
def _cell_parser() -> MagicArgumentParser:
    """Return the parser of ``%%energy``'s flags, for cells that never run as well."""
    parser: MagicArgumentParser = cell_flags(lambda: None).parser
    return parser


@functools.cache
def _line_parser() -> MagicArgumentParser:
    """Return the parser of ``%energy``'s flags."""
    parser: MagicArgumentParser = statement_flags(lambda: None).parser
    return parser


LINE_MAGIC = "%energy"


@functools.cache
def cell_flag_names() -> tuple[str, ...]:
    """Return the flags that an ``%%energy`` line may have."""
    return tuple(
        name
        for action in _cell_parser()._actions  # noqa: SLF001  (argparse has no other way)
        for name in action.option_strings
    )


@dataclass(frozen=True)
class Options:
    """What the flags of an ``%%energy`` or ``%energy`` line ask for."""

    label: str | None = None
    stage: str | None = None
    asked: Asked = NOTHING_ASKED
    """What is read in the user's namespace when the cell ends."""
    budget_j: float | None = None
    stops: bool = False
    """Whether the cell is interrupted when its budget is spent."""
    cluster: str | None = None
    """The variable that holds the client of a cluster whose hosts are metered, too."""
    quiet: bool = False
    compact: bool = False
    """A line instead of the live view and its report."""
    least_s: float = 0.0
    """A cell that takes less leaves no line; it is counted all the same."""
    as_output: bool = False
    variable: str | None = None
    loops: int | None = None
    repeats: int | None = None
    digits: int = 3


@dataclass(frozen=True)
class MagicLine:
    """A ``%%energy`` line in a cell: its number from 0, its flags, and whether it comes first.

    It may come after other cell magics (``%%time``); then these run the body,
    and only the hooks meter it.
    """

    number: int
    flags: str
    first: bool


def find(lines: Sequence[str]) -> MagicLine | None:
    """Return the ``%%energy`` line among the magics at the top of a cell.

    The line of a repeated cell is not removed, and so not found.
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
        parsed, _ = _cell_parser().parse_known_args(shlex.split(flags))
    except (ValueError, UsageError):
        return False
    return parsed.n is not None or parsed.r is not None


def options(flags: str) -> Options:
    """Return what the flags of a ``%%energy`` line ask for.

    Raises
    ------
    UsageError
        With the usage, where a flag is unknown or a value does not fit.
    """
    with _usage_with_errors(MAGIC, _cell_parser()):
        parsed = _cell_parser().parse_args(shlex.split(flags))
        if parsed.n is None and parsed.r is not None:
            parsed.n = _ONE_LOOP  # a cell may have effects: it runs no more often than it was told
        return _checked(parsed)


def statement(line: str) -> tuple[Options, str]:
    """Return what the flags of a ``%energy`` line ask for, and its statement as it was typed.

    Raises
    ------
    UsageError
        With the usage, where a flag is unknown, a value does not fit, or there
        is no statement.
    """
    words = line.split()
    with _usage_with_errors(LINE_MAGIC, _line_parser()):
        parsed = _line_parser().parse_args(words)
        statement = parsed.statement[1:] if parsed.statement[:1] == ["--"] else parsed.statement
        if not statement:
            raise ValueError("no statement to measure")
        flags = len(words) - len(statement)
        return _checked(parsed), line.split(maxsplit=flags)[-1]


@contextmanager
def _usage_with_errors(magic: str, parser: MagicArgumentParser) -> Iterator[None]:
    """Say below an error how the magic is used."""
    try:
        yield
    except (ValueError, UsageError) as error:
        raise UsageError(f"{magic}: {error}\n{_usage(magic, parser)}") from None


def _usage(magic: str, parser: MagicArgumentParser) -> str:
    """Return the usage in one line."""
    _, _, flags = " ".join(parser.format_usage().split()).partition(" [")
    return f"usage: {magic} [{flags}".replace("...", "STATEMENT")


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


def with_its_numbers(body: str) -> str:
    """Return what is below the ``%%energy`` line with a comment in its place above.

    Not where IPython treats it in a way of its own: a single line, another cell magic.
    """
    is_single = "\n" not in body.rstrip("\n")
    return body if is_single or body.startswith("%%") else IN_ITS_PLACE + body


def _variable(flag: str, name: str | None) -> str | None:
    """Return the name of a variable, if it can be one."""
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise ValueError(f"{flag} takes the name of a variable, not {name!r}")
    return name


def _count(flag: str, text: str | None) -> int | None:
    """Return a number of 1 or more; ``None`` for 0, which leaves the choice to the meter."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{flag} takes a whole number, not {text!r}")
    return int(text) or None


def _checked(parsed: Namespace) -> Options:
    words = getattr(parsed, "label", None)
    label = " ".join(words) if words else None
    stage = stage_of(getattr(parsed, "stage", None))
    Subject(label=label)  # says what is too long
    asked = asked_for(getattr(parsed, "metric", None) or (), getattr(parsed, "per", None))
    if asked.is_anything and (parsed.n or parsed.r) is not None:
        raise ValueError(
            "--metric and --per are for cells that run once: the names that a repeated one "
            "binds are not kept, and its joules are per loop already"
        )
    budget, stops = getattr(parsed, "budget", None), getattr(parsed, "stop", False)
    if stops and budget is None:
        raise ValueError("--stop is for cells with a budget: add --budget 5kJ")
    if budget is not None and (parsed.n or parsed.r) is not None:
        raise ValueError(
            "--budget is for cells that run once: of a repeated one, -n and -r say how much it runs"
        )
    cluster = _variable("--cluster", getattr(parsed, "cluster", None))
    if cluster is not None and (parsed.n or parsed.r) is not None:
        raise ValueError("--cluster is for cells that run once: repeat its work in a loop of yours")
    return Options(
        label=label,
        stage=stage,
        asked=asked,
        cluster=cluster,
        budget_j=energy_j_of(budget, "--budget") if budget is not None else None,
        stops=stops,
        quiet=parsed.q,
        as_output=parsed.o,
        variable=_variable("-v", parsed.v),
        loops=_count("-n", parsed.n),
        repeats=_count("-r", parsed.r),
        digits=_count("-p", getattr(parsed, "p", None)) or Options.digits,
    )
