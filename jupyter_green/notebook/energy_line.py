"""``%energy STATEMENT`` and repeated cells: joules per loop, as ``%timeit`` gives seconds."""

from __future__ import annotations

import getopt
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.display import display

from ..meter.meter import shared_meter
from ..meter.repeat import repeat
from . import magic_line
from .magic_line import Options
from .statement import compile_loop

if TYPE_CHECKING:
    from ..meter.repeated import Repeats

MAGIC = "%energy"
USAGE = "usage: %energy [-n N] [-r N] [-p N] [-o] [-v NAME] [-q] STATEMENT"


def split(line: str) -> tuple[Options, str]:
    """Return what the flags of a ``%energy`` line ask for, and its statement as it was typed.

    Raises
    ------
    UsageError
        With the usage, where a flag is unknown, a value does not fit, or there
        is no statement.
    """
    words = line.split()
    try:
        flags, rest = getopt.getopt(words, "n:r:p:oqv:")
        found = dict(flags)
        options = Options(
            quiet="-q" in found,
            as_output="-o" in found,
            variable=magic_line.variable(found.get("-v")),
            loops=_number(found, "-n"),
            repeats=_number(found, "-r"),
            digits=_number(found, "-p") or Options.digits,
        )
    except (getopt.GetoptError, ValueError) as error:
        raise UsageError(f"{MAGIC}: {error}\n{USAGE}") from None
    if not rest:
        raise UsageError(f"{MAGIC}: there is no statement to measure\n{USAGE}")
    return options, line.split(maxsplit=len(words) - len(rest))[-1]


def measure(
    shell: Any,
    code: str,
    options: Options,
    local_ns: Mapping[str, Any] | None = None,
    *,
    heading: str = "",
) -> Repeats | None:
    """Run code in loops, show the result, and return it if the options ask for it."""
    run = compile_loop(shell, code, local_ns, heading=heading)
    try:
        result = repeat(
            shared_meter(),
            run,
            loops=options.loops,
            repeats=options.repeats,
            label=options.label,
            stage=options.stage,
        )
    except Exception as error:
        error.__traceback__ = _from_user_code(error.__traceback__, shell.user_ns)
        raise
    result = replace(result, digits=options.digits)
    if not options.quiet:
        display({"text/plain": str(result), "text/html": result._repr_html_()}, raw=True)
    if options.variable:
        shell.user_ns[options.variable] = result
    return result if options.as_output else None


def _number(found: Mapping[str, str], flag: str) -> int | None:
    return magic_line.count(flag, found[flag]) if flag in found else None


def _from_user_code(traceback: TracebackType | None, namespace: object) -> TracebackType | None:
    """Return a traceback without the frames above the user's own, where it has these."""
    part = traceback
    while part is not None and part.tb_frame.f_globals is not namespace:
        part = part.tb_next
    return part or traceback
