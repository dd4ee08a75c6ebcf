"""The command line for whoever starts it as a module of its own, apart from the user's."""

from __future__ import annotations

import sys

from . import main as commands


def main() -> None:
    """Run it, and end with its exit status."""
    sys.exit(commands.main())
