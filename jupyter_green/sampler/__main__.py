"""The sampler's process: ``python -m jupyter_green.sampler [--check]``."""

from __future__ import annotations

import sys

from ..sources.base import Discovery
from ..sources.discovery import open_sources
from . import messages
from .process import serve


def check() -> str:
    """Return what this process can read, as text for a person."""
    sources, missing = open_sources()
    discovery = Discovery(tuple(d for source in sources for d in source.domains), missing)
    for source in sources:
        source.close()
    return str(discovery)


def main() -> None:
    """Serve the meter that started this process, or say what can be read here."""
    if "--check" in sys.argv[1:]:
        sys.stdout.write(check() + "\n")
        return
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except Exception as error:
        line = messages.encode([messages.FAILED, f"{type(error).__name__}: {error}"])
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        raise


if __name__ == "__main__":
    main()
