#!/usr/bin/env python3
"""Runs every check and every test side by side; pytest's closing line is the last one.

The machine waits most of the time where one test runs after the other: for a page, a
kernel, a counter's next refresh. What each says is kept, and shown whole and in order.
"""

import compileall
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "jupyter_green"
BESIDE = (
    ["scripts/lint.sh"],
    ["scripts/docs.sh"],
    ["npm", "test", "--silent", "--prefix", "labextension"],
)
# tests/conftest.py says which tests stay together: the browser's all in one process.
# A test that fails, twice at most, and then passes is counted as a rerun in the closing line,
# and named above it: a fault of the test or of the product that shows only on a busy machine.
PYTEST = [sys.executable, "-m", "pytest", "-n", "4", "--reruns", "2", "-raR"]


def start(command: list[str], said: Path) -> subprocess.Popen[bytes]:
    """Start a command that writes to a file what it says."""
    with said.open("wb") as file:
        return subprocess.Popen(
            command,
            # Else each process would compile anew what pip has left to whoever loads it first.
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
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
    wrong = []
    # As pip does for users; else each of some hundred kernels and samplers would, where Python is
    # told to write no bytecode.
    compileall.compile_dir(PACKAGE, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "pytest")
        tests = start([*PYTEST, *sys.argv[1:]], said)
        running = [tests]
        try:
            for number, command in enumerate(BESIDE):  # one after the other: they wait for nothing
                beside = Path(folder, str(number))
                running.append(start(command, beside))
                show(running[-1], beside)
                if running[-1].returncode:
                    wrong.append(command[0])
            show(tests, said)
        finally:
            for process in running:
                process.terminate()
                process.wait()
    if wrong:
        print(f"{' and '.join(wrong)} found faults: see above", flush=True)
    return tests.returncode or len(wrong)


if __name__ == "__main__":
    sys.exit(main())
