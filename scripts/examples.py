#!/usr/bin/env python3
"""Runs the example notebooks from top to bottom, and keeps them with their outputs.

Their joules are this machine's: run it where little else runs. `python scripts/examples.py NAME…`
runs some of them.
"""

import sys
import time
from pathlib import Path

import nbclient
import nbformat

ROOT = Path(__file__).parents[1].absolute()
EXAMPLES = ROOT / "examples"
LONGEST_S = 900


def run(path: Path) -> float:
    """Run a notebook and write it; return the seconds that it took."""
    book = nbformat.read(path, 4)
    began = time.monotonic()
    resources = {"metadata": {"path": str(EXAMPLES)}}
    nbclient.NotebookClient(book, timeout=LONGEST_S, resources=resources).execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # times of day, which no reader needs
        for output in cell.get("outputs", ()):
            if output.output_type == "error":  # where this is installed is nobody's business
                output.traceback = [line.replace(f"{ROOT}/", "") for line in output.traceback]
    nbformat.write(book, path)
    return time.monotonic() - began


def main() -> None:
    """Run all, or those that are named."""
    names = sys.argv[1:] or sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))
    for name in names:
        print(f"{name}: {run(EXAMPLES / f'{name}.ipynb'):.0f} s", flush=True)


if __name__ == "__main__":
    main()
