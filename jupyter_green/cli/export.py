"""``jupyter green export``: the ledger in the forms of other tools."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from ..exports.forms import FORMS
from ..exports.mlflow import log
from ..exports.replaced import replaced
from ..exports.selection import Selection, Written
from ..ledger.database import StoreFault
from ..printable import LONGEST_MESSAGE, printable, shortened
from .dates import between
from .errors import InputError
from .ledger import folder
from .place import Chosen

_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""Of MLflow, which else asks a server that is not there for minutes."""
_EMPTY = "nothing was metered then: the export is empty"


def select(
    since: str | None, until: str | None, project: str | None, place: Chosen | None
) -> Selection:
    """Return the windows to be exported, and by what their joules become grams.

    Raises
    ------
    InputError
        For what cannot be chosen so.
    """
    since_s, until_s = between(since, until)
    found = Selection(folder(), since_s, until_s, project)
    if place is None:
        return found
    try:
        factor, who = place.at(found.metered() if place.provider else (), found.ledger)
    except StoreFault as error:
        raise InputError(str(error)) from None
    if who:
        _say(who)
    return replace(found, factor=factor)


def export(name: str, selection: Selection, output: Path | None) -> int:
    """Write what was chosen in a form, to a file or to standard output."""
    form = FORMS[name]
    if output is None and not form.is_text and sys.stdout.isatty():
        raise InputError(f"{name} is no text for a terminal: add -o FILE")
    before = signal.signal(signal.SIGTERM, _end)
    try:
        if output is None:
            written = form.load()(selection, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with replaced(output) as out:
                written = form.load()(replace(selection, replaces=output), out)
    except BrokenPipeError:  # whoever reads it has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (StoreFault, ValueError, ImportError) as error:
        raise InputError(str(error)) from None
    except OSError as error:
        where = output or "standard output"
        raise InputError(f"{where} cannot be written: {error.strerror or error}") from None
    finally:
        signal.signal(signal.SIGTERM, before)
    _say_of(written)
    return 0


def export_to_mlflow(selection: Selection) -> int:
    """Log what was chosen as runs of MLflow."""
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        logged = log(selection)
    except (StoreFault, ImportError, OSError) as error:
        raise InputError(str(error)) from None
    runs = "1 run" if logged.new == 1 else f"{logged.new} runs"
    there = "1 was" if logged.known == 1 else f"{logged.known} were"
    print(f"{runs} logged, {there} there.")
    return 0


def _end(number: int, _: object) -> NoReturn:
    """End as the signal would, but for what is half written, which is removed."""
    raise SystemExit(128 + number)


def _say_of(written: Written) -> None:
    for note in written.notes if written.windows else (_EMPTY,):
        _say(note)


def _say(text: str) -> None:
    print(shortened(printable(f"jupyter green: {text}"), LONGEST_MESSAGE), file=sys.stderr)
