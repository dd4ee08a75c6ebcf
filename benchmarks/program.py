"""A program of its own that is told what to do, and answers, in lines of JSON: both ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

CHECKOUT = Path(__file__).parents[1]


class ProgramError(RuntimeError):
    """A program has ended without an answer; the message is the last it wrote."""


class Program:
    """A running program, seen from the one that started it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._errors = TemporaryFile("w+")  # noqa: SIM115  (a pipe would fill up unread)
        self._process = subprocess.Popen(
            command,
            env=env,
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,  # so that it can be ended with what it has started
        )

    def tell(self, message: object) -> None:
        """Send one line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Wait for the next line.

        Raises
        ------
        ProgramError
            Where the program has ended instead.
        """
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines()
            raise ProgramError(said[-1] if said else "it ended without a word")
        return json.loads(line)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._errors.close()


class Parent:
    """The other end, in the program itself. What meters print does not get in between."""

    def __init__(self) -> None:
        self._answers, sys.stdout = sys.stdout, sys.stderr

    def hear(self) -> Any:
        """Wait for the next line."""
        return json.loads(sys.stdin.readline())

    def all(self) -> Iterator[Any]:
        """Hear all lines, until the program that started this one says no more."""
        yield from map(json.loads, sys.stdin)

    def say(self, message: object) -> None:
        """Answer with one line."""
        self._answers.write(json.dumps(message) + "\n")
        self._answers.flush()
