"""Tab behind ``%%energy`` and ``%green``: flags, stages, commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from ..report.stages import ALIASES, KNOWN
from .cells.magic_line import MAGIC, cell_flag_names

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_STAGES = (*KNOWN, *ALIASES)
_BEHIND = {
    "on": ("--quiet",),
    "report": (
        *("--by", "cell", "stage", "domain", "notebook", "project", "commit", "day", "label"),
        *("status", "--place", "--pue"),
    ),
    "place": ("--pue", "off"),
    "statement": (
        *("--format", "text", "markdown", "latex", "json"),
        *("--place", "--pue", "--project", "--all", "--since", "--until"),
    ),
    "pareto": ("--per", "--lowest"),
    "compare": ("--rounds", "--until", "--margin", "--rest", "--seed"),
}
"""What may follow a command of ``%green``."""


def offered(line: str, commands: Sequence[str]) -> Sequence[str]:
    """Return what may stand where a line is being written: the words that begin as its last does.

    Parameters
    ----------
    line
        The line up to the cursor.
    commands
        Those of ``%green``.
    """
    magic, *words = line.lstrip().split(" ")
    if not words:
        return ()
    before = [word for word in words[:-1] if word]
    candidates: Sequence[str] = ()
    if magic == MAGIC:
        candidates = _STAGES if before[-1:] == ["--stage"] else cell_flag_names()
    elif magic == "%green":
        candidates = _BEHIND.get(before[0], ()) if before else commands
    return [each for each in candidates if each.startswith(words[-1].lower())]


class Completion:
    """What Tab offers in one shell.

    Parameters
    ----------
    commands
        Those of ``%green``.
    """

    def __init__(self, shell: InteractiveShell, commands: Sequence[str]) -> None:
        self._matchers: list[Any] = shell.Completer.custom_matchers

        # A matcher: the older hook for commands cannot keep Jedi from taking `efficient-` for code.
        @context_matcher(identifier="jupyter_green")
        def matcher(context: CompletionContext) -> dict[str, Any]:
            line = context.line_with_cursor[: context.cursor_position]
            found = offered(line, commands)
            return {
                "completions": [SimpleCompletion(text=each, type="magic") for each in found],
                "matched_fragment": line.split(" ")[-1],
                "suppress": True,
                "ordered": True,
            }

        self._matcher = matcher

    def register(self) -> None:
        """Have the shell's completer ask."""
        self._matchers.append(self._matcher)

    def unregister(self) -> None:
        """Take it back."""
        self._matchers.remove(self._matcher)
