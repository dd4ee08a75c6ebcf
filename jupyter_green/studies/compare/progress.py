"""One line that says how far a study is: kept up to date in a notebook, and in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

from ...printable import printable
from ...terminal import say


class Progress(Protocol):
    """Where a study says how far it is."""

    def show(self, text: str) -> None:
        """Show a line in place of the one before."""

    def keep(self, text: str) -> None:
        """Show a line that stays."""


class Silent:
    """Shows nothing."""

    def show(self, text: str) -> None:
        """Show nothing."""

    def keep(self, text: str) -> None:
        """Show nothing."""


class TerminalLine:
    """A line of standard error; where that is no terminal, only the lines that stay."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, text: str) -> None:
        """Show a line in place of the one before."""
        if sys.stderr.isatty():
            line = printable(text)
            say("\r" + line.ljust(self._width), sys.stderr)
            sys.stderr.flush()
            self._width = len(line)

    def keep(self, text: str) -> None:
        """Show a line that stays."""
        self.show("")
        begin = "\r" if sys.stderr.isatty() else ""
        say(f"{begin}{printable(text)}\n", sys.stderr)
        self._width = 0


class NotebookLine:
    """An output of the cell that is updated in place.

    Parameters
    ----------
    display
        IPython's function of that name.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._place: Any = None
        self._kept: list[str] = []

    def show(self, text: str) -> None:
        """Show a line in place of the one before."""
        bundle = {"text/plain": "\n".join([*self._kept, printable(text)]).strip("\n")}
        if self._place is None:
            self._place = self._display(bundle, raw=True, display_id=True)
        else:
            self._place.update(bundle, raw=True)

    def keep(self, text: str) -> None:
        """Show a line that stays."""
        self._kept.append(printable(text))
        self.show("")


def usual_progress() -> Progress:
    """Return what suits this program: an output of a notebook's cell, or standard error."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is None:
        return TerminalLine()
    return NotebookLine(sys.modules["IPython.display"].display)
