"""The steps of a check: each is told when it is done, the failed ones once more at the end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class StepError(Exception):
    """What is wrong with that which is to be released."""


class Steps:
    """What was tried, and what became of it.

    Parameters
    ----------
    only
        What the names of the steps hold that are taken; the others are passed over.
    """

    def __init__(self, only: str = "") -> None:
        self._only = only
        self._failed: list[str] = []
        self._skipped: list[str] = []
        self._passed = 0

    def take(self, name: str, step: Callable[[], object]) -> bool:
        """Do a step; return whether nothing is wrong with it."""
        if self._only not in name:
            return True
        begun = time.monotonic()
        try:
            said = step()
        except StepError as fault:
            self._failed.append(name)
            print(f"FAILED   {name}\n{fault}", flush=True)
            return False
        self._passed += 1
        more = f": {said}" if isinstance(said, str) else ""
        print(f"passed   {name}{more} ({time.monotonic() - begun:.0f} s)", flush=True)
        return True

    def skip(self, name: str, reason: str) -> None:
        """Say that a step cannot be done on this machine."""
        if self._only not in name:
            return
        self._skipped.append(name)
        print(f"SKIPPED  {name}: {reason}", flush=True)

    def end(self) -> int:
        """Say how many steps passed; return the exit status."""
        print(f"\n{self._passed} passed, {len(self._failed)} failed, {len(self._skipped)} skipped")
        for name in self._failed:
            print(f"FAILED   {name}")
        return 1 if self._failed else 0


def run(
    command: Sequence[str | Path], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Run a program and return what it printed.

    Raises
    ------
    StepError
        If it fails, with the end of what it printed.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepError(f"{' '.join(words)} exits with {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout
