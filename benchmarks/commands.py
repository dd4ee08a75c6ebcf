"""What `jupyter green run` and the help cost: seconds beside the command alone, in turns."""

from __future__ import annotations

import compileall
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jupyter_green
from jupyter_green.intake.places import LEDGER_VARIABLE, OFF

from .table import Table, typical_ms

MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
OURS = [sys.executable, "-c", MAIN]
COMMANDS = {
    "`true`": ["true"],
    "`python -c pass`": [sys.executable, "-c", "pass"],
    "`jupyter-green run -- true`": [*OURS, "run", "--", "true"],
    "the same, without the ledger": [*OURS, "run", "--", "true"],
    "`jupyter-green --help`": [*OURS, "--help"],
    "`jupyter-green run --help`": [*OURS, "run", "--help"],
}
_SILENT = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


def table(runs: int) -> Table:
    """Time each command so often, one after the other; the package is compiled, as pip does it."""
    compileall.compile_dir(Path(jupyter_green.__file__).parent, quiet=1)
    took_s: dict[str, list[float]] = {title: [] for title in COMMANDS}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as ledger:
        for title, words in itertools.chain.from_iterable(itertools.repeat(COMMANDS.items(), runs)):
            environ = os.environ | {LEDGER_VARIABLE: OFF if "without" in title else ledger}
            began = time.perf_counter()
            subprocess.run(words, check=True, env=environ, **_SILENT)
            took_s[title].append(time.perf_counter() - began)
    return Table(
        "The command line",
        f"Each {runs} times in turns, from its start to its end; median (95th percentile).",
        ["command", "ms", "least, ms"],
        [[t, typical_ms(took), f"{min(took) * 1e3:.0f}"] for t, took in took_s.items()],
        "What `run` takes is before and after the command, and in none of its figures.",
    )


if __name__ == "__main__":
    print(table(30))
