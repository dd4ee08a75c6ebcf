"""``--metric`` and ``--per``: what a cell's ``%%energy`` line asks for when the cell ends.

The expressions are compiled with the flags, so that one that is no Python is an error of the
line, before anything runs. One that fails afterwards leaves a note in the report.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ...meter.window import Window
from ...printable import message_of, shortened
from ...report.fields import MAX_NOTE
from ...report.outcome import metrics, work

_NAMED = re.compile(r"([^=<>!]+)=(?!=)(.+)", re.DOTALL)


@dataclass(frozen=True)
class _Expression:
    """What is read, and what it is called."""

    name: str
    code: CodeType

    def value(self, namespace: dict[str, Any]) -> object:
        """Return what it is in the user's namespace."""
        return eval(self.code, namespace)  # noqa: S307  (reading what the user names is the point)


@dataclass(frozen=True)
class Asked:
    """The metrics and the units of work that are read when a cell ends."""

    metrics: tuple[_Expression, ...] = ()
    count: _Expression | None = None
    """How many units; its name is the unit's."""

    @property
    def is_anything(self) -> bool:
        """Whether anything is to be read."""
        return bool(self.metrics) or self.count is not None

    def tell(self, window: Window, namespace: dict[str, Any]) -> None:
        """Read all in the user's namespace and tell it to the window; it raises nothing.

        What fails, or is no finite number, leaves a note in the report.
        """
        for each in self.metrics:
            _tell(window, each, lambda: window.log({each.name: each.value(namespace)}))  # noqa: B023
        if (count := self.count) is not None:
            _tell(window, count, lambda: window.count(count.value(namespace), count.name))


NOTHING_ASKED = Asked()


def _tell(window: Window, asked: _Expression, tell: Callable[[], None]) -> None:
    try:
        tell()
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001  (the cell stands)
        name = shortened(asked.name, 60)
        window.note(shortened(f"{name} is not known: {message_of(error)}", MAX_NOTE - 1) + ".")


def asked_for(named: Sequence[str], per: Sequence[str] | None) -> Asked:
    """Return what the flags ask for.

    Parameters
    ----------
    named
        The values of ``--metric``: a variable's name, or ``NAME=EXPR``.
    per
        The two words of ``--per``: an expression, and the unit.

    Raises
    ------
    ValueError
        For what is no Python expression, a metric without a name or with another one's, a
        number of units that is not above 0, and an empty unit.
    """
    found: Mapping[str, _Expression] = {}
    for text in named:
        metric = _metric(text)
        if metric.name in found:
            raise ValueError(f"--metric {metric.name!r} is given twice: give each its own name")
        found = {**found, metric.name: metric}
    return Asked(tuple(found.values()), _count(*per) if per else None)


def _metric(text: str) -> _Expression:
    named = _NAMED.fullmatch(text)
    name, expression = (each.strip() for each in named.groups()) if named else (text, text)
    if not named and not text.isidentifier():
        raise ValueError(
            f"--metric {text!r} is no variable's name: give an expression one, as in "
            "--metric 'acc=model.score(X, y)'"
        )
    metrics({name: 0.0})  # says what is wrong with the name
    return _Expression(name, _compiled("--metric", name, expression))


def _count(expression: str, unit: str) -> _Expression:
    code = _compiled("--per", unit, expression)
    try:
        number = ast.literal_eval(expression)
    except ValueError:
        number = 1  # known when the cell ends
    try:
        work(number, unit)
    except (TypeError, ValueError) as error:
        raise ValueError(f"--per {expression} {unit}: {error}") from None
    return _Expression(unit, code)


def _compiled(flag: str, name: str, expression: str) -> CodeType:
    try:
        return compile(expression, f"<{flag} {name}>", "eval")
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f"{flag}: {shortened(expression, 80)!r} is no Python expression ({error})"
        ) from None
