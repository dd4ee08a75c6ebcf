"""``jupyter green run``: what a command uses, which runs as it does without us."""

from __future__ import annotations

import gc
import sys

from .errors import InputError
from .running import signals
from .running.early import Spawning
from .running.election import Follower, elect
from .running.order import Order
from .running.output import Output
from .running.ranks import local_ranks
from .running.stdin import Stdin
from .running.witness import Witness


def run(order: Order) -> int:
    """Run a command and say what it used; return its exit code, or end by the signal it ended by.

    Raises
    ------
    InputError
        Before anything runs.
    """
    ranks = local_ranks()
    if ranks is not None and order.repeats is not None:
        raise InputError("--repeat is not for ranks of a job: put it before the launcher instead")
    stdin = Stdin()
    if order.repeats is not None:
        stdin.require_again()
    place = elect(ranks) if ranks is not None else None
    if isinstance(place, Follower):
        return _followed(order, place)
    output = Output(order.path)
    gc.disable()  # until all is loaded: there is no rubbish in it
    with signals.blocked() as mask:
        witness = Witness() if signals.CAN_PASS_ON else None  # before there are threads
        sampler = Spawning()
        from .running import process  # while the sampler starts
        from .running.runs import Runs

        gc.freeze()
        gc.enable()
        try:
            runs = Runs(order, stdin, process.Surroundings(mask, witness), sampler, place)
            ended = runs.all()
        except process.CannotStartError as error:
            print(f"jupyter green: {error}", file=sys.stderr)
            return error.status
        finally:
            if witness is not None:
                witness.close()
        text = runs.text()
        if text is None:
            print("jupyter green: interrupted before the command ran", file=sys.stderr)
        else:
            output.write(text)
        runs.close()
        if place is not None:
            place.close()
        late = signals.pending_end()
    if late is not None and ended >= 0:
        ended = -late
    return ended if ended >= 0 else signals.die_by(-ended)


def _followed(order: Order, place: Follower) -> int:
    """Become the command; return a shell's exit code where that is not possible."""
    from .running.follower import follow
    from .running.process import CannotStartError

    try:
        follow(order, place)
    except CannotStartError as error:
        print(f"jupyter green: {error}", file=sys.stderr)
        return error.status
