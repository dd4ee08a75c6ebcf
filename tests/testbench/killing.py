"""A booker that is killed at a step of its work: the program, with the step as a line of it."""

BOOKER = """
import os
from pathlib import Path
from sqlalchemy.engine.base import Connection, Transaction
from jupyter_green.ledger import damage
from jupyter_green.ledger.book import main
from jupyter_green.ledger.reading import IntakeReader
from jupyter_green.ledger.store import Store
def kill(*_, **__):
    os.kill(os.getpid(), 9)
def after(what, number):
    def once(*words, **named):
        nonlocal number
        number -= 1
        return what(*words, **named) if number else kill()
    return once
"""


def booker_killed_at(step: str) -> str:
    """Return a program in which something that a booker does is replaced by its death.

    Parameters
    ----------
    step
        An assignment of ``kill``, or ``after(what, number)`` for the call of that number.
    """
    return f"{BOOKER}\n{step}\nmain()"
