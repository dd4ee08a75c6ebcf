#!/usr/bin/env python3
"""Runs every check and every test side by side; pytest's closing line is the last one.

The machine waits most of the time where one test runs after the other: for a page, a
kernel, a counter's next refresh. What each says is kept, and shown whole and in order.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

BESIDE = (
    ["scripts/lint.sh"],
    ["npm", "test", "--silent", "--prefix", "labextension"],
)
# tests/conftest.py says which tests stay together: the browser's all in one process.
PYTEST = [sys.executable, "-m", "pytest", "-n", "3"]


def start(command: list[str], said: Path) -> subprocess.Popen[bytes]:
    """Start a command that writes to a file what it says."""
    with said.open("wb") as file:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )


def show(process: subprocess.Popen[bytes], said: Path) -> None:
    """Show what a command says until it has ended."""
    with said.open("rb") as file:
        while True:
            ended = process.poll() is not None
            sys.stdout.buffer.write(file.read())
            sys.stdout.buffer.flush()
            if ended:
                return
            time.sleep(0.2)


def main() -> int:
    """Run all; return 0 where nothing went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, str(n)) for n in range(len(BESIDE) + 1)]
        commands = [*BESIDE, [*PYTEST, *sys.argv[1:]]]
        running = [start(command, file) for command, file in zip(commands, said, strict=True)]
        try:
            for process, file in zip(running, said, strict=True):
                show(process, file)
        finally:
            for process in running:
                process.terminate()
                process.wait()
    *beside, tests = (process.returncode for process in running)
    wrong = [command[0] for command, code in zip(BESIDE, beside, strict=True) if code]
    if wrong:
        print(f"{' and '.join(wrong)} found faults: see above", flush=True)
    return tests or len(wrong)


if __name__ == "__main__":
    sys.exit(main())
