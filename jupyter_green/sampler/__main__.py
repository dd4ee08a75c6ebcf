"""The sampler's process: ``python -m jupyter_green.sampler [--check | --for PID]``."""

from __future__ import annotations

import os
import sys

from .detach import FOR, detach


def check() -> str:
    """Return what this process can read, as text for a person."""
    from ..sources.base import Discovery
    from ..sources.discovery import open_sources

    sources, missing = open_sources()
    discovery = Discovery(tuple(d for source in sources for d in source.domains), missing)
    for source in sources:
        source.close()
    return str(discovery)


def main() -> None:
    """Serve the program that started this process, or say what can be read here."""
    if "--check" in sys.argv[1:]:
        sys.stdout.write(check() + "\n")
        return
    program = os.getppid()
    if FOR in sys.argv[1:]:
        program = int(sys.argv[sys.argv.index(FOR) + 1])
        detach()  # before all that takes time and memory
    from . import messages
    from .process import serve

    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, program)
    except Exception as error:
        line = messages.encode([messages.FAILED, f"{type(error).__name__}: {error}"])
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        raise


if __name__ == "__main__":
    main()
