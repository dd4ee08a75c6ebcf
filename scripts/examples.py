#!/usr/bin/env python3
"""Runs the example notebooks from top to bottom; keeps them with their outputs, and their pictures.

Their joules are this machine's: run it where little else runs. `python scripts/examples.py NAME…`
runs some of them.
"""

import base64
import sys
import time
from pathlib import Path

import nbclient
import nbformat

ROOT = Path(__file__).parents[1].absolute()
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "images"
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
    keep_last_picture(book, PICTURES / f"example-{path.stem}.png")
    return time.monotonic() - began


def keep_last_picture(book: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook's last figure beside the docs; the saved reports' pictures are none."""
    outputs = (output for cell in book.cells for output in cell.get("outputs", ()))
    figures = [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    if figures:
        path.write_bytes(base64.b64decode(figures[-1]))


def main() -> None:
    """Run all, or those that are named."""
    names = sys.argv[1:] or sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))
    for name in names:
        print(f"{name}: {run(EXAMPLES / f'{name}.ipynb'):.0f} s", flush=True)


if __name__ == "__main__":
    main()
