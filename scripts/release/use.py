"""Uses an installed jupyter-green once, as its first user does: run in the environment itself.

The argument is the extra that was installed, or nothing. Exits with 1 if something is not as it is
promised.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

EXTRA = sys.argv[1]
MODULES = {
    "run": ("ipykernel", "nbclient", "nbconvert"),
    "lab": ("jupyterlab", "nbclient"),
    "studies": ("scipy.stats",),
    "postgres": ("psycopg",),
    "dask": ("distributed",),
    "ray": ("ray",),
    "otel": ("opentelemetry.sdk",),
    "parquet": ("pyarrow.parquet",),
    "amd": (),  # it opens AMD's driver when it is imported
    "apple": (),  # for macOS alone
    "": (),
}


def work() -> None:
    """Use the processor for a quarter of a second."""
    until = time.monotonic() + 0.25
    while time.monotonic() < until:
        pass


def main() -> None:
    """Meter a block, a cell and a command; draw, keep and list them."""
    import jupyter_green as jg

    for module in MODULES[EXTRA]:
        __import__(module)
    with jg.measure("first") as metered:
        work()
    report = metered.report
    assert report.status == "ok", report
    assert jg.Report.from_dict(report.to_dict()).run_id == report.run_id
    drawn = io.BytesIO()
    report.plot().savefig(drawn, format="png")
    assert drawn.getvalue().startswith(b"\x89PNG")

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for cell in ("%load_ext jupyter_green", "%%energy -v kept\nsum(range(10**6))", "%green status"):
        shell.run_cell(cell).raise_error()
    assert shell.user_ns["kept"].status == "ok"

    # On Windows programs are in a folder of their own, and end in .exe.
    program = shutil.which("jupyter-green", path=sysconfig.get_path("scripts"))
    assert program is not None
    subprocess.run([program, "run", "--", sys.executable, "-c", "pass"], check=True)
    told = subprocess.run([program, "doctor", "--json"], check=False, capture_output=True)
    assert told.returncode in {0, 1}, told
    kept = subprocess.run(
        [program, "report", "--by", "cell"], check=True, capture_output=True, text=True
    ).stdout
    assert "first" in kept, kept
    if EXTRA in {"run", "lab"}:
        cell = {"cell_type": "code", "id": "a", "source": "sum(range(10**6))", "metadata": {}}
        cell |= {"outputs": [], "execution_count": None}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        Path("n.ipynb").write_text(json.dumps(notebook))
        subprocess.run([program, "execute", "n.ipynb", "--output-dir", "out"], check=True)
    names = ("ipython", "matplotlib", "numpy", "psutil", "sqlalchemy")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    print(f"\n{report} — Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
