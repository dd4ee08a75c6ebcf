"""The sampler's process: ``python -m jupyter_green.sampler [--check | --for PID [--host]]``."""

from __future__ import annotations

import gc
import os
import sys

from .detach import FOR, HOST, detach, take_replies


def main() -> None:
    """Serve the program that started this process, or say what can be read here."""
    arguments = sys.argv[1:]
    if "--check" in arguments:
        from .check import check

        sys.stdout.write(check() + "\n")
        return
    gc.disable()  # until all is loaded: there is no rubbish in it
    replies = take_replies()
    program = os.getppid()
    if FOR in arguments:
        program = int(arguments[arguments.index(FOR) + 1])
        detach(replies)  # before all that takes time and memory
    from . import messages
    from .process import serve

    try:
        if HOST in arguments:
            from .opened_once import opened_once

            serve(sys.stdin.buffer, replies, program, opened_once())
        else:
            from .placement import Placement

            serve(sys.stdin.buffer, replies, program, placement=Placement(program))
    except Exception as error:
        replies.write(messages.encode([messages.FAILED, f"{type(error).__name__}: {error}"]))
        replies.flush()
        raise


if __name__ == "__main__":
    main()
