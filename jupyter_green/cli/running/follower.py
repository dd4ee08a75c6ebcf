"""A rank that another one of its host meters: it is its command, as if nothing were before it."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from ...intake.project import PROJECT_VARIABLE
from ...sampler import lineage
from .election import Follower
from .order import Order
from .process import CannotStartError


def follow(order: Order, follower: Follower) -> NoReturn:
    """Become the command; its work is that of the program that meters it.

    Raises
    ------
    CannotStartError
        Where there is no such program, or it cannot be executed.
    """
    environment = dict(os.environ)
    if order.project is not None:
        environment[PROJECT_VARIABLE] = order.project
    if follower.lead is not None:
        chain = (*lineage.within(os.getpid()), follower.lead)
        environment[lineage.VARIABLE] = " ".join(map(str, chain))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(order.words[0], list(order.words), environment)  # noqa: S606  (as was asked)
    except OSError as error:
        raise CannotStartError(order.words[0], error) from None
