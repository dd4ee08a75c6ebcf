"""What `jupyter green run` and the help cost: seconds beside the command alone, in turns."""

from __future__ import annotations

import subprocess
import sys
import time

from .table import Table, typical_ms

MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
OURS = [sys.executable, "-c", MAIN]
COMMANDS = {
    "`true`": ["true"],
    "`python -c pass`": [sys.executable, "-c", "pass"],
    "`jupyter-green run -- true`": [*OURS, "run", "--", "true"],
    "`jupyter-green --help`": [*OURS, "--help"],
    "`jupyter-green run --help`": [*OURS, "run", "--help"],
}
_SILENT = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


def table(runs: int) -> Table:
    """Time each command so often, one after the other."""
    took_s: dict[str, list[float]] = {title: [] for title in COMMANDS}
    for _ in range(runs):
        for title, words in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(words, check=True, **_SILENT)
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
