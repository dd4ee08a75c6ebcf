"""How long questions to a large ledger take: ``python -m benchmarks.ledger_size --rows 1000000``.

The ledger is made up: two years of some hundred notebooks on four hosts, cells that are run again
and again, blocks within them, kernels that run at once, runs that fail or died. Each question is
the whole command, with the start of Python.
"""

from __future__ import annotations

import argparse
import compileall
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jupyter_green.cli.arguments.questions import WAYS  # noqa: E402
from jupyter_green.intake import lines  # noqa: E402
from jupyter_green.intake.places import LEDGER_VARIABLE  # noqa: E402
from jupyter_green.ledger.days import day_of  # noqa: E402
from jupyter_green.ledger.row import Row, row_of  # noqa: E402
from jupyter_green.ledger.sqlite import SqliteFile  # noqa: E402
from jupyter_green.ledger.store import Store  # noqa: E402
from tests.testbench.handed_in import closed, report  # noqa: E402

YEARS_S = 2 * 365 * 86_400
STAGES = (None, "data", "training", "evaluation", "deployment")
STATUSES = ("ok",) * 18 + ("error", "died")
COMMAND = "from jupyter_green.cli.main import main; raise SystemExit(main())"


def made_up(number: int) -> Iterator[Row]:
    """Yield rows in the order in which they end, as far as that matters."""
    rng = random.Random(7)
    begin_s = time.time() - YEARS_S
    plain = row_of(lines.unpack(closed(report("plain"))) or {}, {})
    parent, until_s = None, 0.0
    for n in range(number):
        started_s = begin_s + n * YEARS_S / number + rng.random() * 30
        notebook = min(int(rng.expovariate(0.03)), 199)
        is_inner = started_s < until_s and rng.random() < 0.6
        length_s = rng.expovariate(1 / 40) + 0.1
        energy_j = 30 * length_s * (0.5 + rng.random())
        begin_ns = round((started_s - begin_s) * 1e9)
        window = {
            "run_id": f"{n:032x}",
            "status": rng.choice(STATUSES),
            "label": f"step {rng.randrange(40)}" if is_inner else None,
            "stage": None if is_inner else STAGES[notebook % 5],
            "notebook": None if is_inner else f"notebook {notebook}.ipynb",
            "cell_id": None if is_inner else f"cell-{rng.randrange(30)}",
            "execution_count": None if is_inner else rng.randrange(1, 60),
            "started_s": started_s,
            "day": day_of(started_s),
            "duration_s": length_s,
            "host": f"host{notebook % 4}",
            "begin_ns": begin_ns,
            "end_ns": begin_ns + round(length_s * 1e9),
            "energy_j": energy_j,
            "session": f"session {notebook}",
            "parent": parent if is_inner else None,
            "project": f"~/work/project {notebook % 12}",
            "commit": f"{n * 3000 // number * 7919:040x}",
        }
        if not is_inner:
            parent, until_s = window["run_id"], started_s + length_s
        parts = [
            {**plain.parts[0], "run_id": window["run_id"], "energy_j": energy_j * share, **more}
            for share, more in (
                (0.4, {"device": "cpu:0/package", "is_estimate": notebook % 4 == 3}),
                (0.6, {"device": f"GPU-{notebook % 4} gpu:0", "scale_group": "gpu"}),
            )
        ]
        yield Row({**plain.window, **window}, tuple(parts), None)


def fill(ledger: Path, number: int) -> None:
    store = Store(SqliteFile(ledger / "ledger.sqlite"))
    some: list[Row] = []
    for row in made_up(number):
        some.append(row)
        if len(some) == 2000:
            store.book(some)
            some = []
    store.book(some)
    before = time.perf_counter()
    while store.settle():
        pass
    took_s = time.perf_counter() - before
    store.close()
    print(f"sums of {number} rows made in {took_s:.0f} s, {1e6 * took_s / number:.0f} µs for each")


def ask(ledger: Path, *words: str) -> str:
    environ = {**os.environ, LEDGER_VARIABLE: str(ledger), "PYTHONPATH": str(ROOT)}
    took = []
    for _ in range(3):
        before = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-c", COMMAND, *words], env=environ, check=True, capture_output=True
        )
        took.append(time.perf_counter() - before)
    print(f"{' '.join(words):60} {min(took):.2f} to {max(took):.2f} s", flush=True)
    return ran.stdout.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--ledger", type=Path, help="where it is to stay, or is already")
    arguments = parser.parse_args()
    compileall.compile_dir(ROOT / "jupyter_green", quiet=2)  # as pip leaves it
    with tempfile.TemporaryDirectory() as name:
        ledger = arguments.ledger or Path(name) / "ledger"
        if not ledger.exists():
            fill(ledger, arguments.rows)
        size = sum(path.stat().st_size for path in ledger.iterdir() if path.is_file())
        print(f"load {os.getloadavg()[0]:.1f}; {size / 1e6:.0f} MB")
        ask(ledger, "--version")
        for way in WAYS:
            said = ask(ledger, "report", "--by", way)
        print(said)
        year = time.strftime("%Y")
        ask(ledger, "report", "--by", "cell", "--since", f"{int(year) - 1}-03-14")
        ask(
            ledger,
            "report",
            "--by",
            "stage",
            "--since",
            f"{year}-03-14",
            "--until",
            f"{year}-05-02",
        )
        ask(ledger, "report", "--by", "stage", "--project", "project 3")
        print(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
