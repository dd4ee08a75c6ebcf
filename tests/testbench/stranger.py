"""A program that has nothing to do with this one: no child, and nothing in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jupyter_green.sampler.lineage import VARIABLE

METERS = """
import sys, time
import jupyter_green as jg
meter, window = jg.Meter(), None
for line in sys.stdin:
    if line == "begin\\n":
        window = meter.begin()
        time.sleep(0.1)  # its sampler has just started
    elif line == "end\\n":
        window = window.end()
    else:
        break
    print("other-meters" in getattr(window, "flags", ()), meter.sampler_pid, flush=True)
meter.close()
print("closed", flush=True)
"""
"""Begins and ends windows when it is told to, and says whether others metered meanwhile."""

_LEAVE = """
import os, sys
if os.fork():
    os._exit(0)
os.setsid()
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Stranger:
    """A program that answers each line with a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, line: str) -> list[str]:
        """Say something, and return the words of the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().split()

    def leave(self) -> None:
        """Have it end, and wait until it has."""
        assert self.ask("leave") == ["closed"]
        self.close()

    def close(self) -> None:
        """Have it end, as nobody can ask it any more, and wait until it has."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()
            self._process.stdout.read()
            self._process.stdout.close()
            self._process.wait()


@contextmanager
def stranger(code: str = METERS, env: Mapping[str, str] = os.environ) -> Iterator[Stranger]:
    """Start a program that has nothing to do with this one."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LEAVE, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in env.items() if name != VARIABLE},
    )
    started = Stranger(process)
    try:
        yield started
    finally:
        started.close()
