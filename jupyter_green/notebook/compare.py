"""``%green compare``: the study of the cells that ``%%energy_variant`` has kept."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from ..studies.compare.compare import study_within
from ..studies.compare.plan import checked
from ..studies.compare.study import Study
from .block import live
from .cells.repeated import from_user_code
from .cells.variants import Variants

USAGE = "compare [NAMES] [--rounds N] [--until X] [--margin X] [--rest SECONDS] [--seed N]"


def compared(variants: Variants, words: Sequence[str], namespace: object) -> Study:
    """Run the study that a line asks for.

    Parameters
    ----------
    variants
        The session's.
    words
        What follows ``%green compare``.
    namespace
        The user's, by which his frames are told from the meter's in a traceback.

    Raises
    ------
    UsageError
        For flags and values that do not fit, unknown names, and fewer than two variants.
    """
    try:
        asked = vars(_parser().parse_args(shlex.split(" ".join(words))))
    except (ValueError, UsageError) as error:
        raise UsageError(f"%green compare: {error}\nusage: %green {USAGE}") from None
    chosen = variants.chosen(asked.pop("names"))
    given = {name: value for name, value in asked.items() if value is not None}
    try:
        return study_within(live, checked(chosen, **given))
    except BaseException as error:
        of_user = from_user_code(error.__traceback__, namespace)
        if of_user is None and isinstance(error, (TypeError, ValueError)):
            raise UsageError(f"%green compare: {error}\nusage: %green {USAGE}") from None
        error.__traceback__ = of_user or error.__traceback__
        raise error  # noqa: TRY201  (a bare one puts the whole traceback back in Python 3.10)


@functools.cache
def _parser() -> MagicArgumentParser:
    parser = MagicArgumentParser(prog="%green compare", add_help=False)
    parser.add_argument("names", nargs="*")
    for flag, kind in (
        ("--rounds", int),
        ("--until", float),
        ("--margin", float),
        ("--rest", float),
        ("--seed", int),
    ):
        parser.add_argument(flag, type=kind)
    return parser
