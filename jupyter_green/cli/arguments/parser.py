"""What reads the words of a command."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn, TypeAlias

BAD_INPUT = 2
Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  (it has no public name)
"""What commands are added to."""


class Parser(argparse.ArgumentParser):
    """A parser of a command: its exit status for bad input, and its help with examples."""

    def __init__(self, *, bad_input: int = BAD_INPUT, **more: Any) -> None:
        more |= {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**more)
        self.bad_input = bad_input
        self.set_defaults(parser=self, hint="")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(self.bad_input, f"{self.prog}: error: {message}\n")
